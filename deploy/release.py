"""Releases without downtime on one machine: `python -m deploy.release serve` stays, `up FOLDER` and `rollback` tell it.

A release is a folder with the code and its virtual environment in `.venv`; what the site's folder holds stands in
`deploy.site`, the steps of a change in `deploy.keeper`.
"""

import argparse
import os
import signal
import socket
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import IO

from deploy.keeper import TICK, Keeper, Say
from deploy.site import Failed, Site

DONE, FAILED = "done", "failed"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--site", type=Path, default=Path(), help="the folder of settings, data and links")
    acts = parser.add_subparsers(dest="act", required=True)
    serve = acts.add_parser("serve", help="hold the port and keep the current release up, until it is ended")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8000)
    serve.add_argument("--drain", type=float, default=10, help="seconds for clients of the old to come to the new")
    acts.add_parser("up", help="serve that release").add_argument("folder")
    acts.add_parser("rollback", help="serve the release before, on the schema as it is")
    acts.add_parser("status", help="what runs, of which release")
    asked = parser.parse_args()
    site = Site(asked.site.resolve())
    if asked.act == "serve":
        stay(Keeper(site, asked.host, asked.port, asked.drain))
    else:
        folder = [str(Path(asked.folder).resolve())] if asked.act == "up" else []
        sys.exit(0 if tell(site, " ".join([asked.act, *folder])) else 1)


def stay(keeper: Keeper) -> None:
    """Until SIGTERM or Ctrl-C."""
    ending = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ending.set()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, end)
    keeper.open()
    keeper.site.control.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as control:
        os.umask(0o077)  # who may write to it may deploy
        control.bind(str(keeper.site.control))
        control.listen()
        threading.Thread(target=obey, args=(keeper, control), daemon=True).start()
        while not ending.wait(TICK):
            keeper.watch()
    keeper.close()


def obey(keeper: Keeper, control: socket.socket) -> None:
    """One order at a time; who gave it may go away, it is carried out."""
    while True:
        client, _ = control.accept()
        with client, client.makefile("rw") as line:
            act, _, folder = line.readline().strip().partition(" ")
            say = _timed(line)
            try:
                _carry_out(keeper, act, folder, say)
                _write(line, DONE)
            except Failed as error:
                _write(line, f"{error}\n{FAILED}")
            except Exception as error:  # noqa: BLE001 - whatever it is, what is served is served on
                _write(line, f"{type(error).__name__}: {error}\n{FAILED}")


def _carry_out(keeper: Keeper, act: str, folder: str, say: Say) -> None:
    if act == "up":
        keeper.up(folder, say)
    elif act == "rollback":
        keeper.rollback(say)
    else:
        keeper.status(say)


def _timed(line: IO[str]) -> Say:
    """Each step with the second in which it began."""
    began = time.monotonic()
    return lambda text: _write(line, f"{time.monotonic() - began:5.1f} s  {text}")


def _write(line: IO[str], text: str) -> None:
    with suppress(OSError):
        line.write(f"{text}\n")
        line.flush()


def tell(site: Site, order: str) -> bool:
    """Print what the keeper says; whether it worked."""
    last = ""
    with socket.socket(socket.AF_UNIX) as control:
        try:
            control.connect(str(site.control))
        except OSError:
            sys.exit(f"Nobody serves {site.folder}: start `python -m deploy.release --site {site.folder} serve` first.")
        control.sendall(f"{order}\n".encode())
        with control.makefile() as lines:
            for line in lines:
                last = line.strip()
                if last not in (DONE, FAILED):
                    print(line, end="", flush=True)  # noqa: T201
    return last == DONE


if __name__ == "__main__":
    main()

"""The running programs of a release: started, watched by their id, ended with their children."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from deploy.site import MARK, Failed, Site, python

SOCKET = 3  # where a program finds the socket that it is handed (systemd's protocol)
HAND_ON = f"import os, sys; os.dup2(int(sys.argv[1]), {SOCKET}); os.execv(sys.argv[2], sys.argv[2:])"
LISTED = re.compile(r"^(\w+) ([\d.]+)$", re.MULTILINE)  # warnings may stand before it
READY = 60.0  # seconds until a web server answers, or does not


@dataclass
class Running:
    """One program of one release, in a session of its own."""

    name: str
    release: Path
    patience: float
    process: "subprocess.Popen[bytes]"

    def alive(self) -> bool:
        return self.process.poll() is None

    def leave(self) -> None:
        self.process.send_signal(signal.SIGUSR1)

    def end(self) -> None:
        """Ask, wait, then kill what remains, children included."""
        if self.alive():
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(self.patience)
        with suppress(ProcessLookupError):  # what is left of its session
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@dataclass
class Starter:
    """Starts programs; web servers on `listening`, which is handed on."""

    site: Site
    listening: socket.socket
    patience: dict[Path, dict[str, float]] = field(default_factory=dict)

    def names(self, release: Path) -> dict[str, float]:
        """The programs of a release, in the order of stopping, and what each gets for what it has begun, in seconds."""
        if release not in self.patience:
            listed = LISTED.findall(self.site.manage(release, "program"))
            self.patience[release] = {name: float(seconds) for name, seconds in listed}
        return self.patience[release]

    def start(self, release: Path, name: str, **variables: str) -> Running:
        return self._start(release, name, self.listening if name == "web" else None, variables)

    def start_ready(self, release: Path, listening: socket.socket) -> Running:
        """A web server that has said that it is ready. Raises Failed."""
        with _notices(self.site.folder / "ready.sock") as (address, notices):
            web = self._start(release, "web", listening, {"NOTIFY_SOCKET": address})
            give_up = time.monotonic() + READY
            while web.alive() and time.monotonic() < give_up:
                notices.settimeout(0.2)
                with suppress(TimeoutError):
                    notices.recv(64)
                    return web
        web.end()
        raise Failed(f"the web server of {release.name} did not get ready; see logs/web.log")

    def _start(self, release: Path, name: str, given: socket.socket | None, variables: dict[str, str]) -> Running:
        environ = self.site.environ(release) | variables
        command = [python(release), "manage.py", "program", name]
        if given is not None:
            environ["LISTEN_FDS"] = "1"
            command = [sys.executable, "-c", HAND_ON, str(given.fileno()), *command]
        (self.site.folder / "logs").mkdir(exist_ok=True)
        with open(self.site.folder / "logs" / f"{name}.log", "ab") as log:
            process = subprocess.Popen(
                command,
                cwd=release,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[given.fileno()] if given is not None else [],
                start_new_session=True,
            )
        return Running(name, release, self.names(release)[name], process)


@contextmanager
def _notices(path: Path) -> Iterator[tuple[str, socket.socket]]:
    """Where a program says that it is ready."""
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notices:
        notices.bind(str(path))
        try:
            yield str(path), notices
        finally:
            path.unlink(missing_ok=True)


def end_orphans(site: Site) -> None:
    """Programs that a killed keeper left behind hold its port."""
    while orphans := list(_marked(site)):
        for process in orphans:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        time.sleep(0.1)


def _marked(site: Site) -> Iterator[int]:
    wanted = f"{MARK}={site.folder}".encode()
    for path in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):  # one that has ended has no environment any more
            if wanted in path.read_bytes().split(b"\0"):
                yield int(path.parent.name)

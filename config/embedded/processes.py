"""Children of ours: started in a session of their own, found again later, and ended by id after a check."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

# Set for every child; a process that carries it with our data folder as its value is ours, whoever started it.
MARK = "MARKETING_DATA_DIR"
PROGRAM = "MARKETING_PROGRAM"  # which of the programs it is, or was started by
SERVERS = {"postgres", "valkey-server"}


@dataclass(frozen=True)
class Account:
    """Whom a child runs as."""

    uid: int
    gid: int


def start(
    command: Sequence[str | Path],
    *,
    cwd: Path,
    env: Mapping[str, str],
    log: Path | None = None,
    account: Account | None = None,
    stdin: str | None = None,
) -> psutil.Popen:
    """Start a child that a Ctrl-C in our terminal does not reach, so that we decide the order of stopping."""
    with open(log, "ab") if log else contextlib.nullcontext() as output:
        child = psutil.Popen(
            [str(part) for part in command],
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            **({"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}),
        )
    if stdin is not None:
        child.stdin.write(stdin.encode())
        child.stdin.close()
    return child


def alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def servers_in(folder: Path) -> list[psutil.Process]:
    """Database and Redis servers at work in `folder`, whoever started them.

    They overwrite the memory that shows their environment, so they are known by binary and working folder.
    """
    return list(_having(lambda process: _is_server(process) and Path(process.cwd()).is_relative_to(folder)))


def marked(data_dir: Path, program: str = "") -> list[psutil.Process]:
    """Web server, worker and beat of that data folder, and what they started in turn; of one `program` or of all."""
    wanted = {MARK: str(data_dir)} | ({PROGRAM: program} if program else {})
    return list(_having(lambda process: wanted.items() <= process.environ().items()))


def reap() -> None:
    """Take note of children that ended, or they stay in the process table until we end."""
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.Error):
            if child.status() == psutil.STATUS_ZOMBIE:
                child.wait(timeout=0)


def _is_server(process: psutil.Process) -> bool:
    return Path(process.exe().removesuffix(" (deleted)")).name in SERVERS


def _having(test: Callable[[psutil.Process], bool]) -> Iterator[psutil.Process]:
    """Living processes that pass; those that we may not look into are not ours."""
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and test(process):
                yield process
        except (psutil.Error, OSError):
            continue


def stop(processes: Sequence[psutil.Process], *, by: signal.Signals, patience: float) -> None:
    """Ask with a signal, wait, then kill what remains."""
    for process in processes:
        _send(process, by)
    _, stubborn = psutil.wait_procs(processes, timeout=patience)
    for process in stubborn:
        _send(process, signal.SIGKILL)
    psutil.wait_procs(stubborn, timeout=5)


def _send(process: psutil.Process, number: signal.Signals) -> None:
    """psutil refuses when the id has meanwhile gone to another process."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(number)

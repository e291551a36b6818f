"""Counters of several processes, which are added up when somebody asks: each writes into files of a folder they share.

prometheus_client names the files by the number of their process. Here a process takes the first place that is free,
and goes on counting where the one before it ended: so no count is lost with its process, and there are never more files
than processes at a time. A place is held by a lock, which the kernel drops however a process ends; numbers of processes
mean nothing to the containers that may share the folder.
"""

import fcntl
import os
import shutil
from itertools import count
from pathlib import Path

from prometheus_client import CollectorRegistry, values
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
KINDS = ("counter", "histogram")
SIZE = 1 << 20  # bytes of a file, reserved at once: a disk that fills up later ends no process


class Places:
    """The place of this process in a folder, and another one for what it forks."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process = 0
        self.place = ""
        self.lock = -1

    def __call__(self) -> str:
        """Asked at each count, so that a process that was forked off has a place of its own."""
        if self.process != os.getpid():
            if self.lock >= 0:
                os.close(self.lock)  # that of its parent, who holds it still
            self.place, self.lock = self._take()
            self.process = os.getpid()
        return self.place

    def _take(self) -> tuple[str, int]:
        for number in count(1):
            lock = os.open(self.folder / f"{number}.lock", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
                continue
            for kind in KINDS:
                _reserve(self.folder / f"{kind}_{number}.db")
            return str(number), lock
        raise AssertionError("there is always another number")


def _reserve(file: Path) -> None:
    """Make a file whole before it has its name, by which it is read at any moment."""
    if file.exists():
        return
    new = file.with_suffix(".new")
    with new.open("wb") as written:
        os.posix_fallocate(written.fileno(), 0, SIZE)
    new.rename(file)


def install() -> None:
    """Count into the folder that the environment names, before the first counter is made; without one, or where it
    cannot be written, each process counts for itself.
    """
    folder = os.environ.get(VARIABLE)
    if not folder:
        return
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        places = Places(Path(folder))
        places()
    except OSError:
        del os.environ[VARIABLE]
        values.ValueClass = values.MutexValue
    else:
        values.ValueClass = values.MultiProcessValue(places)


def empty(folder: Path) -> None:
    """Begin from nothing, while nobody counts."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def registry() -> CollectorRegistry:
    """What all processes counted, or this one where they share no folder."""
    if not os.environ.get(VARIABLE):
        return REGISTRY
    shared = CollectorRegistry()
    MultiProcessCollector(shared, path=os.environ[VARIABLE])
    return shared

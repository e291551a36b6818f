"""Who uses the embedded services, and when they start and stop.

Every process that uses them holds a shared lock on one file, which the kernel drops however that process ends. Whoever
can lock it exclusively is alone: at the start that means that whatever still runs are orphans of a killed run, which
are ended, at the end that the services are stopped. A second lock lets one process at a time decide.
"""

import contextlib
import fcntl
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import psutil

from config import environment, secrets
from config.embedded import processes
from config.embedded.postgres import Postgres
from config.embedded.valkey import BROKER, CACHE, Valkey

Service = Postgres | Valkey
TRIES = 3  # a port that was free a moment ago may be taken


@dataclass
class Stack:
    """The services of one data folder that are not given from outside."""

    data_dir: Path
    services: tuple[Service, ...]
    known: dict[str, psutil.Process] = field(default_factory=dict)
    started: bool = False

    @classmethod
    def of(cls, data_dir: Path, *, postgres_settings: tuple[tuple[str, str], ...] = ()) -> "Stack":
        redis = (Valkey(data_dir, "broker", BROKER), Valkey(data_dir, "cache", CACHE))
        postgres = (Postgres(data_dir, postgres_settings),)
        return cls(
            data_dir,
            (() if environment.external_postgres() else postgres) + (() if environment.external_redis() else redis),
        )

    @property
    def urls(self) -> list[str]:
        return [service.url for service in self.services]

    @contextlib.contextmanager
    def running(self, *, insist: bool = False) -> Iterator["Stack"]:
        """Services up inside the block. Afterwards the last user stops them; `insist`: the one who started them."""
        if not self.services:
            yield self
            return
        secrets.make_private(self.data_dir)
        with open(self.data_dir / "users.lock", "a") as users:
            try:
                self._join(users)
                yield self
            finally:
                self._leave(users, insist=insist)

    def ensure(self) -> list[str]:
        """Start again what has died; the names of those. Their ports stay unless somebody took them meanwhile."""
        if all(map(self._is_up, self.services)):
            return []
        with self._alone():
            self.known.clear()  # another process may have been faster
            dead = [service for service in self.services if not self._is_up(service)]
            for service in dead:
                self._start(service)
        return [service.name for service in dead]

    def unused(self) -> bool:
        """Nobody works in this data folder, though servers of a killed run may still stand there."""
        try:
            with open(self.data_dir / "users.lock") as users:
                return _lock(users, fcntl.LOCK_EX)
        except OSError:
            return False

    def remove(self) -> None:
        """End the servers and delete their data for good."""
        for service in reversed(self.services):
            service.stop()
            service.remove()

    def _is_up(self, service: Service) -> bool:
        """By the process we know; one that somebody else started is looked up once."""
        process = self.known.get(service.name) or service.find()
        if process is None or not processes.alive(process):
            return False
        self.known[service.name] = process
        return True

    def _start(self, service: Service) -> None:
        for attempt in range(1, TRIES + 1):
            try:
                self.known[service.name] = service.start()
                self.started = True
                return
            except RuntimeError:
                if attempt == TRIES:
                    raise

    def _join(self, users: IO[str]) -> None:
        with self._alone():
            if _lock(users, fcntl.LOCK_EX):
                processes.stop(processes.marked(self.data_dir), by=signal.SIGTERM, patience=5)
                for service in self.services:
                    service.stop()
            _lock(users, fcntl.LOCK_SH)
        self.ensure()

    def _leave(self, users: IO[str], *, insist: bool) -> None:
        with self._alone():
            if _lock(users, fcntl.LOCK_EX) or (insist and self.started):
                for service in reversed(self.services):
                    service.stop()

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        with open(self.data_dir / "start.lock", "a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _lock(file: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

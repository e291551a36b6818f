"""Starts the programs, starts again what dies, and stops everything in order."""

import contextlib
import errno
import fcntl
import http.client
import os
import signal
import socket
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from config.embedded import Stack, processes
from config.serving.programs import Program

Say = Callable[[str], object]
TICK = 0.5
# What dies again and again may need what is away for now, so it is started for ever, but ever less eagerly.
LONGEST_PAUSE = 15
RETRY = 2  # seconds until a service that does not start is tried again


class CannotServe(Exception):
    """Why the start was given up, in words for the person at the terminal."""


@dataclass
class Watch:
    """The running programs of one data folder."""

    data_dir: Path
    programs: tuple[Program, ...]
    say: Say
    running: dict[str, psutil.Process] = field(default_factory=dict)
    deaths: defaultdict[str, deque[float]] = field(default_factory=lambda: defaultdict(lambda: deque(maxlen=10)))
    due: dict[str, float] = field(default_factory=dict)
    urls: list[str] = field(default_factory=list)

    def start(self, program: Program) -> None:
        self.running[program.name] = program.start(self.data_dir)

    def start_all(self, host: str, port: int) -> None:
        """The web server first, the others once it answers: people wait for the page, not for the jobs."""
        web, *others = self.programs
        self.start(web)
        wait_for_page(host, port, self.running[web.name])
        for program in others:
            self.start(program)

    def until(self, over: Callable[[], bool], stack: Stack) -> None:
        """Keep services and programs up until `over`."""
        self.urls = stack.urls
        while not over():
            self._keep_services(stack)
            for program in self.programs:
                if not processes.alive(self.running[program.name]) and self._may_start(program.name):
                    program.end_leftovers(self.data_dir)
                    self.start(program)
            processes.reap()
            time.sleep(TICK)

    def _keep_services(self, stack: Stack) -> None:
        """Programs keep the addresses that they were started with, so a service that had to move takes them along."""
        try:
            for name in stack.ensure():
                self.say(f"{name} had died and is started again.")
            if stack.urls != self.urls:
                self.say("A port was taken meanwhile; all programs are started again with the new one.")
                self.stop()
                self.urls = stack.urls
        except (RuntimeError, OSError) as error:  # a full disk, perhaps
            self.say(f"{error}\nIt is tried again.")
            time.sleep(RETRY)

    def _may_start(self, name: str) -> bool:
        """Say once that it died, and when it is started again: the sooner, the fewer deaths the last minute saw."""
        now = time.monotonic()
        if name not in self.due:
            recent = sum(now - death < 60 for death in self.deaths[name])
            self.deaths[name].append(now)
            pause = min(2**recent - 1, LONGEST_PAUSE)
            self.due[name] = now + pause
            self.say(f"{name} had died and is started again{f' in {pause} s' if pause else ''}.")
        if now < self.due[name]:
            return False
        del self.due[name]
        return True

    def stop(self) -> None:
        for program in self.programs:
            if program.name in self.running:
                program.stop(self.running[program.name])
        end_orphans(self.data_dir)


def end_orphans(data_dir: Path) -> None:
    """End programs of that data folder that a killed run left behind, and children that outlived their program."""
    processes.stop(processes.marked(data_dir), by=signal.SIGTERM, patience=5)


@contextlib.contextmanager
def only_one(data_dir: Path, address: str, *, patience: float = 8) -> Iterator[None]:
    """One run per data folder; another one that is just stopping is waited for."""
    with open(data_dir / "serve.lock", "a+") as lock:
        give_up = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > give_up:
                    lock.seek(0)
                    raise CannotServe(f"{data_dir} is being served already: {lock.read()}") from None
                time.sleep(0.1)
        lock.truncate(0)
        lock.write(address)
        lock.flush()
        yield


def require_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            way_out = "Choose another PORT." if error.errno == errno.EADDRINUSE else "Choose another HOST or PORT."
            raise CannotServe(f"Cannot listen on {host} port {port} ({error.strerror}). {way_out}") from error


def wait_for_page(host: str, port: int, web: psutil.Process) -> None:
    """Until the start page is answered, however that goes: it is there, or the web server is gone."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    while processes.alive(web):
        connection = http.client.HTTPConnection(reachable, port, timeout=30)
        try:
            connection.request("GET", "/", headers={"Host": "localhost"})
            connection.getresponse()
            return
        except (OSError, http.client.HTTPException):
            time.sleep(0.05)
        finally:
            connection.close()
    raise CannotServe("The web server did not start; its reason stands above.")


def parent_ended(parent: int) -> bool:
    return os.getppid() != parent

"""The process that stays: it holds the port, keeps the programs of the current release up, and changes releases.

A change, `up` or `rollback`, is eight steps. Up to the fourth nothing that is served has changed, and whatever fails
leaves it so:

1. check the release, and collect its static files beside those of the pages that are open
2. migrate, which only adds (not when rolling back: old code runs on the new schema)
3. start its web server on a private port and ask it whether it is ready; end that one
4. start its web server on the port, beside the one before
5. tell the one before to leave: it takes no more connections, ends those it has with their next answer; then end it
6. remember which release is served, and which was before
7. start its workers beside those before, and end those: a job that they have begun is done again (acks_late)
8. bring the schedule up to the release, and change beat, of which there is one
"""

import http.client
import json
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from deploy import healthcheck
from deploy.programs import Running, Starter, end_orphans
from deploy.site import Failed, Site, accepted

Say = Callable[[str], object]
TICK = 0.5
LONGEST_PAUSE = 15  # seconds until what dies again and again is started again
BACKLOG = 1024
READY_PATH = "/api/v1/health?ready=1"


@dataclass
class Keeper:
    """`drain` seconds are for clients of a web server that leaves to ask once more, and to go to the other then."""

    site: Site
    host: str
    port: int
    drain: float = 10.0
    running: dict[str, Running] = field(default_factory=dict)
    deaths: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    due: dict[str, float] = field(default_factory=dict)
    changing: threading.RLock = field(default_factory=threading.RLock)
    starter: Starter = field(init=False)

    def open(self) -> None:
        end_orphans(self.site)
        listening = socket.create_server((self.host, self.port), backlog=BACKLOG)
        self.starter = Starter(self.site, listening)
        if current := self.site.release("current"):
            for name in self.starter.names(current):
                self.running[name] = self.starter.start(current, name)

    def watch(self) -> None:
        """Start again what has died, the less eagerly the oftener it does; not amid a change."""
        if not self.changing.acquire(blocking=False):
            return
        try:
            for name, program in list(self.running.items()):
                if program.alive():
                    if name in self.due and time.monotonic() > self.due[name] + 60:
                        del self.due[name], self.deaths[name]
                elif time.monotonic() >= self.due.get(name, 0):
                    program.end()  # its children
                    self.deaths[name] += 1
                    self.due[name] = time.monotonic() + min(2 ** self.deaths[name] - 1, LONGEST_PAUSE)
                    self.running[name] = self.starter.start(program.release, name)
        finally:
            self.changing.release()

    def close(self) -> None:
        with self.changing:
            for program in self.running.values():
                program.end()
            self.starter.listening.close()

    def up(self, folder: str, say: Say) -> None:
        """Serve that release. Raises Failed."""
        release = accepted(folder)
        with self.changing:
            self._check(release, say)
            say("migrate")
            self.site.manage(release, "prepare")
            self._change(release, say)

    def rollback(self, say: Say) -> None:
        """Serve the release before, on the schema as it is. Raises Failed."""
        with self.changing:
            previous = self.site.release("previous")
            if previous is None:
                raise Failed("there is no release before this one")
            self._check(accepted(str(previous)), say)
            self._change(previous, say)

    def _check(self, release: Path, say: Say) -> None:
        say(f"check {release.name}")
        self.starter.patience.pop(release, None)
        self.starter.names(release)  # which checks it, too
        say("collect static files")
        self.site.manage(release, "collectstatic", "--noinput", "--verbosity", "0")
        if current := self.site.release("current"):
            self.site.keep_static(current, release)

    def _change(self, release: Path, say: Say) -> None:
        say("try its web server on a private port")
        self._rehearse(release)
        say("web: the new beside the old")
        web = self.starter.start_ready(release, self.starter.listening)
        before, self.running["web"] = self.running.get("web"), web
        if before:
            say(f"web: the old one leaves, {self.drain:g} s")
            before.leave()
            time.sleep(self.drain)
            before.end()
        served = self.site.release("current")
        if served and served != release:
            self.site.point("previous", served)
        self.site.point("current", release)
        self._change_workers(release, say)
        say(f"{release.name} is served")

    def _rehearse(self, release: Path) -> None:
        """A release that does not get ready never sees a request. Raises Failed."""
        with socket.create_server(("127.0.0.1", 0), backlog=128) as private:
            web = self.starter.start_ready(release, private)
            try:
                host = healthcheck.host(self.site.settings().get("ALLOWED_HOSTS", ""))
                status, body = _ask(private.getsockname()[1], host)
                if status != 200:
                    raise Failed(f"{release.name} is not ready: {READY_PATH} says {status} {body}")
            finally:
                web.end()

    def _change_workers(self, release: Path, say: Say) -> None:
        names = self.starter.names(release)
        say("beat stops; workers: the new beside the old, which end")
        if beat := self.running.pop("beat", None):
            beat.end()
        before = [self.running.pop(name) for name in list(self.running) if name != "web"]
        for name in names:
            if name not in ("web", "beat"):
                self.running[name] = self.starter.start(release, name)
        for program in before:
            program.end()
        say("bring the schedule up to it; beat starts")
        self.site.manage(release, "sync_schedule")
        self.running["beat"] = self.starter.start(release, "beat")

    def status(self, say: Say) -> None:
        for name, program in self.running.items():
            say(f"{name} of {program.release.name}, process {program.process.pid}")
        for link in ("current", "previous"):
            say(f"{link}: {self.site.release(link)}")


def _ask(port: int, host: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    with suppress(OSError, http.client.HTTPException):
        connection.request("GET", READY_PATH, headers={"Host": host})
        answer = connection.getresponse()
        return answer.status, json.dumps(answer.read().decode(errors="replace"))[:300]
    return 0, "nothing"

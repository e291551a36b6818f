"""Stops the workers of an installation and watches the alerts come, reach somebody, and go again. Prints what it saw.

It serves an empty installation in a temporary folder, with a real Prometheus and Alertmanager beside it, sends events
all the while, and holds the workers' processes (SIGSTOP), as if they hung.

    .venv/bin/python -m deploy.alert_drill              # with the rules as they are, about eight minutes
    .venv/bin/python -m deploy.alert_drill --faster 10  # `for` and limits in seconds of what it waits for by 10
    .venv/bin/python -m deploy.alert_drill --faster 20 --only DataStale  # the shortest there is, about a minute
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psutil

from config import environment
from config.embedded import Stack, processes
from deploy.observers import (
    ALERTMANAGER,
    FIRST,
    HASTENED,
    PROMETHEUS,
    NoAnswer,
    Observers,
    ask,
    free_port,
    observing,
    running,
    until,
    which,
)

WANTED = ("DataStale", "QueueBackedUp")  # alerts that must come and go
HELD = ("worker", "fold")
GIVEN = ("DATABASE_URL", "REDIS_URL", "BROKER_URL", "CACHE_URL")
PATIENCE = 900  # seconds for all alerts to come, and again to go
EVENTS_EACH = 5  # seconds between two batches of events


@dataclass
class Drill:
    """One installation, its observers, and what was seen of them so far."""

    data_dir: Path
    port: int
    wanted: Sequence[str] = WANTED
    began: float = field(default_factory=time.monotonic)
    sent: int = 0
    sent_at: float = 0
    states: dict[tuple[str, str], str] = field(default_factory=dict)
    told: int = 0
    key: str = ""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def say(self, text: str) -> None:
        past = int(time.monotonic() - self.began)
        sys.stdout.write(f"{past // 60:3}:{past % 60:02}  {text}\n")
        sys.stdout.flush()

    def run(self, *words: str) -> str:
        """A command of the installation; what it printed."""
        command = [sys.executable, "manage.py", *words]
        done = subprocess.run(
            command, cwd=environment.ROOT, env=self.environ, check=True, capture_output=True, text=True
        )
        return done.stdout

    @property
    def environ(self) -> dict[str, str]:
        others = {name: value for name, value in os.environ.items() if name not in GIVEN}
        return others | {"DATA_DIR": str(self.data_dir), "DEMO": "off", "STATIC_MANIFEST": "off"}

    def send(self) -> None:
        """A batch of ten events, every few seconds."""
        if time.monotonic() < self.sent_at + EVENTS_EACH:
            return
        self.sent_at = time.monotonic()
        at = datetime.now(UTC).isoformat()
        events = [
            {"event_id": f"e{number}", "type": "sent", "campaign": "drill", "contact": f"c{number}", "occurred_at": at}
            for number in range(self.sent, self.sent + 10)
        ]
        ask(f"{self.address}/api/v1/events", self.key, {"events": events})
        self.sent += len(events)

    def counted(self) -> int:
        answer = ask(f"{self.address}/api/v1/kpi?campaign=drill&metrics=sends", self.key)
        return int(answer["metrics"]["sends"]["value"] or 0)

    def look(self, observers: Observers) -> None:
        """Send events, and say what is new: states in Prometheus, messages of Alertmanager."""
        self.send()
        states = observers.alerts()
        for alert in sorted(self.states | states):
            before, after = self.states.get(alert, "quiet"), states.get(alert, "quiet")
            if before != after:
                self.say(f"prometheus    {' '.join(filter(None, alert)):28} {before} -> {after}")
        self.states = states
        new = observers.listener.told[self.told :]
        for told in new:
            self.say(f"alertmanager  {f'{told.alert} {which(told.labels)}':28} {told.status}, to {told.receiver}")
        self.told += len(new)

    def reached(self, observers: Observers, status: str) -> bool:
        """Whether the last that somebody was told of each wanted alert is this."""
        self.look(observers)
        last = {told.alert: told.status for told in observers.listener.told}
        return all(last.get(alert) == status for alert in self.wanted)


def main() -> None:
    options = argparse.ArgumentParser(description="Watch alerts fire and resolve.")
    options.add_argument("--faster", type=int, default=1, help="divide `for` and limits in seconds by this")
    options.add_argument("--only", choices=WANTED, help="wait for this alert alone")
    given = options.parse_args()
    faster = given.faster
    if lacking := [name for name in (PROMETHEUS, ALERTMANAGER) if shutil.which(name) is None]:
        sys.exit(f"Not installed: {', '.join(lacking)}. On Debian: apt-get install prometheus prometheus-alertmanager")
    try:
        with installation() as drill:
            drill.wanted = [given.only] if given.only else WANTED
            key = drill.run("create_api_key", "prometheus", "--scopes", "metrics:scrape").split()[-1]
            folder = drill.data_dir / "observers"
            folder.mkdir()
            with observing(folder, f"127.0.0.1:{drill.port}", key, faster) as observers:
                play(drill, observers, faster)
    except NoAnswer as error:
        sys.exit(f"The drill failed: {error}.")


def play(drill: Drill, observers: Observers, faster: int) -> None:
    divided = f", `for` and seconds of {', '.join(HASTENED)} divided by {faster}" if faster > 1 else ""
    drill.say(f"the rules as they are{divided}")
    until(observers.healthy, FIRST, "Prometheus to see the installation")
    drill.send()
    until(lambda: drill.counted() == drill.sent, FIRST, "the first events to be counted")
    quiet(drill, observers, seconds=30 / faster)
    held = [process for program in HELD for process in processes.marked(drill.data_dir, program)]
    drill.say(
        f"all is quiet; {drill.counted()} of {drill.sent} events counted. The workers are held: {len(held)} processes"
    )
    try:
        signalled(held, signal.SIGSTOP)
        until(lambda: drill.reached(observers, "firing"), PATIENCE, f"{' and '.join(drill.wanted)} to fire")
        fresh = ask(f"{drill.address}/api/v1/freshness", drill.key)
        waiting, oldest = fresh["completeness"]["inbox_waiting_rows"], fresh["completeness"]["oldest_waiting_seconds"]
        drill.say(f"the portal    says that {waiting} events wait, the oldest for {oldest:.0f} s. The workers go on")
    finally:
        signalled(held, signal.SIGCONT)
    until(lambda: drill.reached(observers, "resolved"), PATIENCE, f"{' and '.join(drill.wanted)} to resolve")
    until(lambda: drill.counted() == drill.sent, FIRST, "every event to be counted")
    drill.say(f"{' and '.join(drill.wanted)} resolved; {drill.counted()} of {drill.sent} events counted")


def quiet(drill: Drill, observers: Observers, seconds: float) -> None:
    """Raises NoAnswer if an alert fires while nothing is wrong."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        drill.look(observers)
        if firing := [alert for alert, state in drill.states.items() if state == "firing"]:
            raise NoAnswer(f"nothing is wrong, yet {firing} fires")
        time.sleep(0.5)


def signalled(held: list[psutil.Process], number: signal.Signals) -> None:
    for process in held:
        if process.is_running():  # the same one, not another of its number
            process.send_signal(number)


@contextmanager
def installation() -> Iterator[Drill]:
    """An empty one that is served, with its key and a campaign; gone afterwards with all it started."""
    data_dir = Path(tempfile.mkdtemp(prefix="marketing-drill-"))
    data_dir.chmod(0o711)
    drill = Drill(data_dir, free_port())
    log = data_dir / "terminal"
    serve = (sys.executable, "manage.py", "serve", "--port", str(drill.port))
    try:
        with running(serve, log, drill.environ) as program:
            until(lambda: "http://" in log.read_text() or program.poll() is not None, FIRST, "the first page")
            if program.poll() is not None:
                raise NoAnswer(log.read_text())
            drill.key = drill.run("create_api_key", "drill", "--scopes", "all").split()[-1]
            ask(
                f"{drill.address}/api/v1/campaigns",
                drill.key,
                {"campaign": "drill", "name": "Drill", "channel": "email"},
            )
            yield drill
    finally:
        processes.stop(processes.marked(data_dir), by=signal.SIGKILL, patience=5)
        Stack.of(data_dir).remove()
        shutil.rmtree(data_dir, ignore_errors=True)


if __name__ == "__main__":
    main()

"""Every part is killed at any moment, under load: all that was accepted is counted once, and nothing else.

`make fire` kills for longer (ROUNDS=10). SEED=… repeats a run: the same kills in the same order after the same pauses,
if not to the same instant.
"""

import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
import psycopg

from analytics.ingest.hashes import event_hasher
from config.embedded import ports
from tests.fire.site import Site, eventually, installation

ROUNDS = int(os.environ.get("ROUNDS", "1"))
SEED = int(os.environ.get("SEED", str(random.SystemRandom().randrange(10**6))))
CLIENTS = 3
IMPORTED = 40_000
LOST = 15  # seconds, after which nobody answers any more: whoever was asked was killed
TYPES = ("sent", "sent", "sent", "delivered", "opened", "opened", "clicked", "converted", "unsubscribed")
FOLDS = """
SELECT pid FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
    AND pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted)
"""


def event(luck: random.Random, name: str) -> dict[str, Any]:
    kind = luck.choice(TYPES)
    money = {"amount": f"{luck.randrange(1, 9999)}.{luck.randrange(100):02}"} if kind == "converted" else {}
    at = datetime.now(UTC) - timedelta(seconds=luck.randrange(20 * 86_400))
    person, campaign = f"p{luck.randrange(200)}", f"c{luck.randrange(5)}"
    return {
        "event_id": name,
        "type": kind,
        "occurred_at": at.isoformat(),
        "campaign": campaign,
        "contact": person,
    } | money


@dataclass
class Client:
    """Sends batches, partly sent before, partly bad; one that got no answer is sent again, as clients do."""

    site: Site
    name: str
    luck: random.Random
    over: threading.Event
    accepted: set[str] = field(default_factory=set)
    rejected: set[str] = field(default_factory=set)
    unanswered: set[str] = field(default_factory=set)
    statuses: list[int] = field(default_factory=list)

    def run(self) -> None:
        sent: list[dict[str, Any]] = []
        while not self.over.is_set():
            fresh = [event(self.luck, f"{self.name}-{len(sent) + n}") for n in range(self.luck.randrange(1, 60))]
            sent += fresh
            bad = event(self.luck, f"{self.name}-bad-{len(sent)}") | {"campaign": "none such"}
            self._send([*fresh, bad, *self.luck.sample(sent, min(5, len(sent)))])
            time.sleep(self.luck.random() / 20)

    def _send(self, events: list[dict[str, Any]]) -> None:
        names = {event["event_id"] for event in events}
        self.unanswered |= names - self.accepted
        while not self.over.is_set():
            try:
                answer = self.site.ask("POST", "/api/v1/events", events, timeout=LOST)
            except (OSError, http.client.HTTPException):
                time.sleep(0.1)
                continue
            self.statuses.append(answer.status)
            if answer.status == 202:
                results = answer.json["results"]
                self._note(events, results)
                return
            assert answer.status in (502, 503, 507), answer
            time.sleep(0.1)

    def _note(self, events: list[dict[str, Any]], results: list[dict[str, Any]]) -> None:
        for event, result in zip(events, results, strict=True):
            (self.accepted if result["status"] == "accepted" else self.rejected).add(event["event_id"])
            self.unanswered.discard(event["event_id"])


@dataclass
class Importer:
    """Imports a file, however often it is killed: whoever wants the file in starts it again."""

    site: Site
    path: Path
    running: "subprocess.Popen[str] | None" = None
    starts: int = 0
    done: bool = False

    def run(self) -> None:
        while not self.done:
            self.starts += 1
            self.running = self.site.command("import_events", str(self.path), "--source", "file")
            self.running.communicate()
            self.done = self.running.returncode == 0
            time.sleep(0.2)


@dataclass
class Killer:
    """Each method kills one thing with signal 9 and says whether there was one to kill."""

    site: Site
    luck: random.Random
    importer: Importer

    def worker(self) -> bool:
        return self._kill(self.site.program(self._worker())[0])

    def worker_child(self) -> bool:
        return self._kill(self.site.program(self._worker())[1])

    def worker_while_it_folds(self) -> bool:
        self._folding()
        return self._kill(self.site.program("fold")[0] + self.site.program("fold")[1], all_of_them=True)

    def fold_backend(self) -> bool:
        pids = self._folding()
        return self._kill([psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)])

    def any_backend(self) -> bool:
        return self._kill(self.site.backends()[1:])

    def postmaster(self) -> bool:
        return self._kill(self.site.backends()[:1])

    def all_of_postgres(self) -> bool:
        return self._kill(self.site.backends(), all_of_them=True)

    def broker(self) -> bool:
        return self._kill(self.site.redis("broker"))

    def cache(self) -> bool:
        return self._kill(self.site.redis("cache"))

    def web(self) -> bool:
        return self._kill(self.site.program("web")[0])

    def web_worker(self) -> bool:
        return self._kill(self.site.program("web")[1])

    def beat(self) -> bool:
        return self._kill(self.site.program("beat")[0])

    def import_command(self) -> bool:
        running = self.importer.running
        return running is not None and running.poll() is None and self._kill([psutil.Process(running.pid)])

    def _worker(self) -> str:
        return self.luck.choice(("fold", "worker"))

    def _folding(self) -> list[int]:
        """Wait for a fold that is at work and return its backends; none within two seconds is none."""
        end = time.monotonic() + 2
        with suppress(psycopg.OperationalError), psycopg.connect(self.site.postgres.url, autocommit=True) as connection:
            while time.monotonic() < end:
                if found := connection.execute(FOLDS).fetchall():
                    return [pid for (pid,) in found]
        return []

    def _kill(self, found: list[psutil.Process], *, all_of_them: bool = False) -> bool:
        chosen = found if all_of_them else found and [self.luck.choice(found)]
        for process in chosen:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
        return bool(chosen)


KILLS = [name for name in vars(Killer) if not name.startswith("_")]


def write_file(luck: random.Random, path: Path) -> set[str]:
    names = [f"f{number}" for number in range(IMPORTED)]
    with path.open("w") as file:
        file.write("event_id,type,occurred_at,campaign,contact,amount\n")
        for name in names:
            one = event(luck, name)
            row = (one["event_id"], one["type"], one["occurred_at"], one["campaign"], one["contact"])
            file.write(",".join((*row, one.get("amount", ""))) + "\n")
    return set(names)


def hashed(source: str, names: set[str]) -> set[UUID]:
    hash_of = event_hasher(source)
    return {UUID(hash_of(name)) for name in names}


@dataclass
class Outcome:
    """What the outside knows: which events were accepted, and which got no answer and may be there or not."""

    killed: list[str]
    accepted: set[UUID]
    unanswered: set[UUID]
    statuses: Counter[int]


def under_fire(site: Site, luck: random.Random, path: Path) -> Outcome:
    """Load from clients and an import, every kind of kill once a round in any order, until all was answered."""
    imported = write_file(luck, path)
    importer, over = Importer(site, path), threading.Event()
    clients = [Client(site, f"client{n}", random.Random(luck.random()), over) for n in range(CLIENTS)]
    sending = [threading.Thread(target=client.run) for client in clients]
    importing = threading.Thread(target=importer.run, daemon=True)
    for thread in (importing, *sending):
        thread.start()
    killed = []
    for _ in range(ROUNDS):
        killer = Killer(site, luck, importer)
        for name in luck.sample(KILLS, len(KILLS)):
            time.sleep(0.3 + luck.random())
            if getattr(killer, name)():
                killed.append(name)
    time.sleep(1)
    over.set()
    for thread in sending:
        thread.join()
    eventually(lambda: importer.done, seconds=300, what="the import ends")
    return Outcome(
        killed,
        hashed("events", set().union(*(client.accepted for client in clients))) | hashed("file", imported),
        hashed("events", set().union(*(client.unanswered for client in clients))),
        sum((Counter(client.statuses) for client in clients), Counter()),
    )


def recovers(site: Site) -> None:
    """By itself, nobody helping: all parts answer and nothing waits."""
    assert site.serving(), site.output.read_text()
    eventually(
        lambda: site.ask("GET", "/api/v1/health", timeout=LOST).json["status"] == "up", seconds=100, what="all is up"
    )
    eventually(lambda: site.query("SELECT 1 FROM inbox LIMIT 1") == [], seconds=200, what="the inbox is empty")


def moves(site: Site) -> None:
    """A service whose port somebody took while it was away gets another one, and all programs learn of it."""
    (cache,) = site.redis("cache")
    port = ports.read(site.data_dir, "cache")
    assert site.serve is not None
    site.serve.send_signal(signal.SIGSTOP)  # so that it is not faster
    try:
        cache.kill()
        taken = server_at(port)
    finally:
        site.serve.send_signal(signal.SIGCONT)
    with taken:
        eventually(lambda: ports.read(site.data_dir, "cache") != port, seconds=10, what="another port")
        recovers(site)


def server_at(port: int) -> socket.socket:
    """On a port that a killed server is about to leave: its threads end one after the other."""
    made: list[socket.socket] = []

    def made_one() -> bool:
        made.append(socket.create_server(("127.0.0.1", port)))
        return True

    eventually(made_one, seconds=10, what=f"port {port} is free")
    return made[0]


def test_after_any_kill_what_was_accepted_is_counted_once(tmp_path: Path) -> None:
    say = sys.stdout.write  # pytest shows it when the test fails, or with -s
    say(f"\nSEED={SEED} ROUNDS={ROUNDS}\n")
    with installation() as site:
        outcome = under_fire(site, random.Random(SEED), tmp_path / "events.csv")
        say(f"{len(outcome.killed)} kills: {', '.join(outcome.killed)}\n")
        try:
            recovers(site)
        finally:
            say(f"{site.output.read_text()}\n")
        say(site.run("verify_totals"))
        kept = [event_id for (event_id,) in site.query("SELECT event_id FROM event")]
        say(f"{len(outcome.accepted)} accepted, {len(outcome.unanswered)} unanswered, {outcome.statuses}\n")
        assert len(outcome.killed) >= ROUNDS * 7
        assert len(kept) == len(set(kept)), "counted twice"
        assert outcome.accepted - set(kept) == set(), "lost"
        assert set(kept) - outcome.accepted - outcome.unanswered == set(), "never accepted"
        moves(site)
        site.stop()
        assert site.leftovers() == []

"""The disk that holds everything is full: the doors say so, and once there is space all goes on by itself."""

import http.client
import os
import random
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from tests.config.services import PREFIX
from tests.fire.site import Site, eventually, installation
from tests.fire.test_kills import event, hashed

SIZE = 400  # MB
KPI = "/api/v1/kpi?metrics=sends"


@pytest.fixture
def small_disk() -> Iterator[Path]:
    if "ROUNDS" not in os.environ:
        pytest.skip("`make fire` fills a disk; it takes too long for every run")
    place = Path(tempfile.mkdtemp(prefix=PREFIX))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}m,mode=711", "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounted.returncode:
        place.rmdir()
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.decode().strip()}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)
    place.rmdir()


def fill(place: Path, leave: int) -> Path:
    """Take all space but `leave` bytes."""
    ballast = place / "ballast"
    with ballast.open("wb") as file, suppress(OSError):
        while shutil.disk_usage(place).free > leave:
            file.write(bytes(min(1 << 20, shutil.disk_usage(place).free - leave)))
            file.flush()
    return ballast


@dataclass
class Sender:
    """Sends batches and remembers what was accepted."""

    site: Site
    luck: random.Random = field(default_factory=lambda: random.Random(12))
    accepted: set[str] = field(default_factory=set)
    sent: int = 0

    def send(self) -> int:
        """The status of one more batch, 0 when nobody answered."""
        self.sent += 1
        events = [event(self.luck, f"{self.sent}-{number}") for number in range(200)]
        try:
            answer = self.site.ask("POST", "/api/v1/events", events)
        except (OSError, http.client.HTTPException):
            return 0
        if answer.status == 202:
            self.accepted |= {one["event_id"] for one in events}
        assert answer.status != 507 or "make space" in answer.json["detail"]
        return answer.status

    def until(self, status: int, seconds: float) -> Counter[int]:
        """Send and read until a batch is answered so; how often which status was read meanwhile."""
        reads = Counter[int]()

        def answered() -> bool:
            reads[self.site.ask("GET", KPI).status] += 1
            return self.send() == status

        eventually(answered, seconds=seconds, what=f"a batch is answered {status}, reads {reads}")
        return reads


def all_is_counted(sender: Sender) -> None:
    site = sender.site
    eventually(lambda: site.query("SELECT 1 FROM inbox LIMIT 1") == [], seconds=60, what="the inbox is empty")
    site.run("verify_totals")
    kept = {event_id for (event_id,) in site.query("SELECT event_id FROM event")}
    assert hashed("events", sender.accepted) - kept == set()


def test_a_full_disk_is_told_and_needs_no_repair(small_disk: Path) -> None:
    with installation(small_disk) as site:
        sender = Sender(site)
        assert sender.send() == 202
        ballast = fill(small_disk, leave=2_000_000)
        sender.until(507, seconds=60)
        assert {site.ask("GET", KPI).status for _ in range(20)} == {200}, "reading goes on"
        ballast.unlink()
        sender.until(202, seconds=60)
        all_is_counted(sender)

        fill(small_disk, leave=0)
        with suppress(psycopg.OperationalError):  # now it cannot even write its log, and falls over
            for _ in range(5):
                site.query("SELECT pg_switch_wal()")
                sender.send()
        sender.until(503, seconds=60)
        ballast.unlink()
        sender.until(202, seconds=60)
        all_is_counted(sender)
        assert site.serving()

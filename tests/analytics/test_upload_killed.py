"""A worker that is killed in the middle of an uploaded file: the next one goes on, and nothing is counted twice."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from analytics import imports, tasks, verify
from analytics.ingest.chosen import Chosen
from analytics.models import Campaign, CampaignDaily, ImportFile, ImportPart
from compliance.acting import Actor
from tests.analytics.killed import kill_once_past
from tests.analytics.test_uploads import kept

ROWS, CHUNK = 20_000, 500
WORKER = f"""
import sys
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
import django
django.setup()
from analytics.ingest.chosen import Chosen
from analytics.ingest import importing
importing.CHUNK_ROWS = {CHUNK}
from analytics import tasks
tasks.run_import()
"""
State = ImportFile.State


@pytest.fixture
def worker() -> Iterator["subprocess.Popen[bytes]"]:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, "-c", WORKER, connection.settings_dict["NAME"]]
    process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.DEVNULL)
    yield process
    process.kill()
    process.wait()


def lines_done() -> int:
    return ImportFile.objects.values_list("lines_done", flat=True).first() or 0


@pytest.fixture
def started(transactional_db: None) -> ImportFile:
    Campaign.objects.create(external_id="spring-sale", name="Spring sale", channel="email")
    lines = (f"e{n},sent,2026-10-{n % 28 + 1:02d}T10:00:00Z,spring-sale,person {n // 3}\n" for n in range(ROWS))
    record = kept(("event_id,type,occurred_at,campaign,contact\n" + "".join(lines)).encode())
    by = Actor(User.objects.create_user("ada"))
    return imports.start(record.pk, Chosen("events", "shop"), by, timezone.now())


@pytest.mark.django_db(transaction=True)
def test_the_next_worker_goes_on(started: ImportFile, worker: "subprocess.Popen[bytes]") -> None:
    kill_once_past(worker, lines_done, 3_000)
    stopped_at = lines_done()
    assert 3_000 < stopped_at < ROWS
    assert ImportFile.objects.get().state == State.RUNNING
    tasks.run_import()
    record = ImportFile.objects.get()
    assert (record.state, record.read, record.taken, record.known) == (State.DONE, ROWS, ROWS, 0)
    assert sum(CampaignDaily.objects.filter(basis=1).values_list("sends", flat=True)) == ROWS
    assert not verify.check(timezone.now()).differences
    assert not ImportPart.objects.exists()

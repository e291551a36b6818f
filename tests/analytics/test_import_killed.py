"""An import that is killed in the middle, as by a power cut: nothing is lost and nothing is counted twice."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from analytics.fold import fold_inbox
from analytics.models import Campaign, CampaignDaily, Event, ImportFile, InboxBatch
from tests.analytics.killed import kill_once_past

ROWS = 60_000
CHUNK = 2_000
# A process of its own on the test's database, with chunks small enough to be killed between many of them.
IMPORT = f"""
import os, signal, sys
import django
import manage
signal.signal(signal.SIGTERM, manage.leave)
signal.signal(signal.SIGINT, signal.default_int_handler)
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from analytics.ingest import importing
importing.CHUNK_ROWS = {CHUNK}
from django.core.management import call_command
call_command("import_events", sys.argv[2])
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "events.csv"
    with path.open("w") as file:
        file.write("event_id,type,occurred_at,campaign,contact\n")
        for number in range(ROWS):
            file.write(f"e{number},sent,2026-10-{number % 28 + 1:02d}T10:00:00Z,spring-sale,person {number // 3}\n")
    return path


def start(path: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", IMPORT, connection.settings_dict["NAME"], str(path)]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}
    return subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.DEVNULL)


def lines_done() -> int:
    return ImportFile.objects.values_list("lines_done", flat=True).first() or 0


@pytest.mark.django_db(transaction=True)
def test_a_killed_import_goes_on_and_its_totals_are_exact(path: Path) -> None:
    Campaign.objects.create(external_id="spring-sale", name="Spring sale", channel="email")
    for line in (ROWS // 10, ROWS // 3):
        kill_once_past(start(path), lines_done, line)
    stopped = lines_done()
    assert 0 < stopped <= ROWS

    call_command("import_events", str(path))

    record = ImportFile.objects.get()
    assert (record.state, record.read, record.taken, record.known, record.rejected) == ("done", ROWS, ROWS, 0, 0)
    assert sum(CampaignDaily.objects.filter(basis=1).values_list("sends", flat=True)) == ROWS
    assert Event.objects.count() == ROWS
    assert not InboxBatch.objects.exists()
    assert fold_inbox().batches == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, {1, 130}), (signal.SIGTERM, {143})])
def test_an_import_that_is_told_to_stop_waits_for_no_fold(path: Path, number: signal.Signals, code: set[int]) -> None:
    Campaign.objects.create(external_id="spring-sale", name="Spring sale", channel="email")
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None}) as other:
        other.execute("LOCK campaign_daily IN ACCESS EXCLUSIVE MODE")
        process = start(path)
        end = time.monotonic() + 300
        while not _folds_that_wait() and process.poll() is None and time.monotonic() < end:
            time.sleep(0.05)
        process.send_signal(number)
        assert process.wait(timeout=300) in code
        end = time.monotonic() + 300
        while _folds_that_wait() and time.monotonic() < end:
            time.sleep(0.05)
        assert _folds_that_wait() == 0

    call_command("import_events", str(path))
    assert Event.objects.count() == ImportFile.objects.get().taken == ROWS


def _folds_that_wait() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'campaign_daily'::regclass "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        return int(cursor.fetchone()[0])

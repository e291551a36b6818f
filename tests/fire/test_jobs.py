"""Jobs are delivered at least once and have one effect: workers killed, tasks too long, schedulers twice."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from celery import Celery

from config.embedded.valkey import BROKER, Valkey
from config.serving.programs import Program, all_of_them
from tests.fire.site import VISIBILITY, Site, eventually

VERIFY, REFRESH = "analytics.tasks.verify_totals", "analytics.tasks.refresh_views"
RUNS = "SELECT outcome FROM marketing_job_runs WHERE name = %s ORDER BY id"


@pytest.fixture(autouse=True)
def _no_runs(site: Site) -> None:
    site.query("TRUNCATE marketing_job_runs")


def send(site: Site, task: str, sent_at: datetime | None = None) -> None:
    broker = Valkey(site.data_dir, "broker", BROKER).url
    with Celery(broker=broker, set_as_current=False) as app:
        app.send_task(task, headers={"sent_at": (sent_at or datetime.now(UTC)).isoformat()})


def outcomes(site: Site, name: str) -> list[str]:
    return [outcome for (outcome,) in site.query(RUNS, name)]


@contextmanager
def made_slow(site: Site) -> Iterator[None]:
    """Inside, verify_totals waits for a table that somebody else holds."""
    with psycopg.connect(site.database_url) as connection:
        connection.execute("LOCK campaign_daily IN ACCESS EXCLUSIVE MODE")
        yield


@contextmanager
def another(site: Site, name: str) -> Iterator[None]:
    """A second worker, or a second beat, beside the one that is watched over."""
    (command,) = [program.command for program in all_of_them("127.0.0.1", 0) if program.name == name]
    more = ("--hostname", "second@%h") if name == "worker" else ("--schedule", str(site.data_dir / "second"))
    process = Program("second", (*command, *more), patience=5).start(site.data_dir, site.environ)
    try:
        yield
    finally:
        process.kill()
        process.wait()


def test_a_job_whose_process_is_killed_is_done_all_the_same(site: Site) -> None:
    with made_slow(site):
        send(site, VERIFY)
        eventually(lambda: outcomes(site, "verify_totals") == ["running"], seconds=20)
        site.program("worker")[1][0].kill()
        eventually(lambda: outcomes(site, "verify_totals") == ["running", "running"], seconds=20)
    eventually(lambda: outcomes(site, "verify_totals") == ["running", "done"], seconds=20)


def test_a_job_whose_worker_is_killed_is_done_all_the_same(site: Site) -> None:
    with made_slow(site):
        send(site, VERIFY)
        eventually(lambda: outcomes(site, "verify_totals") == ["running"], seconds=20)
        heads, children = site.program("worker")
        for process in heads + children:
            process.kill()
    eventually(lambda: "done" in outcomes(site, "verify_totals"), seconds=VISIBILITY + 30)
    assert outcomes(site, "verify_totals").count("done") == 1


def test_a_job_that_takes_longer_than_the_broker_waits_runs_once(site: Site) -> None:
    with another(site, "worker"):
        with made_slow(site):
            send(site, VERIFY)
            time.sleep(3 * VISIBILITY)  # it is delivered again meanwhile
            assert outcomes(site, "verify_totals") == ["running"]
        eventually(lambda: outcomes(site, "verify_totals") == ["done"], seconds=20)
        time.sleep(1.5 * VISIBILITY)
        assert outcomes(site, "verify_totals") == ["done"]


def test_two_schedulers_make_a_job_run_once_for_each_slot(site: Site) -> None:
    site.query("UPDATE django_celery_beat_periodictask SET enabled = task = %s", REFRESH)
    site.query("UPDATE django_celery_beat_intervalschedule SET every = 1")
    site.query("UPDATE django_celery_beat_periodictasks SET last_update = now()")
    site.query("UPDATE data_version SET version = version + 1")
    site.query("TRUNCATE marketing_scheduler_log, view_refresh")
    with another(site, "beat"):
        site.program("beat")[0][0].kill()  # and one of the two begins anew
        ticks = "SELECT count(*) FROM marketing_scheduler_log WHERE name = 'refresh_views'"
        eventually(lambda: site.query(ticks)[0][0] >= 6, seconds=40)
        eventually(lambda: outcomes(site, "refresh_views") == ["done"], seconds=20)
        eventually(lambda: site.query(ticks)[0][0] >= 9, seconds=20)
    assert outcomes(site, "refresh_views") == ["done"]


def test_a_slot_is_over_when_the_next_one_comes(site: Site) -> None:
    now = datetime.now(UTC)
    for sent_at in (now, now + timedelta(minutes=1), now + timedelta(minutes=62)):
        send(site, VERIFY, sent_at - timedelta(days=30))
    send(site, VERIFY, now + timedelta(days=30))
    eventually(lambda: outcomes(site, "verify_totals").count("done") == 2, seconds=30)
    time.sleep(2)
    assert outcomes(site, "verify_totals") == ["done", "done"]

"""Jobs are delivered at least once and have one effect: workers killed, tasks too long, schedulers twice."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise

import psycopg
import pytest
from celery import Celery

from compliance.schedule import MOST_ATTEMPTS
from compliance.timetable import OWNED, SAME_SLOT
from config.database import roles
from config.embedded.valkey import BROKER, Valkey
from config.serving.programs import Program, all_of_them
from tests.fire.site import VISIBILITY, Site, eventually

VERIFY, REFRESH = "analytics.tasks.verify_totals", "analytics.tasks.refresh_views"
SECOND = timedelta(seconds=1)
APART = timedelta(days=100)  # between the slots of one test and those of the next
RUNS = "SELECT outcome FROM marketing_job_runs WHERE name = %s AND slot >= %s AND slot < %s ORDER BY id"
SEEN = "SELECT name, slot, started_at, finished_at, outcome, rows, error FROM marketing_job_runs ORDER BY id"
numbers = count(1)


@pytest.fixture
def slot() -> datetime:
    """One that no other test uses: copies of an earlier test's messages still come, and what makes them void stays."""
    return datetime(2020, 1, 1, 3, 10, tzinfo=UTC) + next(numbers) * APART


def send(site: Site, task: str, slot: datetime, **options: str) -> None:
    """As beat does at the moment of a slot."""
    broker = Valkey(site.data_dir, "broker", BROKER).url
    headers = {"sent_at": slot.isoformat(), "periodic_task_name": f"{OWNED}verify totals"}
    with Celery(broker=broker, set_as_current=False) as app:
        app.send_task(task, headers=headers, **options)


def outcomes(site: Site, slot: datetime) -> list[str]:
    """Of the runs of verify_totals, in this test's slots."""
    return [outcome for (outcome,) in site.query(RUNS, "verify_totals", slot, slot + APART)]


def seen(site: Site) -> str:
    """Every run so far, a line each."""
    return "\n".join(", ".join(map(str, row)) for row in site.query(SEEN))


@contextmanager
def made_slow(site: Site) -> Iterator[None]:
    """Inside, verify_totals waits for a table that somebody else holds."""
    with psycopg.connect(site.database_url) as connection:
        connection.execute("LOCK campaign_daily IN ACCESS EXCLUSIVE MODE")
        yield


@contextmanager
def another(site: Site, name: str, *options: str, **environ: str) -> Iterator[None]:
    """A second worker, or a second beat, beside the one that is watched over."""
    (command,) = [program.command for program in all_of_them("127.0.0.1", 0, roles.OWNER) if program.name == name]
    more = ("--hostname", "second@%h") if name == "worker" else ("--schedule", str(site.data_dir / "second"))
    process = Program("second", (*command, *more, *options), patience=5).start(site.data_dir, site.environ | environ)
    try:
        yield
    finally:
        process.kill()
        process.wait()


def test_a_job_whose_process_is_killed_is_done_all_the_same(site: Site, slot: datetime) -> None:
    with made_slow(site):
        send(site, VERIFY, slot)
        eventually(lambda: outcomes(site, slot) == ["running"], seconds=20, what=lambda: seen(site))
        site.program("worker")[1][0].kill()
        eventually(lambda: outcomes(site, slot) == ["lost", "running"], seconds=20, what=lambda: seen(site))
    eventually(lambda: outcomes(site, slot) == ["lost", "done"], seconds=20, what=lambda: seen(site))


def test_a_job_whose_worker_is_killed_is_done_all_the_same(site: Site, slot: datetime) -> None:
    with made_slow(site):
        send(site, VERIFY, slot)
        eventually(lambda: outcomes(site, slot) == ["running"], seconds=20, what=lambda: seen(site))
        heads, children = site.program("worker")
        for process in heads + children:
            process.kill()
    eventually(lambda: "done" in outcomes(site, slot), seconds=VISIBILITY + 30, what=lambda: seen(site))
    assert outcomes(site, slot) == ["lost", "done"], seen(site)


def test_a_job_that_fails_is_tried_again_and_given_up(site: Site, slot: datetime) -> None:
    failed = ["failed"] * MOST_ATTEMPTS
    site.query("ALTER TABLE campaign_daily RENAME TO campaign_daily_away")
    try:
        send(site, VERIFY, slot)
        eventually(lambda: outcomes(site, slot) == failed, seconds=30, what=lambda: seen(site))
    finally:
        site.query("ALTER TABLE campaign_daily_away RENAME TO campaign_daily")
    attempts = site.query("SELECT attempt, error FROM marketing_job_runs WHERE slot = %s ORDER BY id", slot)
    assert [attempt for attempt, _ in attempts] == list(range(1, MOST_ATTEMPTS + 1))
    assert {error for _, error in attempts} == {'ProgrammingError: relation "campaign_daily" does not exist (42P01)'}
    time.sleep(2)
    assert outcomes(site, slot) == failed, seen(site)


def test_events_are_counted_while_a_long_job_runs(site: Site, slot: datetime) -> None:
    event = {"event_id": "meanwhile", "type": "sent", "occurred_at": datetime.now(UTC).isoformat(), "campaign": "c0"}

    def running() -> bool:
        runs = site.query("SELECT outcome FROM marketing_job_runs WHERE name = 'recommend' AND slot = %s", slot)
        return runs == [("running",)]

    with psycopg.connect(site.database_url) as connection:
        connection.execute("LOCK recommendation IN ACCESS EXCLUSIVE MODE")
        send(site, "recommendations.tasks.recommend", slot)
        eventually(running, seconds=20, what=lambda: seen(site))
        assert site.ask("POST", "/api/v1/events", {"events": [event | {"contact": "ada"}]}).status == 202
        eventually(lambda: site.query("SELECT count(*) FROM inbox") == [(0,)], seconds=20, what=lambda: seen(site))
        assert running()


def test_a_job_that_a_person_starts_runs_and_can_be_looked_at(site: Site) -> None:
    started = site.ask("POST", "/api/v1/jobs/verify_totals/run")
    assert started.status == 202, started.text
    place = started.headers["Location"]
    eventually(lambda: site.ask("GET", place).json["outcome"] == "done", seconds=20, what=lambda: seen(site))


def test_a_job_that_takes_longer_than_the_broker_waits_runs_once(site: Site, slot: datetime) -> None:
    with another(site, "worker"):
        with made_slow(site):
            send(site, VERIFY, slot)
            eventually(lambda: outcomes(site, slot) == ["running"], seconds=20, what=lambda: seen(site))
            time.sleep(3 * VISIBILITY)  # it is delivered again meanwhile
            assert outcomes(site, slot) == ["running"], seen(site)
        eventually(lambda: outcomes(site, slot) == ["done"], seconds=20, what=lambda: seen(site))
        time.sleep(1.5 * VISIBILITY)
        assert outcomes(site, slot) == ["done"], seen(site)


def test_a_job_that_hangs_is_ended_and_its_worker_goes_on(site: Site, slot: datetime) -> None:
    with another(site, "worker", "--queues", "hanging", JOB_MOST_SECONDS="3"):
        with made_slow(site):
            send(site, VERIFY, slot, queue="hanging")
            eventually(lambda: outcomes(site, slot) != [], seconds=20, what=lambda: seen(site))

            def lost() -> bool:
                site.ask("GET", "/api/v1/jobs")  # whoever looks marks it
                return "lost" in outcomes(site, slot)

            eventually(lost, seconds=30, what=lambda: seen(site))
        later = slot + timedelta(days=30)
        send(site, VERIFY, later, queue="hanging")
        eventually(lambda: outcomes(site, later) == ["done"], seconds=30, what=lambda: seen(site))


def test_two_schedulers_make_a_job_run_once_for_each_slot(site: Site) -> None:
    site.query("UPDATE django_celery_beat_periodictask SET enabled = task = %s", REFRESH)
    site.query("UPDATE django_celery_beat_intervalschedule SET every = 1")
    site.query("UPDATE django_celery_beat_periodictasks SET last_update = now()")
    site.query("DELETE FROM marketing_job_runs WHERE name = 'refresh_views'")
    site.query("TRUNCATE marketing_scheduler_log")

    def ticks() -> int:
        site.query("UPDATE data_version SET version = version + 1")  # no run finds nothing to do, and leaves no row
        ((number,),) = site.query(
            "SELECT coalesce(sum(ticks), 0) FROM marketing_scheduler_log WHERE name = 'refresh_views'"
        )
        return int(number)

    with another(site, "beat"):
        site.program("beat")[0][0].kill()  # and one of the two begins anew
        eventually(lambda: ticks() >= 9, seconds=40, what=lambda: f"{ticks()} ticks, runs:\n{seen(site)}")
    runs = site.query("SELECT slot, outcome FROM marketing_job_runs WHERE name = 'refresh_views' ORDER BY slot")
    assert {outcome for _, outcome in runs} == {"done"}, seen(site)
    assert all(later - slot > SAME_SLOT * SECOND for (slot, _), (later, _) in pairwise(runs)), seen(site)


def test_a_slot_is_over_when_the_next_one_comes(site: Site, slot: datetime) -> None:
    for sent_at in (slot, slot + timedelta(minutes=1), slot + timedelta(minutes=62)):
        send(site, VERIFY, sent_at)
    send(site, VERIFY, slot + timedelta(days=30))
    eventually(lambda: outcomes(site, slot).count("done") == 2, seconds=30, what=lambda: seen(site))
    time.sleep(2)
    assert outcomes(site, slot) == ["done", "done"], seen(site)

"""How each job is doing, and starting one: once, on record, by a message that its worker finds."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from celery import Celery
from celery.schedules import crontab
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from compliance import job_list, timetable
from compliance.job_list import JobRuns, JobState, NoBroker, NoJob, State
from compliance.jobs import note_tick
from compliance.models import AuditEntry, JobRun
from config.celery import Row
from config.schedule import sync_schedule
from tests.compliance.access import actor

pytestmark = pytest.mark.django_db
NOW = timezone.now()
Started = Callable[[], list[Any]]
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def schedule() -> None:
    """`count` was due two hours ago, `poll` comes every minute."""
    before = NOW - 2 * HOUR
    nightly = crontab(hour=str(before.hour), minute=str(before.minute))
    sync_schedule(
        (Row("count", "some.tasks.count", nightly, "somebody reads it"), Row("poll", "some.tasks.poll", 60, "for us"))
    )
    PeriodicTask.objects.update(date_changed=NOW - 3 * DAY)


def ran(
    name: str = "count", ago: timedelta = 2 * HOUR, outcome: str = "done", seconds: float = 1, **more: Any
) -> JobRun:
    started = NOW - ago
    ended = None if outcome in ("running", "waiting", "lost") else started + seconds * SECOND
    return JobRun.objects.create(name=name, outcome=outcome, started_at=started, finished_at=ended, **more)


def ticked(name: str = "count", ago: timedelta = 2 * HOUR) -> None:
    found = {entry.name: entry.when for entry in timetable.entries()}
    note_tick(name, NOW - ago, found[name])


def now(name: str = "count") -> JobState:
    return {job.entry.name: job for job in job_list.jobs(NOW)}[name]


def test_a_job_is_told_with_its_last_run_its_day_and_its_durations() -> None:
    for age in range(30):
        ran(ago=age * HOUR + 2 * HOUR, seconds=age + 1)
    ran(ago=HOUR, outcome="failed", error="ValueError: no", seconds=40)
    ran(ago=HOUR / 2, outcome="lost")
    ran(name="other")
    ticked()
    job = now()
    assert job.last is not None
    assert (job.last.outcome, job.state, job.late) == ("lost", State.LOST, False)
    assert (job.runs, job.failures, len(job.seconds)) == (23 + 2, 2, 31)
    assert (job.seconds[0], job.seconds[-1], job.p95_seconds) == (30, 40, 30)
    assert job.next_due_at is not None
    assert NOW + 21 * HOUR < job.next_due_at <= NOW + 22 * HOUR


@pytest.mark.parametrize(
    ("outcome", "state"),
    [("done", State.WELL), ("nothing to do", State.WELL), ("failed", State.FAILED), ("lost", State.LOST)],
)
def test_the_state_is_that_of_the_last_run(outcome: str, state: State) -> None:
    ran(ago=DAY)
    ran(outcome=outcome)
    ticked()
    assert now().state == state


def test_what_was_due_and_did_not_begin_is_late() -> None:
    ticked(ago=DAY + 2 * HOUR)
    ran(ago=DAY + 2 * HOUR)
    assert (now().late, now().state) == (True, State.LATE)
    assert job_list.late(NOW) == ["count", "poll"]
    ticked()
    assert not now().late
    ticked("poll", ago=SECOND)
    assert job_list.late(NOW) == []


def test_what_comes_every_minute_is_late_after_some() -> None:
    ticked("poll", ago=4 * timedelta(minutes=1))
    assert now("poll").state == State.LATE
    ticked("poll", ago=2 * timedelta(minutes=1))
    assert (now("poll").state, now("poll").missed) == (State.NEW, 1)
    ran("poll", ago=2 * timedelta(minutes=1))
    assert now("poll").state == State.WELL


def test_runs_that_share_a_row_are_counted_and_have_no_say_in_durations() -> None:
    ran(seconds=3, runs=1)
    ran(ago=HOUR, outcome="nothing to do", seconds=9, runs=30)
    assert (now().runs, now().seconds) == (31, (3,))


def test_what_was_switched_off_is_neither_late_nor_due() -> None:
    PeriodicTask.objects.update(enabled=False)
    assert [(job.state, job.late, job.next_due_at) for job in job_list.jobs(NOW)] == [(State.OFF, False, None)] * 2
    assert job_list.late(NOW) == []


def test_a_run_that_died_is_marked_when_somebody_looks() -> None:
    ticked()
    ran(outcome="running")
    assert now().state == State.LOST


def test_any_number_of_jobs_costs_the_same_queries(django_assert_num_queries: Any) -> None:
    ran()
    with django_assert_num_queries(5):
        job_list.jobs(NOW)


def test_a_job_is_started_by_a_message_for_its_run_and_that_is_on_record(started_jobs: Started) -> None:
    run = job_list.start("count", actor(), NOW)
    (message,) = started_jobs()
    assert (message["headers"]["task"], message["headers"]["asked_run"]) == ("some.tasks.count", run.pk)
    assert (run.outcome, run.reason, now().state) == ("waiting", "started by ada", State.WAITING)
    entry = AuditEntry.objects.get()
    assert (entry.act, entry.object_type, entry.object_id, entry.username) == ("started", "job", "count", "ada")
    assert entry.details == {"run": run.pk}


def test_what_waits_or_runs_is_not_started_again(started_jobs: Started) -> None:
    ada = actor()
    run = job_list.start("count", ada, NOW)
    with pytest.raises(JobRuns) as refused:
        job_list.start("count", ada, NOW + SECOND)
    assert refused.value.run == run
    assert len(started_jobs()) == 1


def test_what_died_may_be_started(started_jobs: Started) -> None:
    ran(outcome="running")
    assert job_list.start("count", actor(), NOW).outcome == "waiting"


def test_only_jobs_of_the_schedule_are_started(started_jobs: Started) -> None:
    with pytest.raises(NoJob):
        job_list.start("delete_everything", actor(), NOW)
    assert started_jobs() == []


@pytest.mark.django_db(transaction=True)
def test_without_a_broker_nothing_is_started_and_nothing_is_on_record(monkeypatch: pytest.MonkeyPatch) -> None:
    dead = Celery(broker="redis://127.0.0.1:1/0", set_as_current=False)
    monkeypatch.setattr(job_list, "current_app", dead)
    with pytest.raises(NoBroker):
        job_list.start("count", actor(), NOW)
    assert not JobRun.objects.exists()
    assert not AuditEntry.objects.exists()

"""One effect for each slot: attempts are counted, pauses grow, what died is marked and done again."""

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from unittest.mock import patch

import pytest
from celery import Task
from celery.exceptions import Retry
from celery.schedules import crontab
from django.conf import settings
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone

from compliance import jobs
from compliance.jobs import LOCKS, JobFailedError, Run
from compliance.models import JobRun, SchedulerTick
from compliance.schedule import MOST_ATTEMPTS, _next_attempt, scheduled
from compliance.timetable import OWNED
from config.celery import Row
from config.schedule import sync_schedule

pytestmark = pytest.mark.django_db
DUE = datetime(2026, 11, 15, 3, 10, tzinfo=UTC)
NIGHTLY = crontab(hour="3", minute="10")
Outcomes = list[tuple[int, str]]
numbers = count()


def job(*failures: Exception, when: float | crontab = NIGHTLY, **kind: Any) -> Task:
    """A job of the schedule whose runs fail like this, one after the other, and then succeed."""
    left = list(failures)

    def counted(run: Run, at: datetime) -> None:
        """Counts."""
        if left:
            raise left.pop(0)

    counted.__name__ = f"counted{next(numbers)}"  # a task is registered by its name, once
    sync_schedule((Row("count", f"{__name__}.{counted.__name__}", when, "somebody reads it"),))
    return scheduled(**kind)(counted)


def name(task: Task) -> str:
    return str(task.name).rpartition(".")[2]


def deliver(task: Task, sent_at: datetime = DUE, entry: str = "count", **more: Any) -> None:
    """As a worker does, but that pauses take no time."""
    headers = {"sent_at": sent_at.isoformat(), "periodic_task_name": OWNED + entry, **more}
    result = task.apply(headers=headers, throw=False)
    if result.failed():
        raise result.result


def runs() -> Outcomes:
    return list(JobRun.objects.order_by("id").values_list("attempt", "outcome"))


def pauses(task: Task) -> list[float]:
    """In seconds before each attempt after the first, without their jitter."""
    found: list[float] = []

    def retry(_task: Task, *, countdown: float, **_: Any) -> Retry:
        found.append(countdown)
        return Retry()

    with patch("random.uniform", return_value=1), patch.object(Task, "retry", retry):
        for _ in range(MOST_ATTEMPTS):
            with suppress(JobFailedError):
                deliver(task)
    return found


@contextmanager
def running_elsewhere(job: str) -> Iterator[None]:
    with closing(connection.copy()) as other, other.cursor() as cursor:
        other.set_autocommit(False)
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCKS, job])
        yield


def test_a_run_that_fails_is_tried_again_and_each_attempt_has_its_row() -> None:
    deliver(job(ValueError("first"), OperationalError("a deadlock")))
    assert runs() == [(1, "failed"), (2, "failed"), (3, "done")]
    assert set(JobRun.objects.values_list("slot", flat=True)) == {DUE}
    assert SchedulerTick.objects.count() == 1


def test_after_the_last_attempt_the_error_stands_and_the_slot_is_given_up() -> None:
    task = job(*[ValueError(f"number {n}") for n in range(1, 9)])
    with pytest.raises(JobFailedError, match="number 5"):
        deliver(task)
    deliver(task)
    assert [attempt for attempt, _ in runs()] == [1, 2, 3, 4, 5]
    assert JobRun.objects.latest("id").error == "ValueError: number 5"


def test_pauses_double_as_far_as_the_broker_waits() -> None:
    with patch("compliance.schedule.settings.JOB_VISIBILITY_SECONDS", 300):
        assert pauses(job(*[ValueError("no")] * MOST_ATTEMPTS)) == [60, 120, 150, 150]


@pytest.mark.parametrize(("error", "when"), [(ValueError("no"), 60.0), (JobFailedError("wrong"), NIGHTLY)])
def test_what_comes_every_minute_or_ran_to_its_end_is_not_tried_again(error: Exception, when: Any) -> None:
    with pytest.raises(JobFailedError, match=str(error)):
        deliver(job(error, when=when))
    assert runs() == [(1, "failed")]


def test_what_an_error_quotes_is_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    with pytest.raises(JobFailedError):
        deliver(job(*[ValueError("no anna@example.com")] * MOST_ATTEMPTS))
    assert caplog.text.count("ValueError: no …") >= MOST_ATTEMPTS
    assert "anna@" not in caplog.text
    assert "in counted" in caplog.text  # where it happened is told


def test_of_runs_that_share_a_row_each_slot_is_done_once_with_two_schedulers() -> None:
    looks = count()

    def looked(run: Run, at: datetime) -> None:
        """Finds nothing."""
        next(looks)
        run.idle = True

    sync_schedule((Row("count", f"{__name__}.looked", 10.0, "somebody reads it"),))
    task = scheduled(quiet=True)(looked)
    for seconds in (0, 0.5, 10, 10.5, 20, 20.5):
        deliver(task, DUE + timedelta(seconds=seconds))
    assert next(looks) == 3
    assert sum(JobRun.objects.values_list("runs", flat=True)) == 3


def test_a_slot_is_done_once_however_often_and_late_its_tick_comes() -> None:
    task = job()
    for late in (timedelta(), timedelta(), timedelta(seconds=4), timedelta(hours=9)):
        deliver(task, DUE + late)
    deliver(task, DUE + timedelta(days=1))
    assert list(JobRun.objects.order_by("id").values_list("slot", "outcome")) == [
        (DUE, "done"),
        (DUE + timedelta(days=1), "done"),
    ]


def test_a_run_that_died_is_marked_lost_by_the_next_one_which_is_its_second_attempt() -> None:
    task = job()
    JobRun.objects.create(name=name(task), slot=DUE, started_at=DUE)
    deliver(task)
    assert runs() == [(1, "lost"), (2, "done")]


def test_a_job_that_kills_its_worker_each_time_is_given_up() -> None:
    task = job()
    now = timezone.now()
    for attempt in range(1, MOST_ATTEMPTS + 1):
        jobs.mark_lost(now)
        JobRun.objects.create(name=name(task), slot=DUE, started_at=now, attempt=attempt)
    deliver(task)
    assert runs() == [(attempt, "lost") for attempt in range(1, MOST_ATTEMPTS + 1)]


def test_a_job_that_takes_too_long_is_tried_once_more() -> None:
    task = job()
    too_long = timezone.now() - timedelta(seconds=settings.JOB_MOST_SECONDS)
    for attempt in (1, 2):
        JobRun.objects.create(name=name(task), slot=DUE, started_at=too_long, attempt=attempt)
        jobs.mark_lost(timezone.now())
        if attempt == 1:
            assert _next_attempt(JobRun.objects.filter(slot=DUE)) == 2
    deliver(task)
    assert runs() == [(1, "lost"), (2, "lost")]
    last = JobRun.objects.latest("id")
    assert (last.seconds, last.error) == (7200, "It took longer than 7,200 s (JOB_MOST_SECONDS) and was ended.")


def test_what_ran_to_its_end_and_found_something_wrong_is_not_run_again_by_a_copy_of_its_message() -> None:
    task = job(JobFailedError("3 values differ"))
    with pytest.raises(JobFailedError):
        deliver(task)
    deliver(task)
    assert runs() == [(1, "failed")]


def test_of_a_slot_one_run_at_most_goes_on_or_did_its_work() -> None:
    JobRun.objects.create(name="recount", slot=DUE, started_at=DUE, outcome="lost")
    JobRun.objects.create(name="recount", slot=DUE, started_at=DUE, outcome="done")
    for outcome in ("running", "done", "nothing to do"):
        with pytest.raises(IntegrityError), transaction.atomic():
            JobRun.objects.create(name="recount", slot=DUE, started_at=DUE, outcome=outcome)


@pytest.mark.django_db(transaction=True)
def test_a_run_that_lost_its_slot_to_another_does_not_take_it_back() -> None:
    """Its lock ended with a connection while it went on, and a copy of its message did the work."""

    def beaten(run: Run, at: datetime) -> None:
        """Is."""
        JobRun.objects.update(outcome="lost")
        JobRun.objects.create(name="beaten", slot=DUE, started_at=at, outcome="done", attempt=2)

    sync_schedule((Row("count", f"{__name__}.beaten", NIGHTLY, "somebody reads it"),))
    deliver(scheduled()(beaten))
    assert runs() == [(1, "lost"), (2, "done")]


def test_whoever_looks_marks_what_died_and_nothing_that_runs() -> None:
    now = timezone.now()
    JobRun.objects.create(name="alive", started_at=now)
    JobRun.objects.create(name="dead", started_at=now)
    JobRun.objects.create(name="young", started_at=now, outcome="waiting")
    JobRun.objects.create(name="old", started_at=now - timedelta(hours=1), outcome="waiting")
    JobRun.objects.create(name="over", started_at=now, outcome="done")
    with running_elsewhere("alive"):
        assert jobs.mark_lost(now) == 2
    assert dict(JobRun.objects.values_list("name", "outcome")) == {
        "alive": "running",
        "dead": "lost",
        "young": "waiting",
        "old": "lost",
        "over": "done",
    }


def test_what_comes_while_it_runs_is_put_off() -> None:
    task = job()
    with running_elsewhere(name(task)):
        assert [0 < seconds < 10 for seconds in pauses(task)] == [True] * MOST_ATTEMPTS
    assert not JobRun.objects.exists()


def test_what_a_person_asked_for_runs_though_the_slot_is_done_and_has_the_row_they_look_at() -> None:
    task = job()
    deliver(task)
    asked = JobRun.objects.create(name=name(task), reason="by ada", slot=DUE, started_at=DUE, outcome="waiting")
    JobRun.objects.exclude(pk=asked.pk).delete()
    deliver(task, entry="", asked_run=asked.pk)
    deliver(task, entry="", asked_run=asked.pk)
    asked.refresh_from_db()
    assert (asked.outcome, asked.reason, JobRun.objects.count()) == ("done", "by ada", 1)


def test_what_a_person_asked_for_is_done_again_when_it_died() -> None:
    task = job()
    asked = JobRun.objects.create(name=name(task), reason="by ada", slot=DUE, started_at=DUE)
    deliver(task, entry="", asked_run=asked.pk)
    assert runs() == [(1, "lost"), (2, "done")]


def test_one_that_shares_its_work_needs_no_lock_and_knows_no_slots() -> None:
    task = job(shared=True)
    with running_elsewhere(name(task)):
        for _ in range(2):
            deliver(task)
    assert runs() == [(1, "done"), (1, "done")]
    assert SchedulerTick.objects.get().sent_at == DUE

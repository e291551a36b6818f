from datetime import UTC, datetime, timedelta

import pytest

from compliance import jobs, tasks
from compliance.job_errors import LONGEST
from compliance.jobs import KEPT, note_tick, run_job
from compliance.models import JobRun, SchedulerTick
from compliance.timetable import Every

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 15, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MINUTELY = Every(MINUTE)


def test_a_run_says_what_why_when_how_long_and_how_much() -> None:
    with run_job("recount", "asked by Ada", NOON) as run:
        assert JobRun.objects.get().outcome == "running"
        run.rows = 12
    row = JobRun.objects.get()
    assert (row.name, row.reason, row.started_at, row.outcome, row.rows) == (
        "recount",
        "asked by Ada",
        NOON,
        "done",
        12,
    )
    assert row.finished_at is not None
    assert NOON <= row.finished_at < NOON + MINUTE


def test_a_failed_run_says_why_and_the_error_goes_on() -> None:
    with pytest.raises(ValueError, match="no such month"), run_job("recount", "nightly", NOON):
        raise ValueError("no such month")
    row = JobRun.objects.get()
    assert (row.outcome, row.error) == ("failed", "ValueError: no such month")


def test_an_endless_error_is_cut_and_holds_no_zero_bytes() -> None:
    with pytest.raises(ValueError, match="x"), run_job("recount", "nightly", NOON, quiet=True):
        raise ValueError("x\x00" * LONGEST)
    assert len(JobRun.objects.get().error) <= LONGEST


def test_quiet_runs_of_a_minute_that_found_nothing_share_a_row() -> None:
    for seconds in (0, 2, 58, 60):
        with run_job("fold", "tick", NOON + timedelta(seconds=seconds), quiet=True) as run:
            run.idle = True
    rows = list(JobRun.objects.order_by("id"))
    assert [(row.outcome, row.runs, row.started_at) for row in rows] == [
        ("nothing to do", 3, NOON + timedelta(seconds=58)),
        ("nothing to do", 1, NOON + MINUTE),
    ]
    assert all(row.seconds is not None and 0 <= row.seconds < 2 for row in rows)


def test_a_quiet_run_that_found_nothing_is_counted_in_no_row_of_another_kind() -> None:
    with run_job("fold", "tick", NOON, quiet=True) as run:
        run.rows = 3
    asked = JobRun.objects.create(name="fold", reason="started by ada", slot=NOON, started_at=NOON, outcome="waiting")
    for seconds, row in ((2, None), (4, asked), (6, None)):
        with run_job("fold", "tick", NOON + timedelta(seconds=seconds), quiet=True, asked=row) as run:
            run.idle = True
    with run_job("views", "tick", NOON + timedelta(seconds=8), quiet=True) as run:
        run.idle = True
    assert [row.runs for row in JobRun.objects.all()] == [1] * 5


def test_a_quiet_run_that_did_something_leaves_one() -> None:
    with run_job("fold", "tick", NOON, quiet=True) as run:
        assert not JobRun.objects.exists()
        run.rows = 3
    assert JobRun.objects.get().rows == 3


def test_a_run_that_is_not_quiet_says_that_it_found_nothing() -> None:
    with run_job("partitions", "daily", NOON) as run:
        run.idle = True
    assert JobRun.objects.get().outcome == "nothing to do"


def test_a_tick_is_due_one_interval_after_the_one_before() -> None:
    first = note_tick("views", NOON, MINUTELY)
    second = note_tick("views", NOON + timedelta(seconds=63), MINUTELY)
    assert (first.due_at, first.missed) == (NOON, 0)
    assert (second.due_at, second.sent_at, second.missed) == (NOON + MINUTE, NOON + timedelta(seconds=63), 0)


def test_missed_ticks_are_counted() -> None:
    note_tick("views", NOON, MINUTELY)
    late = note_tick("views", NOON + 5 * MINUTE + timedelta(seconds=2), MINUTELY)
    assert (late.missed, late.due_at) == (4, NOON + 5 * MINUTE)


def test_ticks_of_other_jobs_and_a_second_start_do_not_matter() -> None:
    note_tick("views", NOON - 9 * MINUTE, MINUTELY)
    note_tick("totals", NOON, MINUTELY)
    again = note_tick("totals", NOON + timedelta(seconds=1), MINUTELY)
    assert (again.missed, again.due_at) == (0, NOON + timedelta(seconds=1))
    assert SchedulerTick.objects.count() == 3


def test_of_what_ticks_more_often_a_minute_is_a_row() -> None:
    often = Every(timedelta(seconds=2))
    for seconds in (0, 2, 4, 14, 58, 60, 62):
        note_tick("fold", NOON + timedelta(seconds=seconds), often)
    rows = SchedulerTick.objects.order_by("id").values_list("due_at", "sent_at", "ticks", "missed")
    assert list(rows) == [
        (NOON, NOON + timedelta(seconds=58), 5, 4 + 21),
        (NOON + MINUTE, NOON + timedelta(seconds=62), 2, 0),
    ]


def test_runs_and_ticks_are_cut_by_age() -> None:
    for age in (KEPT - MINUTE, KEPT, KEPT + MINUTE):
        note_tick("views", NOON - age, MINUTELY)
        with run_job("views", "tick", NOON - age):
            pass
    assert jobs.cut(NOON) == 2
    assert list(JobRun.objects.order_by("id").values_list("started_at", flat=True)) == [
        NOON - KEPT + MINUTE,
        NOON - KEPT,
    ]
    assert {tick.sent_at for tick in SchedulerTick.objects.all()} == {NOON - KEPT + MINUTE, NOON - KEPT}


def test_the_daily_clean_up_cuts_them() -> None:
    JobRun.objects.create(name="views", started_at=datetime.now(UTC) - 2 * KEPT)
    tasks.clean_up()
    assert [(run.name, run.outcome, run.rows) for run in JobRun.objects.all()] == [("clean_up", "done", 1)]

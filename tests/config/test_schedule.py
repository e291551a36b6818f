"""The schedule in the database follows the one in code and leaves people's own entries alone."""

from datetime import timedelta
from io import StringIO

import pytest
from celery.schedules import crontab
from django.core.management import call_command
from django.utils import timezone
from django.utils.module_loading import import_string
from django_celery_beat.models import ClockedSchedule, IntervalSchedule, PeriodicTask

from compliance import timetable
from compliance.timetable import OWNED, Every, Moments
from config.celery import SCHEDULE, Row, app
from config.schedule import Scheduler, sync_schedule

pytestmark = pytest.mark.django_db
HOURLY = Row("count", "analytics.tasks.count", 3600, "someone reads it")


def names() -> set[str]:
    return set(PeriodicTask.objects.values_list("name", flat=True))


def test_every_row_becomes_an_entry_and_running_twice_changes_nothing() -> None:
    sync_schedule()
    before = list(PeriodicTask.objects.order_by("name").values())
    sync_schedule()
    assert names() == {OWNED + row.name for row in SCHEDULE}
    assert list(PeriodicTask.objects.order_by("name").values()) == before
    assert all(row["expire_seconds"] for row in before)


def test_only_entries_of_our_own_are_removed_or_changed() -> None:
    every = IntervalSchedule.objects.create(every=5, period="minutes")
    theirs = PeriodicTask.objects.create(name="Anna's report", task="reports.send", interval=every)
    PeriodicTask.objects.create(name=OWNED + "gone", task="old.task", interval=every)
    sync_schedule((HOURLY,))
    assert names() == {OWNED + "count", "Anna's report"}
    theirs.refresh_from_db()
    assert (theirs.task, theirs.interval, theirs.enabled) == ("reports.send", every, True)


def test_a_new_time_is_taken_over_and_an_entry_switched_off_stays_off() -> None:
    sync_schedule((HOURLY,))
    PeriodicTask.objects.update(enabled=False)
    sync_schedule((Row("count", "analytics.tasks.count", crontab(hour="3", minute="10"), "nightly now"),))
    entry = PeriodicTask.objects.get(name=OWNED + "count")
    assert entry.interval is None
    assert entry.crontab is not None
    assert (entry.crontab.hour, entry.crontab.minute) == ("3", "10")
    assert (entry.enabled, entry.description) == (False, "nightly now")


def test_a_time_of_another_kind_breaks_nothing_and_is_taken_back() -> None:
    sync_schedule((HOURLY,))
    once = ClockedSchedule.objects.create(clocked_time=timezone.now())
    PeriodicTask.objects.update(interval=None, clocked=once, one_off=True)
    assert timetable.entries() == []
    assert timetable.find(OWNED + "count") is None
    sync_schedule((HOURLY,))
    entry = PeriodicTask.objects.get()
    assert (entry.clocked, entry.one_off, len(timetable.entries())) == (None, False, 1)


def test_the_command_tells_what_it_changed() -> None:
    def said() -> list[str]:
        out = StringIO()
        call_command("sync_schedule", stdout=out)
        return out.getvalue().splitlines()

    every = IntervalSchedule.objects.create(every=5, period="minutes")
    PeriodicTask.objects.create(name=OWNED + "gone", task="old.task", interval=every)
    first = said()
    assert first[0] == "Removed: Gone."
    assert "Added: Refresh views, every minute." in first
    assert len(first) == 1 + len(SCHEDULE)
    PeriodicTask.objects.filter(name=OWNED + "clean up").update(description="old")
    assert said() == ["Changed: Clean up (description)."]
    assert said() == ["Nothing to change."]


def test_every_job_has_a_name_of_its_own_and_a_time_that_can_be_said() -> None:
    sync_schedule()
    found = timetable.entries()
    assert len({entry.name for entry in found}) == len(SCHEDULE)
    assert {type(entry.when) for entry in found} == {Every, Moments}
    for entry in found:
        assert entry.when.words.startswith(("every ", "daily at "))
        assert import_string(entry.task).name == entry.task


@pytest.mark.django_db(transaction=True)  # beat closes and commits as it likes
def test_when_the_clock_is_set_back_what_comes_often_comes_all_the_same() -> None:
    """Beat itself would wait until the clock is where it was, and in between look every five seconds."""
    sync_schedule((Row("count", "analytics.tasks.count", 1, "somebody reads it"), SCHEDULE[-1]))
    PeriodicTask.objects.update(last_run_at=timezone.now() + timedelta(hours=1))
    beat = Scheduler(app=app, lazy=True)
    assert beat.tick() > 1
    assert 0 < beat.tick() <= 1
    assert all(entry.last_run_at <= timezone.now() for entry in PeriodicTask.objects.all())


@pytest.mark.parametrize("hours", [-12, -6, 3, 6])
def test_what_was_missed_while_beat_was_down_is_due_at_once_whatever_its_hour(hours: int) -> None:
    hour = (timezone.now() + timedelta(hours=hours)).hour
    sync_schedule((Row("count", "analytics.tasks.count", crontab(hour=str(hour), minute="0"), "nightly"),))
    PeriodicTask.objects.update(last_run_at=timezone.now() - timedelta(days=3))
    (entry,) = Scheduler(app=app, lazy=True).all_as_schedule().values()
    assert entry.is_due().is_due

"""The schedule in the database follows the one in code and leaves people's own entries alone."""

import pytest
from celery.schedules import crontab
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from config.celery import SCHEDULE, Row
from config.schedule import OWNED, sync_schedule

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

"""Brings the schedule into the database, where beat reads it and the admin shows it."""

import logging
from datetime import timedelta
from time import monotonic
from typing import Any

from celery.schedules import crontab
from django.db import transaction
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler

from compliance.heartbeats import BEAT, EVERY
from compliance.timetable import OWNED, read, title
from config import heartbeats
from config.celery import SCHEDULE, Row

DAY = 86_400  # seconds
SET_BACK = timedelta(seconds=1)

logger = logging.getLogger(__name__)


class Scheduler(DatabaseScheduler):
    """Beat that keeps all entries in sight, says that it lives, and notices when the clock is set back.

    Its own way is to leave out those of other hours, so what was missed while it was down would be sent when their hour
    comes near, and not at once. And what it sent "later than now" would not come again until then.
    """

    _noted = -float(EVERY)

    def enabled_models_qs(self) -> Any:
        return PeriodicTask.objects.enabled()

    def tick(self, *args: Any, **more: Any) -> Any:
        if monotonic() - self._noted >= EVERY:
            self._noted = monotonic()
            heartbeats.note((BEAT,))
        now = timezone.now()
        ahead = [entry for entry in (self._schedule or {}).values() if entry.last_run_at > now + SET_BACK]
        if ahead:
            logger.warning("The clock was set back: %d entries of the schedule begin anew.", len(ahead))
            for entry in ahead:
                entry.model.last_run_at = now
                self._dirty.add(entry.name)
            self._initial_read, self._last_timestamp, self._heap = True, None, None  # all are of the clock before
        return super().tick(*args, **more)


@transaction.atomic
def sync_schedule(rows: tuple[Row, ...] = SCHEDULE) -> list[str]:
    """Make the entries we own equal to `rows`, and say what changed; an entry that somebody switched off stays off."""
    gone = PeriodicTask.objects.filter(name__startswith=OWNED).exclude(name__in=[OWNED + row.name for row in rows])
    changes = [f"Removed: {title(entry.name)}." for entry in gone.order_by("name")]
    gone.delete()
    for row in rows:
        others = {"solar": None, "clocked": None, "one_off": False}
        wanted = {"task": row.task, "description": row.why, **others, **_timing(row.when)}
        entry = PeriodicTask.objects.filter(name=OWNED + row.name).first()
        if entry is None:
            entry = PeriodicTask.objects.create(name=OWNED + row.name, **wanted)
            changes.append(f"Added: {title(entry.name)}, {read(entry).when.words}.")
        elif changed := [field for field, value in wanted.items() if getattr(entry, field) != value]:
            for field in changed:
                setattr(entry, field, wanted[field])
            entry.save()
            changes.append(f"Changed: {title(entry.name)} ({', '.join(changed)}).")
    return changes


def _timing(when: float | crontab) -> dict[str, Any]:
    """The fields of an entry that say when, and how long a tick waits for a worker: for a day, or until the one after
    the next is due.
    """
    if isinstance(when, crontab):
        moment = CrontabSchedule.from_schedule(when)
        kept = CrontabSchedule.objects.filter(
            minute=moment.minute,
            hour=moment.hour,
            day_of_week=moment.day_of_week,
            day_of_month=moment.day_of_month,
            month_of_year=moment.month_of_year,
            timezone=moment.timezone,
        ).first()
        if kept is None:
            moment.save()
        return {"crontab": kept or moment, "interval": None, "expire_seconds": DAY}
    interval, _ = IntervalSchedule.objects.get_or_create(every=int(when), period=IntervalSchedule.SECONDS)
    return {"interval": interval, "crontab": None, "expire_seconds": max(int(when), 2) * 2}

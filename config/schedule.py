"""Brings the schedule into the database, where beat reads it and the admin shows it."""

from typing import Any

from celery.schedules import crontab
from django.db import transaction
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from config.celery import SCHEDULE, Row

# Entries with this prefix are ours; all others were made by people and are left alone.
OWNED = "schedule: "


@transaction.atomic
def sync_schedule(rows: tuple[Row, ...] = SCHEDULE) -> None:
    """Make the entries we own equal to `rows`; an entry that somebody switched off stays off."""
    PeriodicTask.objects.filter(name__startswith=OWNED).exclude(name__in=[OWNED + row.name for row in rows]).delete()
    for row in rows:
        wanted = {"task": row.task, "description": row.why, **_timing(row.when)}
        entry = PeriodicTask.objects.filter(name=OWNED + row.name).first()
        if entry is None:
            PeriodicTask.objects.create(name=OWNED + row.name, **wanted)
        elif changed := [field for field, value in wanted.items() if getattr(entry, field) != value]:
            for field in changed:
                setattr(entry, field, wanted[field])
            entry.save()


def _timing(when: float | crontab) -> dict[str, Any]:
    """The fields of an entry that say when; a tick that nobody took is void when the next one is due."""
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
        return {"crontab": kept or moment, "interval": None, "expire_seconds": 3600}
    interval, _ = IntervalSchedule.objects.get_or_create(every=int(when), period=IntervalSchedule.SECONDS)
    return {"interval": interval, "crontab": None, "expire_seconds": max(int(when), 2) * 2}

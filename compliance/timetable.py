"""When jobs are due: the entries of the schedule that are ours, as beat has them in the database."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from celery import current_app
from celery.schedules import crontab
from django_celery_beat.models import PeriodicTask

if TYPE_CHECKING:
    from django.db.models import QuerySet

# Entries with this prefix are ours; all others were made by people and are left alone.
OWNED = "schedule: "
SAME_SLOT = 0.9  # of an interval: ticks closer than that are one; no two schedulers tick alike
LONGEST = 4 * 366  # days between two moments of a crontab: 29 February


@dataclass(frozen=True, slots=True)
class Every:
    """Due one interval after the tick before, so a tick is a slot of its own."""

    interval: timedelta

    @property
    def words(self) -> str:
        seconds = int(self.interval.total_seconds())
        for size, name in ((86_400, "day"), (3600, "hour"), (60, "minute")):
            if seconds % size == 0:
                return f"every {name}" if seconds == size else f"every {seconds // size} {name}s"
        return "every second" if seconds == 1 else f"every {seconds} seconds"

    def slot(self, sent_at: datetime) -> datetime:
        return sent_at

    def same(self, slot: datetime) -> tuple[datetime, datetime]:
        """The slots between these two, neither included, are one with `slot`."""
        return slot - self.interval * SAME_SLOT, slot + self.interval * SAME_SLOT

    def tick(self, sent_at: datetime, last_due: datetime, last_sent: datetime) -> tuple[datetime, int]:
        """When a tick was due, and how many were missed since the one before: half an interval early is none."""
        if last_sent + self.interval / 2 >= sent_at:
            return sent_at, 0
        missed = max(0, round((sent_at - last_sent) / self.interval) - 1)
        return min(sent_at, last_sent + self.interval * (missed + 1)), missed

    def last_due(self, at: datetime) -> datetime:
        """Until `at` there must have been a tick that was sent after this."""
        return at - self.interval

    def next_due(self, at: datetime, last_sent: datetime | None) -> datetime:
        return max(at, last_sent + self.interval) if last_sent else at + self.interval


@dataclass(frozen=True, slots=True)
class Moments:
    """Due at moments of the clock, in UTC, which are its slots, however late they are sent."""

    cron: crontab
    described: str

    @property
    def words(self) -> str:
        hours, minutes = sorted(self.cron.hour), sorted(self.cron.minute)
        some_days = len(self.cron.day_of_month) < 31 or len(self.cron.month_of_year) < 12
        if some_days or len(self.cron.day_of_week) < 7 or len(minutes) > 1:
            return self.described
        if len(hours) == 24:
            return f"every hour at :{minutes[0]:02}"
        return f"daily at {', '.join(f'{hour:02}:{minutes[0]:02}' for hour in hours)} UTC"

    def slot(self, sent_at: datetime) -> datetime:
        return self.last_due(sent_at)

    def same(self, slot: datetime) -> tuple[datetime, datetime]:
        return slot - timedelta(seconds=1), slot + timedelta(seconds=1)

    def tick(self, sent_at: datetime, last_due: datetime, last_sent: datetime) -> tuple[datetime, int]:
        due_at = self.last_due(sent_at)
        between = 0
        while (last_due := self.next_due(last_due)) < due_at:
            between += 1
        return due_at, between

    def last_due(self, at: datetime) -> datetime:
        """The last moment up to and including `at`."""
        day = at.date()
        for back in range(LONGEST):
            for moment in reversed(list(self._moments(day - timedelta(days=back)))):
                if moment <= at:
                    return moment
        return datetime.min.replace(tzinfo=UTC)

    def next_due(self, at: datetime, last_sent: datetime | None = None) -> datetime:
        """The first moment after `at`."""
        for ahead in range(LONGEST):
            for moment in self._moments(at.date() + timedelta(days=ahead)):
                if moment > at:
                    return moment
        return datetime.max.replace(tzinfo=UTC)

    def _moments(self, day: date) -> Iterator[datetime]:
        cron = self.cron
        if day.month not in cron.month_of_year or day.day not in cron.day_of_month:
            return
        if day.isoweekday() % 7 in cron.day_of_week:
            for hour in sorted(cron.hour):
                for minute in sorted(cron.minute):
                    yield datetime.combine(day, time(hour, minute), UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    """One job of the schedule; `name` is that of its runs and of its address in the API."""

    name: str
    title: str
    why: str
    task: str
    when: Every | Moments
    enabled: bool
    known_since: datetime  # or when beat sent it last
    queue: str = ""  # whose worker takes it, where it is not the one that takes most


def entries() -> list[Entry]:
    """Ours, by their titles."""
    return [read(row) for row in _owned().order_by("name")]


def find(name: str) -> Entry | None:
    """The entry that beat calls so, if it is one of ours."""
    return next((read(row) for row in _owned().filter(name=name)), None)


def _owned() -> "QuerySet[PeriodicTask]":
    """Somebody may have given one a time of another kind, by the sun perhaps; `sync_schedule` takes that back."""
    owned = PeriodicTask.objects.filter(name__startswith=OWNED).exclude(interval=None, crontab=None)
    return owned.select_related("interval", "crontab")


def read(row: PeriodicTask) -> Entry:
    when = Every(row.schedule.run_every) if row.interval else Moments(row.schedule, row.crontab.human_readable)
    name = row.task.rpartition(".")[2]
    queue = (current_app.conf.task_routes or {}).get(row.task, {}).get("queue", "")
    return Entry(name, title(row.name), row.description, row.task, when, row.enabled, row.date_changed, queue)


def title(name: str) -> str:
    """What people call an entry of ours."""
    words = name.removeprefix(OWNED)
    return words[:1].upper() + words[1:]

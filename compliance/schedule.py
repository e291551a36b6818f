"""Scheduled jobs: one run of a job at a time, and one effect for each slot of its schedule.

Delivery is at least once: a message comes again when its worker was killed or took longer than the broker waits, and
two schedulers send it twice. What comes while the job runs is put off; what comes after its slot was done is dropped.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from typing import Any

from celery import Task, shared_task
from celery.signals import before_task_publish
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from .jobs import DONE, NOTHING, JobFailedError, Run, note_tick, run_job
from .models import JobRun, SchedulerTick

SCHEDULE_SAYS = "the schedule says so"
LOCKS = 7_305  # the first half of every job's advisory lock
SAME_SLOT = 0.9  # of an interval: ticks closer than that are one; no two schedulers tick alike
BUSY_SECONDS, AWAY_SECONDS = (
    3,
    10,
)  # until a job that runs, or a database that is away, is tried again; by half more or less
SENT_AT = "sent_at"

Body = Callable[[Run, datetime], None]


@before_task_publish.connect
def stamp(headers: dict[str, Any], **_: Any) -> None:
    """Every message says when it was first sent: that is the slot it stands for, however often it is delivered."""
    headers.setdefault(SENT_AT, timezone.now().isoformat())


def scheduled(every: timedelta, *, quiet: bool = False) -> Callable[[Body], Task]:
    """Make a function of (run, time) a job that the schedule sends `every` so often. Called by hand it always runs."""

    def decorate(body: Body) -> Task:
        name = body.__name__

        def task(self: Task) -> None:
            sent_at = _sent_at(self)
            try:
                with _alone(name):
                    _run(name, body, sent_at, every, quiet=quiet)
            except (OperationalError, InterfaceError, Busy) as error:
                if sent_at is None:
                    raise
                seconds = BUSY_SECONDS if isinstance(error, Busy) else AWAY_SECONDS
                raise self.retry(
                    exc=error,
                    countdown=seconds * random.uniform(0.5, 1.5),  # noqa: S311  nothing secret
                    max_retries=None,
                    headers={SENT_AT: sent_at.isoformat()},
                ) from None

        task.__doc__ = body.__doc__
        return shared_task(task, bind=True, name=f"{body.__module__}.{name}")

    return decorate


class Busy(JobFailedError):
    """The same job is running elsewhere."""


def _run(name: str, body: Body, sent_at: datetime | None, every: timedelta, *, quiet: bool) -> None:
    at = timezone.now()
    if not SchedulerTick.objects.filter(name=name, sent_at=sent_at or at).exists():
        note_tick(name, sent_at or at, every)
    if sent_at is not None and _is_done(name, sent_at, every * SAME_SLOT):
        return
    with run_job(name, SCHEDULE_SAYS, at, slot=sent_at, quiet=quiet) as run:
        body(run, at)


def _is_done(name: str, slot: datetime, width: timedelta) -> bool:
    done = JobRun.objects.filter(name=name, outcome__in=(DONE, NOTHING))
    return done.filter(slot__gt=slot - width, slot__lt=slot + width).exists()


@contextmanager
def _alone(name: str) -> Iterator[None]:
    """Hold the job's lock, in a transaction of its own that ends with the process; raises Busy."""
    with closing(connection.copy()) as own, own.cursor() as cursor:
        own.set_autocommit(False)
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))", [LOCKS, name])
        if cursor.fetchone() != (True,):
            raise Busy(f"{name} is running elsewhere")
        yield


def _sent_at(task: Task) -> datetime | None:
    sent_at = task.request.get(SENT_AT)
    return datetime.fromisoformat(sent_at) if sent_at else None

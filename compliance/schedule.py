"""Scheduled jobs: one run of a job at a time, and one effect for each slot of its schedule.

Delivery is at least once: a message comes again when its worker was killed or took longer than the broker waits, and
two schedulers send it twice. What comes while the job runs is put off; what comes after its slot was done is dropped.
A run that fails or dies is tried again within its slot, ever later, `MOST_ATTEMPTS` times in all; one that is ended for
taking too long once more; one that ran to its end and found something wrong not at all.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from celery import Task, shared_task
from celery.signals import before_task_publish
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.db.models import Q
from django.utils import timezone

from . import timetable
from .job_errors import told
from .jobs import (
    BEGINS_WITHIN,
    DONE,
    FAILED,
    LOCKS,
    LOST,
    NOTHING,
    RUNNING,
    WAITING,
    JobFailedError,
    Run,
    lose,
    note_tick,
    run_job,
)
from .logs import request_id, statements
from .models import JobRun, SchedulerTick
from .timetable import Entry, Every

if TYPE_CHECKING:
    from django.db.models import QuerySet

SCHEDULE_SAYS = "the schedule says so"
MOST_ATTEMPTS = 5
MOST_TOO_LONG = 2  # attempts that may be ended for taking too long: what hangs once may hang for ever
FIRST_PAUSE = 60  # seconds after the first attempt, doubled after each
FREQUENT = timedelta(minutes=5)  # what comes more often is tried again by its next tick
BUSY_SECONDS, AWAY_SECONDS = 3, 10  # until a job that runs, or a database that is away, is tried again
SENT_AT, ENTRY, ASKED = "sent_at", "periodic_task_name", "asked_run"  # headers of a message; the second is beat's
REQUEST = "request_id"  # another

Body = Callable[[Run, datetime], None]


@before_task_publish.connect
def stamp(headers: dict[str, Any], **_: Any) -> None:
    """Every message says when it was first sent: that is the slot it stands for, however often it is delivered. And for
    which request, if for any.
    """
    headers.setdefault(SENT_AT, timezone.now().isoformat())
    if given := request_id.current.get():
        headers.setdefault(REQUEST, given)


@dataclass(frozen=True, slots=True)
class Message:
    """What brought a run about: a tick of an entry of the schedule, somebody who asked, or neither."""

    sent_at: datetime | None = None
    entry: str = ""
    asked: int | None = None
    request_id: str = ""

    @classmethod
    def of(cls, task: Task) -> "Message":
        given = {**(task.request.headers or {}), **vars(task.request)}
        sent_at = given.get(SENT_AT)
        at = datetime.fromisoformat(sent_at) if sent_at else None
        return cls(at, given.get(ENTRY) or "", given.get(ASKED), given.get(REQUEST) or "")

    @property
    def headers(self) -> dict[str, Any]:
        sent_at = self.sent_at.isoformat() if self.sent_at else None
        told_of = {REQUEST: self.request_id} if self.request_id else {}
        return {SENT_AT: sent_at, ENTRY: self.entry, ASKED: self.asked} | told_of


@dataclass(frozen=True, slots=True)
class Failure:
    """A run that failed, and in how many seconds it is tried again; None: not at all."""

    error: Exception
    pause: float | None = None

    @property
    def logged(self) -> JobFailedError:
        """The error for Celery, which logs it in full: where it happened, and of its words what may be kept."""
        return JobFailedError(told(self.error)).with_traceback(self.error.__traceback__)


class Busy(JobFailedError):
    """The same job is running elsewhere."""


AWAY = (OperationalError, InterfaceError)


def scheduled(*, quiet: bool = False, shared: bool = False) -> Callable[[Body], Task]:
    """Make a function of (run, time) a job of the schedule. Called by hand it always runs.

    A `shared` one may run several times at once, takes what is left to do, and knows no slots.
    """

    def decorate(body: Body) -> Task:
        job = Job(body, quiet, shared)

        def task(self: Task) -> None:
            message = Message.of(self)
            try:
                with request_id.during(message.request_id), statements.told("job", job.name):
                    failure = job.run(message)
            except (*AWAY, Busy) as error:
                if message.sent_at is None:
                    raise
                failure = Failure(error, BUSY_SECONDS if isinstance(error, Busy) else AWAY_SECONDS)
            if failure is None:
                return
            if failure.pause is None:
                raise failure.logged
            countdown = failure.pause * random.uniform(0.5, 1.5)  # noqa: S311  nothing secret
            raise self.retry(exc=failure.logged, countdown=countdown, headers=message.headers)

        task.__doc__ = body.__doc__
        return shared_task(task, bind=True, name=f"{body.__module__}.{job.name}", max_retries=None)

    return decorate


@dataclass(frozen=True, slots=True)
class Job:
    """A function of (run, time) with what makes it safe to be called any number of times."""

    body: Body
    quiet: bool
    shared: bool

    @property
    def name(self) -> str:
        return self.body.__name__

    def run(self, message: Message) -> Failure | None:
        """Run if there is a reason to. Raises `Busy`, and what the database says when it is away."""
        if self.shared and not message.asked:
            return self._once(SCHEDULE_SAYS if self._tick(message) else "woken")
        with _held(self.name, shared=self.shared):
            if not self.shared:
                lose(JobRun.objects.filter(name=self.name, outcome=RUNNING), timezone.now())
            return self._asked(message.asked, message.sent_at) if message.asked else self._slot(message)

    def _slot(self, message: Message) -> Failure | None:
        """The run for a tick, unless its slot was done or tried often enough; of no tick, the run."""
        entry = self._tick(message)
        if entry is None or message.sent_at is None:
            return self._once("called")
        slot = entry.when.slot(message.sent_at)
        after, before = entry.when.same(slot)
        attempt = _next_attempt(JobRun.objects.filter(name=self.name, slot__gt=after, slot__lt=before))
        if attempt is None:
            return None
        failure = self._once(SCHEDULE_SAYS, slot=slot, attempt=attempt)
        return _again(failure, attempt, entry) if failure else None

    def _tick(self, message: Message) -> Entry | None:
        """The entry of the schedule whose tick it is, which is noted once."""
        entry = timetable.find(message.entry) if message.entry else None
        if entry is None or message.sent_at is None:
            return None
        since = entry.when.slot(message.sent_at) - timedelta(
            days=1
        )  # no tick is sent before it is due: the index helps
        if not SchedulerTick.objects.filter(name=self.name, due_at__gt=since, sent_at=message.sent_at).exists():
            note_tick(self.name, message.sent_at, entry.when)
        return entry

    def _asked(self, pk: int, sent_at: datetime | None) -> Failure | None:
        """The run that somebody asked for; where it was begun and lost, one more."""
        row = JobRun.objects.filter(pk=pk, name=self.name).first()
        if row is None and sent_at and timezone.now() - sent_at < BEGINS_WITHIN:
            raise Busy("whoever asked has not committed yet")
        if row is None or row.outcome not in (WAITING, RUNNING, LOST):
            return None
        if row.outcome == WAITING:
            return self._once(row.reason, asked=row)
        attempt = _next_attempt(JobRun.objects.filter(name=self.name, slot=row.slot))
        return self._once(row.reason, slot=row.slot, attempt=attempt) if attempt else None

    def _once(self, reason: str, **fields: Any) -> Failure | None:
        """Run, and hand back what failed; what could not be noted is raised as a database that is away."""
        at, run = timezone.now(), None
        try:
            with run_job(self.name, reason, at, quiet=self.quiet, **fields) as run:
                self.body(run, at)
        except AWAY as error:
            if run is None or not run.noted:
                raise
            return Failure(error)
        except Exception as error:
            if run is None or not run.noted:
                raise OperationalError(f"{self.name} ended, and that could not be noted") from error
            return Failure(error)
        return None


def _next_attempt(runs: "QuerySet[JobRun]") -> int | None:
    """The number of one more run for a slot that had `runs`; None when it was done, or tried often enough."""
    failed = runs.filter(outcome__in=(FAILED, LOST))
    attempt, too_long = 1 + failed.count(), failed.filter(outcome=LOST).exclude(finished_at=None).count()
    over = runs.filter(Q(final=True) | Q(outcome__in=(DONE, NOTHING))).exists()
    return None if over or too_long >= MOST_TOO_LONG or attempt > MOST_ATTEMPTS else attempt


def _again(failure: Failure, attempt: int, entry: Entry) -> Failure:
    """With a pause if it is worth trying again. The broker may not wait longer for a message, or it comes twice."""
    frequent = isinstance(entry.when, Every) and entry.when.interval < FREQUENT
    if attempt == MOST_ATTEMPTS or frequent or isinstance(failure.error, JobFailedError):
        return failure
    return Failure(failure.error, min(FIRST_PAUSE * 2 ** (attempt - 1), settings.JOB_VISIBILITY_SECONDS / 2))


@contextmanager
def _held(name: str, *, shared: bool) -> Iterator[None]:
    """Hold the job's lock, in a transaction of its own that ends with the process; raises Busy."""
    lock = f"pg_try_advisory_xact_lock{'_shared' if shared else ''}"
    with closing(connection.copy()) as own, own.cursor() as cursor:
        own.set_autocommit(False)
        cursor.execute(f"SELECT {lock}(%s, hashtext(%s))", [LOCKS, name])
        if cursor.fetchone() != (True,):
            raise Busy(f"{name} is running elsewhere")
        yield

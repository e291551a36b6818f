"""Who and what ran: every run of a job leaves a row, and so does every tick of the schedule."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F, Subquery

from .job_errors import JobFailedError, told
from .logs import request_id
from .models import JobRun, SchedulerTick
from .timetable import Every, Moments

if TYPE_CHECKING:
    from django.db.models import QuerySet

__all__ = ["JobFailedError", "Run", "cut", "find_run", "lose", "mark_lost", "note_tick", "run_job"]

WAITING, RUNNING = "waiting", "running"
DONE, NOTHING, FAILED, LOST = "done", "nothing to do", "failed", "lost"
ENDED = (DONE, NOTHING, FAILED, LOST)
LOCKS = 7_305  # the first half of every job's advisory lock; the second is the hash of its name
KEPT = timedelta(days=90)  # of runs and ticks; no slot of the schedule is that long
PER_ROW = timedelta(minutes=1)  # of what ticks more often, a row has so many
BEGINS_WITHIN = timedelta(minutes=10)  # a run that somebody asked for; else its message was lost

# Whether a run goes on is asked of its lock, which ends with its process. A run writes its end before it gives the lock
# back, and an update sees that end: so what is found running without a lock is lost.
DEAD = """
SELECT id FROM marketing_job_runs AS run
WHERE outcome = 'running' AND NOT EXISTS (
    SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
    WHERE locktype = 'advisory' AND classid = %(locks)s AND objid::bigint = hashtext(run.name)::bigint & 4294967295
      AND datname = current_database() AND granted
)
"""

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Run:
    """What a run tells about itself while it goes on: how many rows it changed, and whether it found nothing to do.

    `noted`: its end stands in the database.
    """

    rows: int | None = None
    idle: bool = False
    noted: bool = False


@contextmanager
def run_job(
    name: str,
    reason: str,
    at: datetime,
    *,
    slot: datetime | None = None,
    attempt: int = 1,
    quiet: bool = False,
    asked: JobRun | None = None,
) -> Iterator[Run]:
    """Note one run of a job: what, why, when, how long, how many rows, what error. What it raises goes on.

    `slot` is the tick of the schedule that it stands for, `attempt` counts its runs for it; `asked` is the row of a run
    that waits for its begin.

    The row stands from the start, so that a killed run is seen, as one that never finished. A `quiet` job runs every
    few seconds: it gets its row at the end, and those of a minute that found nothing share one. Not to be used inside a
    transaction, which would take the row of a failed run away with it.
    """
    run = Run()
    started = monotonic()
    row = asked or JobRun(name=name, reason=reason, slot=slot, attempt=attempt, request_id=request_id.current.get())
    row.started_at, row.outcome = at, RUNNING
    quiet = quiet and not asked
    if not quiet:
        row.save()
    try:
        yield run
    except BaseException as error:
        with suppress(OperationalError, InterfaceError):  # the error itself says that the database is away
            _finish(row, run, started, FAILED, told(error), final=isinstance(error, JobFailedError))
        raise
    if quiet and run.idle and _shared(row, started):
        _tell(row, run, NOTHING, started, level=logging.DEBUG)
    else:
        _finish(row, run, started, NOTHING if run.idle else DONE)


def _shared(row: JobRun, started: float) -> bool:
    """Count a run that found nothing in the last row of its job, where that one found nothing in the same minute."""
    latest = JobRun.objects.filter(name=row.name).order_by("-started_at", "-id").values("id")[:1]
    minute = row.started_at.replace(second=0, microsecond=0)
    same = JobRun.objects.filter(id=Subquery(latest), outcome=NOTHING, reason=row.reason, started_at__gte=minute)
    ended = _end(row.started_at, started)
    last = {"slot": row.slot, "started_at": row.started_at, "finished_at": ended}  # so a tick sent twice is done
    return bool(same.update(runs=F("runs") + 1, **last))


def _end(at: datetime, started: float) -> datetime:
    return at + timedelta(seconds=monotonic() - started)


def _finish(row: JobRun, run: Run, started: float, outcome: str, error: str = "", *, final: bool = False) -> None:
    row.finished_at = _end(row.started_at, started)
    row.outcome = outcome
    row.rows = run.rows
    row.error, row.final = error, final
    row.save()
    run.noted = True
    _tell(row, run, outcome, started, level=logging.WARNING if error else logging.INFO)


def _tell(row: JobRun, run: Run, outcome: str, started: float, *, level: int) -> None:
    """The run's line in the log of the process."""
    milliseconds = round((monotonic() - started) * 1000)
    told_of = {"job": row.name, "run": row.pk, "outcome": outcome, "duration_ms": milliseconds, "rows": run.rows}
    because = f": {row.error}" if row.error else ""
    logger.log(level, "%s: %s in %d ms%s", row.name, outcome, milliseconds, because, extra=told_of)


def mark_lost(at: datetime) -> int:
    """Mark what says that it runs and does not, and what was asked for and never began; how many."""
    never = JobRun.objects.filter(outcome=WAITING, started_at__lt=at - BEGINS_WITHIN)
    lost = never.update(outcome=LOST, error="It did not begin: its message was lost, or no worker runs.")
    with connection.cursor() as cursor:
        cursor.execute(DEAD, {"locks": LOCKS})
        dead = [pk for (pk,) in cursor.fetchall()]
    return lost + lose(JobRun.objects.filter(pk__in=dead, outcome=RUNNING), at)


def find_run(pk: int, at: datetime) -> JobRun | None:
    """A run, which is marked first if it died."""
    mark_lost(at)
    return JobRun.objects.filter(pk=pk).first()


def lose(runs: "QuerySet[JobRun]", at: datetime) -> int:
    """Mark running ones whose process is known to have ended by `at`; how many. What had gone on for as long as a job
    may was ended for that.
    """
    longest = timedelta(seconds=settings.JOB_MOST_SECONDS)
    too_long = f"It took longer than {settings.JOB_MOST_SECONDS:,} s (JOB_MOST_SECONDS) and was ended."
    hung = runs.filter(started_at__lte=at - longest)
    ended = hung.update(outcome=LOST, finished_at=F("started_at") + longest, error=too_long)
    return ended + runs.update(outcome=LOST, error="Its process ended before it did.")


@transaction.atomic
def note_tick(name: str, sent_at: datetime, when: Every | Moments) -> SchedulerTick:
    """Note that the schedule sent `name`; `missed` ticks lie between the last one and this."""
    last = SchedulerTick.objects.select_for_update().filter(name=name).order_by("-id").first()
    due_at, missed = when.tick(sent_at, last.due_at, last.sent_at) if last else (when.slot(sent_at), 0)
    often = isinstance(when, Every) and when.interval < PER_ROW
    if last is None or not often or not timedelta() <= due_at - last.due_at < PER_ROW:
        return SchedulerTick.objects.create(name=name, due_at=due_at, sent_at=sent_at, missed=missed)
    last.sent_at, last.missed, last.ticks = max(last.sent_at, sent_at), last.missed + missed, last.ticks + 1
    last.save()
    return last


def cut(at: datetime) -> int:
    """Delete the runs and ticks that were older than KEPT at `at`; how many."""
    runs, _ = JobRun.objects.filter(started_at__lt=at - KEPT).delete()
    ticks, _ = SchedulerTick.objects.filter(sent_at__lt=at - KEPT).delete()
    return runs + ticks

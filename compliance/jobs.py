"""Who and what ran: every run of a job leaves a row, and so does every tick of the schedule."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from django.db import InterfaceError, OperationalError

from .models import JobRun, SchedulerTick

RUNNING, DONE, FAILED, NOTHING = "running", "done", "failed", "nothing to do"
ERROR_LENGTH = 2000
KEPT = timedelta(days=90)  # of runs and ticks; no slot of the schedule is that long


@dataclass(slots=True)
class Run:
    """What a run tells about itself while it goes on: how many rows it changed, and whether it found nothing to do."""

    rows: int | None = None
    idle: bool = False


class JobFailedError(Exception):
    """Raised by a job that ran to its end and found that something is wrong; its text is shown to the operator."""


@contextmanager
def run_job(
    name: str, reason: str, at: datetime, *, slot: datetime | None = None, quiet: bool = False
) -> Iterator[Run]:
    """Note one run of a job: what, why, when, how long, how many rows, what error. What it raises goes on.

    `slot` is the tick of the schedule that it stands for.

    The row stands from the start, so that a killed run is seen, as one that never finished. A `quiet` job runs every
    few seconds: it gets its row at the end, and none when it was `idle`. Not to be used inside a transaction, which
    would take the row of a failed run away with it.
    """
    run = Run()
    started = monotonic()
    row = JobRun(name=name, reason=reason, slot=slot, started_at=at, outcome=RUNNING)
    if not quiet:
        row.save()
    try:
        yield run
    except BaseException as error:
        with suppress(OperationalError, InterfaceError):  # the error itself says that the database is away
            _finish(row, run, started, FAILED, f"{type(error).__name__}: {error}")
        raise
    if not (quiet and run.idle):
        _finish(row, run, started, NOTHING if run.idle else DONE)


def _finish(row: JobRun, run: Run, started: float, outcome: str, error: str = "") -> None:
    row.finished_at = row.started_at + timedelta(seconds=monotonic() - started)
    row.outcome = outcome
    row.rows = run.rows
    row.error = error[:ERROR_LENGTH].replace("\x00", "")
    row.save()


def note_tick(name: str, sent_at: datetime, interval: timedelta) -> SchedulerTick:
    """Note that the schedule sent `name`, which is due every `interval`; `missed` ticks lie between the last and this.

    It was due one interval after the one before, or a whole number of intervals where some were missed.
    """
    last = SchedulerTick.objects.filter(name=name).order_by("-due_at").first()
    due_at, missed = sent_at, 0
    if last is not None and last.sent_at + interval / 2 < sent_at:
        missed = max(0, round((sent_at - last.sent_at) / interval) - 1)
        due_at = min(sent_at, last.sent_at + interval * (missed + 1))
    return SchedulerTick.objects.create(name=name, due_at=due_at, sent_at=sent_at, missed=missed)


def cut(at: datetime) -> int:
    """Delete the runs and ticks that were older than KEPT at `at`; how many."""
    runs, _ = JobRun.objects.filter(started_at__lt=at - KEPT).delete()
    ticks, _ = SchedulerTick.objects.filter(sent_at__lt=at - KEPT).delete()
    return runs + ticks

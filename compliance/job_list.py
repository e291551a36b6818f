"""The jobs of the schedule, how each of them is doing, and starting one now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import Any

from celery import current_app
from django.db import connection, transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from . import audit, timetable
from .acting import Actor
from .jobs import FAILED, LOST, RUNNING, WAITING, mark_lost
from .logs import request_id
from .models import JobRun
from .schedule import ASKED
from .timetable import Entry, Every

PERMISSION = "compliance.run_job"
LATE_AFTER = timedelta(minutes=10)  # of a job at a moment of the clock
SOON_LATE_AFTER = timedelta(minutes=2)  # of one that comes every so often, and twice that besides
LAST_RUNS = 100  # of which durations are told
STARTS = 7_306  # the first half of the lock of those who start a job
PAUSE = 0.2  # seconds, so that the run's row is there before its message
# Whoever asks is waiting: kombu's own patience is 6 s for a broker that is down.
IMPATIENT = {"max_retries": 0, "socket_connect_timeout": 0.25, "socket_timeout": 0.25}

# One row per job: its last run, what happened since a day ago, how long those took that did something, its last tick.
HISTORY = """
SELECT job.name, last_run.id, counts.runs, counts.failures, counts.missed, durations.seconds, last_tick.*
FROM unnest(%(names)s::text[]) AS job (name)
LEFT JOIN LATERAL (
    SELECT id FROM marketing_job_runs AS run WHERE run.name = job.name ORDER BY started_at DESC, id DESC LIMIT 1
) AS last_run ON true
LEFT JOIN LATERAL (
    SELECT
        (SELECT coalesce(sum(runs), 0) FROM marketing_job_runs AS run
            WHERE run.name = job.name AND started_at >= %(since)s AND outcome <> 'waiting') AS runs,
        (SELECT count(*) FROM marketing_job_runs AS run
            WHERE run.name = job.name AND started_at >= %(since)s AND outcome IN ('failed', 'lost')) AS failures,
        (SELECT coalesce(sum(missed), 0) FROM marketing_scheduler_log AS tick
            WHERE tick.name = job.name AND due_at >= %(since)s) AS missed
) AS counts ON true
LEFT JOIN LATERAL (
    SELECT array_agg(extract(epoch FROM finished_at - started_at)::float ORDER BY started_at, id) AS seconds FROM (
        SELECT id, started_at, finished_at FROM marketing_job_runs AS run
        WHERE run.name = job.name AND finished_at IS NOT NULL AND outcome <> 'nothing to do'
        ORDER BY started_at DESC, id DESC LIMIT %(last_runs)s
    ) AS ended
) AS durations ON true
LEFT JOIN LATERAL (
    SELECT sent_at, due_at FROM marketing_scheduler_log AS tick
    WHERE tick.name = job.name AND due_at <= %(at)s -- later ones are of before the clock was set back
    ORDER BY due_at DESC LIMIT 1
) AS last_tick ON true
"""

# One row per job: its last tick that a worker took.
LAST_TICKS = """
SELECT job.name, last_tick.*
FROM unnest(%(names)s::text[]) AS job (name)
CROSS JOIN LATERAL (
    SELECT due_at, sent_at FROM marketing_scheduler_log AS tick
    WHERE tick.name = job.name AND due_at <= %(at)s -- as above
    ORDER BY due_at DESC LIMIT 1
) AS last_tick
"""


class State(StrEnum):
    """How a job is doing: its value is the word for it."""

    WAITING = "waiting"
    RUNNING = "running"
    OFF = "switched off"
    LATE = "late"
    FAILED = "failed"
    LOST = "lost"
    WELL = "well"
    NEW = "not run yet"


@dataclass(frozen=True, slots=True)
class JobState:
    """One job at a moment; the counts are of a day. `seconds` are how long its last runs took that had something to do,
    the latest last.
    """

    entry: Entry
    last: JobRun | None
    next_due_at: datetime | None  # None while it is switched off
    late: bool
    runs: int
    failures: int
    missed: int
    seconds: tuple[float, ...]
    ticked_at: datetime | None  # when its last tick was sent that a worker took

    @property
    def state(self) -> State:
        outcome = self.last.outcome if self.last else ""
        if outcome in (WAITING, RUNNING):
            return State(outcome)
        if not self.entry.enabled:
            return State.OFF
        if self.late:
            return State.LATE
        if outcome in (FAILED, LOST):
            return State(outcome)
        return State.WELL if outcome else State.NEW

    @property
    def p95_seconds(self) -> float | None:
        """Of the last runs, the duration that 95 of 100 do not exceed."""
        ranked = sorted(self.seconds)
        return ranked[ceil(0.95 * len(ranked)) - 1] if ranked else None


class NoJob(LookupError):
    """There is no such job in the schedule."""


class JobRuns(Exception):
    """It runs already, or waits to: that run is `run`."""

    def __init__(self, run: JobRun) -> None:
        super().__init__(
            f"The job {run.name} is {run.outcome} already; look at that run, or try again when it is over."
        )
        self.run = run


class NoBroker(Exception):
    """Nobody takes the message that would start it."""


def jobs(at: datetime) -> list[JobState]:
    """Every job of the schedule; runs that died are marked so first."""
    mark_lost(at)
    entries = timetable.entries()
    histories = _histories([entry.name for entry in entries], at)
    last = JobRun.objects.in_bulk([history["id"] for history in histories.values() if history["id"]])
    return [_state(entry, histories[entry.name], last, at) for entry in entries]


def late(at: datetime) -> list[str]:
    """The jobs that should have been started and were not. Unlike `jobs` it marks nothing, so anybody may ask often."""
    on = [entry for entry in timetable.entries() if entry.enabled]
    with connection.cursor() as cursor:
        cursor.execute(LAST_TICKS, {"names": [entry.name for entry in on], "at": at})
        ticks = {name: (due, sent) for name, due, sent in cursor.fetchall()}
    return [entry.name for entry in on if _late(entry, *ticks.get(entry.name, (None, None)), at)]


def _histories(names: list[str], at: datetime) -> dict[str, dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(HISTORY, {"names": names, "at": at, "since": at - timedelta(days=1), "last_runs": LAST_RUNS})
        columns = [column.name for column in cursor.description or ()]
        return {row[0]: dict(zip(columns, row, strict=True)) for row in cursor.fetchall()}


def _state(entry: Entry, history: Mapping[str, Any], last: Mapping[int, JobRun], at: datetime) -> JobState:
    due, sent = history["due_at"], history["sent_at"]
    return JobState(
        entry=entry,
        last=last.get(history["id"]),
        next_due_at=entry.when.next_due(at, sent) if entry.enabled else None,
        late=entry.enabled and _late(entry, due, sent, at),
        runs=history["runs"],
        failures=history["failures"],
        missed=history["missed"],
        seconds=tuple(history["seconds"] or ()),
        ticked_at=sent,
    )


def _late(entry: Entry, due: datetime | None, sent: datetime | None, at: datetime) -> bool:
    """Whether a tick should have come that did not; of a job without ticks, whether beat stands still."""
    if isinstance(entry.when, Every):
        waits = max(SOON_LATE_AFTER, 2 * entry.when.interval) if sent else LATE_AFTER
        return (sent or entry.known_since) < entry.when.last_due(at - waits)
    return (due or entry.known_since) < entry.when.last_due(at - LATE_AFTER)


def start(name: str, by: Actor, at: datetime) -> JobRun:
    """Have a job run as soon as a worker is free; its run, which waits. Raises `NoJob`, `JobRuns`, `NoBroker`."""
    entry = next((entry for entry in timetable.entries() if entry.name == name), None)
    if entry is None:
        raise NoJob(f"There is no job {name}; GET /api/v1/jobs lists those there are.")
    mark_lost(at)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [STARTS, name])
        if going := JobRun.objects.filter(name=name, outcome__in=(WAITING, RUNNING)).first():
            raise JobRuns(going)
        run = JobRun.objects.create(
            name=name,
            reason=f"started by {by.username}"[:200],
            slot=at,
            started_at=at,
            outcome=WAITING,
            request_id=request_id.current.get(),
        )
        audit.note("started", "job", name, by, at, run=run.pk)
        _send(entry.task, run)
    return run


def _send(task: str, run: JobRun) -> None:
    try:
        with current_app.connection_for_write(transport_options=IMPATIENT) as broker:
            current_app.send_task(task, headers={ASKED: run.pk}, countdown=PAUSE, connection=broker, retry=False)
    except (OperationalError, RedisError, OSError) as error:
        raise NoBroker("The queue of jobs cannot be reached; nothing was started. Try again in a moment.") from error

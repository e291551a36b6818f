"""How the Health page writes a job. Pure."""

from dataclasses import dataclass
from datetime import datetime

from compliance.job_list import JobState, State
from compliance.models import JobRun
from compliance.schedule import MOST_ATTEMPTS

from ..charts import Sparkline, sparkline
from ..presentation import SPACE, UNKNOWN, ago

SHOWN_RUNS = 30  # of the small drawing


@dataclass(frozen=True, slots=True)
class Mark:
    """A state by a sign, by its worth (a colour), and by a word, so that none of them has to be seen."""

    sign: str
    worth: str


WELL, CAUTION, BAD = Mark("✓", "good"), Mark("!", "warn"), Mark("✕", "bad")
MARKS: dict[State, Mark] = {
    State.WELL: WELL,
    State.LATE: CAUTION,
    State.FAILED: BAD,
    State.LOST: BAD,
    State.RUNNING: Mark("▸", "flat"),
    State.WAITING: Mark("…", "flat"),
    State.OFF: Mark("–", "flat"),
    State.NEW: Mark("·", "flat"),
}
GOING = (State.WAITING, State.RUNNING)


@dataclass(frozen=True, slots=True)
class JobRow:
    """One job as the page writes it."""

    name: str
    title: str
    why: str
    mark: Mark
    state: str
    note: str
    startable: bool
    ran: str
    ran_at: datetime | None
    took: str
    usually: str
    spark: Sparkline | None
    next: str
    schedule: str
    runs: str
    trouble: str
    error: str


def job_row(job: JobState, now: datetime) -> JobRow:
    last = job.last
    return JobRow(
        name=job.entry.name,
        title=job.entry.title,
        why=job.entry.why,
        mark=MARKS[job.state],
        state=job.state.value,
        note=_note(job),
        startable=job.state not in GOING,
        ran=f"{ago((now - last.started_at).total_seconds())} ago" if last else UNKNOWN,
        ran_at=last.started_at if last else None,
        took=took(last.seconds if last else None),
        usually=f"p95 {took(job.p95_seconds)}" if job.seconds else "",
        spark=sparkline(job.seconds[-SHOWN_RUNS:]),
        next=_next(job.next_due_at, now),
        schedule=job.entry.when.words,
        runs=f"{job.runs:,} run{'' if job.runs == 1 else 's'}",
        trouble=_trouble(job),
        error=last.error if last else "",
    )


def _note(job: JobState) -> str:
    """What is to be known beside the state."""
    last = job.last
    if last is None or job.state is State.OFF:
        return ""
    if job.state is State.LATE:
        return "due, and no worker took it"
    if job.state is State.FAILED and last.attempt >= MOST_ATTEMPTS:
        return f"given up after {last.attempt} attempts"
    if last.attempt > 1:
        return f"attempt {last.attempt}"
    return _result(last) if job.state is State.WELL else ""


def _result(last: JobRun) -> str:
    if last.rows is None or last.outcome != "done":
        return last.outcome
    return f"{last.rows:,} row{'' if last.rows == 1 else 's'}"


def _next(at: datetime | None, now: datetime) -> str:
    if at is None:
        return UNKNOWN
    seconds = (at - now).total_seconds()
    return f"in {ago(seconds)}" if seconds >= 1 else "now"


def _trouble(job: JobState) -> str:
    counted = ((job.failures, "failed"), (job.missed, "missed"))
    return ", ".join(f"{number:,} {word}" for number, word in counted if number)


def took(seconds: float | None) -> str:
    """A duration: `84 ms`, `4.2 s`, `3.5 min`, `1.2 h`, or an en dash."""
    if seconds is None:
        return UNKNOWN
    if seconds < 1:
        return f"{seconds * 1000:.0f}{SPACE}ms"
    for limit, size, word in ((120, 1, "s"), (7200, 60, "min")):
        if seconds < limit:
            return f"{seconds / size:.1f}{SPACE}{word}"
    return f"{seconds / 3600:.1f}{SPACE}h"

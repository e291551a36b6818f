"""How a source does, by what it sent until now: pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise

from ..presentation import ago, percent
from .kinds import Kind

DAYS = 30  # that a source's rhythm is known by
RECENT = 7  # days that errors are counted over, today included
MUCH = 0.05  # of what came: a source is failing from here on
FEW = 5  # rejected items are nobody's fault yet
DAYS_OF_A_RHYTHM = 3  # on fewer it sent something too seldom for a rhythm
GRACE = timedelta(hours=12)  # beyond the longest pause that was
SILENT_AFTER = 3  # times that pause


class State(StrEnum):
    FINE = "fine"
    NEW = "nothing yet"
    OLD = "old days only"
    LATE = "late"
    SILENT = "silent"
    FAILING = "failing"


@dataclass(frozen=True, slots=True)
class Flow:
    """What came of one source. `days` are its events by day, today last, known ones included; of costs they are rows by
    the day they are of, and `lately` how many were told in the last `RECENT` days, of whatever days. `rejected` and
    `suppressed` are of the last `RECENT` days, `received` what was not rejected of them. `lag` and `age` are means in
    seconds over those days: from acceptance until counted, and from happening until accepted. `last_day` is the last
    one that costs are of, whenever they were told, `ended` whether their campaigns are over; of events, whether they
    came by a webhook that was ended.
    """

    name: str
    kind: Kind
    days: tuple[int, ...]
    last_at: datetime | None = None
    id: int | None = None
    hook: int | None = None
    provider: str = ""
    refused_at: datetime | None = None
    rejected: int = 0
    suppressed: int = 0
    waiting: int = 0
    dead: int = 0
    lag: float | None = None
    age: float | None = None
    note: str = ""
    last_day: date | None = None
    lately: int | None = None
    ended: bool = False

    @property
    def received(self) -> int:
        return sum(self.days[-RECENT:]) if self.lately is None else self.lately

    @property
    def error_rate(self) -> float | None:
        """Rejected ÷ all that came in the last `RECENT` days; None where nothing came, or nobody counts what does."""
        came = self.received + self.rejected
        return self.rejected / came if came and self.days else None


@dataclass(frozen=True, slots=True)
class Judged:
    state: State
    why: str


def judge(flow: Flow, now: datetime) -> Judged:
    """The gravest that is so: failing, then silent or late against its own rhythm."""
    if why := _failing(flow):
        return Judged(State.FAILING, why)
    if not flow.days:
        return Judged(State.FINE, "told when they change")
    if flow.last_at is None:
        return Judged(State.NEW, "waits for its first event")
    if flow.ended and flow.last_day is None:
        return Judged(State.FINE, "its webhook was ended")
    if flow.last_day is None:
        return _of_rhythm(flow, flow.last_at, now)
    if not any(flow.days):
        return Judged(State.OLD, f"nothing of the last {DAYS} days")
    if flow.ended:
        return Judged(State.FINE, "its campaigns have ended")
    return _of_rhythm(flow, _over(flow.last_day), now)


def _over(day: date) -> datetime:
    """When a day of costs is over, from when on they can be told as a whole."""
    return datetime.combine(day, time(), UTC) + timedelta(days=1)


def _failing(flow: Flow) -> str:
    if flow.refused_at and (flow.last_at is None or flow.refused_at > flow.last_at):
        return "the last report was not signed with the key of its webhook"
    if flow.dead:
        return f"{flow.dead:,} batch{'' if flow.dead == 1 else 'es'} could not be counted"
    rate = flow.error_rate
    if rate is not None and rate >= MUCH and flow.rejected >= FEW:
        return f"{percent(rate)} of {RECENT} days was rejected"
    return ""


def _of_rhythm(flow: Flow, last_at: datetime, now: datetime) -> Judged:
    """A day of the calendar is the unit: a source that sends by day may do so at another hour each day."""
    pause, silent_for = usual_pause(flow.days), now - last_at
    if pause is None:
        if silent_for > timedelta(days=DAYS):
            return Judged(State.SILENT, f"nothing for {ago(silent_for.total_seconds())}")
        return Judged(State.FINE, "too seldom for a rhythm")
    usually = "every day" if pause == 1 else f"every {pause} days"
    if silent_for <= timedelta(days=pause) + GRACE:
        return Judged(State.FINE, f"comes {usually}")
    state = State.SILENT if silent_for > timedelta(days=pause) * SILENT_AFTER else State.LATE
    return Judged(state, f"nothing for {ago(silent_for.total_seconds())}, usually {usually}")


def usual_pause(days: Sequence[int]) -> int | None:
    """The longest pause in days between two days with something; None where there are too few of them."""
    active = [place for place, count in enumerate(days) if count]
    if len(active) < DAYS_OF_A_RHYTHM:
        return None
    return max(after - before for before, after in pairwise(active))

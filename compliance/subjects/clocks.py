"""How long an answer may take. Pure.

A month of the GDPR (Article 12(3)) is counted as 28 days and its two further months as 56, for no month is shorter; the
CCPA's are days as they stand (11 CCR 7021).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

SOON = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Clock:
    regime: str
    answer: timedelta
    extension: timedelta
    acknowledge: timedelta | None = None


CLOCKS: tuple[Clock, ...] = (
    Clock("gdpr", timedelta(days=28), timedelta(days=56)),
    Clock("ccpa", timedelta(days=45), timedelta(days=45), acknowledge=timedelta(days=14)),  # ten business days
)
BY_REGIME: dict[str, Clock] = {clock.regime: clock for clock in CLOCKS}


class Urgency(StrEnum):
    CLOSED = "closed"
    IN_TIME = "in time"
    SOON = "soon"
    LATE = "late"


def due(regime: str, received_at: datetime, *, extended: bool = False) -> datetime:
    """When the answer must be there."""
    clock = BY_REGIME[regime]
    return received_at + clock.answer + (clock.extension if extended else timedelta())


def urgency(due_at: datetime, closed_at: datetime | None, at: datetime) -> Urgency:
    """How near a request's end is; of one that is over nothing is urgent, however late it was."""
    if closed_at:
        return Urgency.CLOSED
    if at >= due_at:
        return Urgency.LATE
    return Urgency.SOON if due_at - at <= SOON else Urgency.IN_TIME

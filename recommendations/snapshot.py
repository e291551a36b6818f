"""What rules look at: what campaigns did on each day of a window, as of one moment. Pure; `reading.py` fills it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from analytics.history import Day, Hour

__all__ = ["SETTLED", "Campaign", "Day", "Hour", "Snapshot"]
SETTLED = timedelta(days=7)  # after so long next to nothing of a message is still to arrive


@dataclass(frozen=True, slots=True)
class Campaign:
    """`days` has those on which something happened, oldest first; `hours` those in which something was delivered."""

    id: int
    external_id: str
    name: str
    channel: str
    status: str  # planned, running, paused or ended
    ends_on: date | None
    days: tuple[Day, ...]
    hours: tuple[Hour, ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All campaigns with figures in the days `[start, end)`; `end` is today, which is not over and not in it."""

    as_of: datetime
    start: date
    end: date
    currency: str
    campaigns: tuple[Campaign, ...]

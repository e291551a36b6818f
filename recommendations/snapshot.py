"""What rules look at: what campaigns did on each day of a window, as of one moment. Pure; `reading.py` fills it."""

from dataclasses import dataclass
from datetime import date, datetime

from analytics.history import SETTLED, ClickHour, Crowd, Day, Hour

__all__ = ["SETTLED", "Campaign", "ClickHour", "Crowd", "Day", "Hour", "Snapshot"]


@dataclass(frozen=True, slots=True)
class Campaign:
    """`days` has those on which something happened, oldest first; `hours` those in which something was delivered.

    `click_hours` and `crowd` are what its people got and did over weeks, of all campaigns of its channel.
    """

    id: int
    external_id: str
    name: str
    channel: str
    status: str  # planned, running, paused or ended
    ends_on: date | None
    days: tuple[Day, ...]
    hours: tuple[Hour, ...] = ()
    click_hours: tuple[ClickHour, ...] = ()
    crowd: Crowd | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All campaigns with figures in the days `[start, end)`; `end` is today, which is not over and not in it."""

    as_of: datetime
    start: date
    end: date
    currency: str
    campaigns: tuple[Campaign, ...]

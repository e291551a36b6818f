"""What rules look at: what campaigns did on each day of a window, as of one moment. Pure; `reading.py` fills it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

SETTLED = timedelta(days=7)  # after so long next to nothing of a message is still to arrive


@dataclass(frozen=True, slots=True)
class Day:
    """One campaign's sums of one day by send date: what belongs to the messages of that day, whenever it happened.

    Counts; `revenue` is attributed, net of refunds, and like `cost` in the reporting currency. Statistics need no
    cents, so money is a float here; what is shown comes from receipts.
    """

    day: date
    sends: int = 0
    delivered: int = 0
    bounces: int = 0
    unique_opens: int = 0
    unique_clicks: int = 0
    converters: int = 0
    unsubscribes: int = 0
    complaints: int = 0
    revenue: float = 0.0
    cost: float = 0.0


@dataclass(frozen=True, slots=True)
class Hour:
    """What became of the messages that left in one hour of the day (0 to 23, reporting zone), over the window."""

    hour: int
    delivered: int
    unique_clicks: int


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

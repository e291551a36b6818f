"""What campaigns did, by day and by hour of the day, for who calculates with it. Pure; `queries.history` reads it."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Day:
    """One campaign's sums of one day by send date: what belongs to the messages of that day, whenever it happened.

    Counts; `revenue` is attributed, net of refunds, and like `cost` in the reporting currency. Statistics need no
    cents, so money is a float here; what is shown comes from receipts. Cost has no send date: it is that of the day.
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

"""What campaigns did, by day and by hour of the day, for who calculates with it. Pure; `queries.history` reads it."""

from dataclasses import dataclass
from datetime import date

SMALLEST_GROUP = 5  # people; fewer are counted and not listed


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


@dataclass(frozen=True, slots=True)
class ArmDay:
    """One arm's people of one campaign who were first assigned on a day: held out or not, how many, how many of them
    converted within so many days from then on, by whatever way, and their revenue of these days, net of refunds, in the
    reporting currency; `squares` is the sum of each person's revenue squared.
    """

    day: date
    held_out: bool
    people: int
    converters: int
    revenue: float = 0.0
    squares: float = 0.0

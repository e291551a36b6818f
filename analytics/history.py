"""What campaigns did, by day and by hour of the day, for who calculates with it. Pure; `queries.history` reads it."""

from dataclasses import dataclass
from datetime import date, timedelta

SETTLED = timedelta(days=7)  # after so long next to nothing of a message is still to arrive
# Four of each day of the week; who got a message within so long is one of a campaign's people.
RECENT = timedelta(days=28)
HISTORY = timedelta(days=56)
SMALLEST_GROUP = 5  # people; fewer are counted and not listed


def matched_days(today: date) -> tuple[date, date]:
    """The settled days `[start, end)` before the one that runs, of which hours are matched."""
    return today - SETTLED - HISTORY, today - SETTLED


def crowded_days(today: date) -> tuple[date, date]:
    """The settled days `[start, end)` before the one that runs, of which messages are counted for each person."""
    return today - SETTLED - RECENT, today - SETTLED


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
class Matched:
    """One kind of messages (`messages`, with `hits` among them) against `others`, matched: within each stratum a
    message weighs the share of the other kind in it, so that both kinds are of the same strata.

    `weighted / weight` and `other_weighted / weight` are the matched rates; their quotient is that of Mantel and
    Haenszel (1959). `chance` is what Greenland and Robins (1985) divide by both tops for its variance; `squares`,
    `products` and `other_squares` are sums over people of their own tops, `days` and `other_days` effective numbers
    of days (Kish).
    """

    people: int
    messages: int
    others: int
    hits: int
    other_hits: int
    weight: float
    weighted: float
    other_weighted: float
    chance: float
    squares: float
    products: float
    other_squares: float
    days: float
    other_days: float

    @property
    def rate(self) -> float:
        return self.weighted / self.weight

    @property
    def other_rate(self) -> float:
        return self.other_weighted / self.weight


@dataclass(frozen=True, slots=True)
class ClickHour:
    """How people whom a campaign reached click what leaves in `hour` against what leaves in its `usual` one: strata
    are what one contact got of one campaign.
    """

    hour: int
    usual: int
    matched: Matched


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many `messages` of the channel a campaign's people got in 28 days: `people` were looked at, of `of_people`,
    and `above` of them got more than `line`.

    `left` and `clicked` are of the campaign's own messages, those that came when somebody had got more than `line` in
    28 days against the others: who unsubscribed, within days, and who clicked, within contacts. None where too few are.
    """

    line: float
    people: int
    of_people: int
    messages: int
    above: int
    left: Matched | None = None
    clicked: Matched | None = None


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

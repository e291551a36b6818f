"""How fresh a page's figures are, in words. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ..presentation import ago
from ..queries.answers import Completeness
from ..queries.state import STALE_AFTER, WAITS_AFTER

AGE = "Figures-Age"  # the header that bears `Fresh.age`, also with a 304


@dataclass(frozen=True, slots=True)
class Fresh:
    """`as_of` is the moment until which everything accepted is in the figures; `reason` is empty when all is well.

    `stale` ones are so old that the page says so above all.
    """

    as_of: datetime
    age: int  # of `as_of` in seconds, so that a browser whose clock is wrong tells it right
    late: bool
    reason: str
    stale: bool = False


def fresh(completeness: Completeness, as_of: datetime, now: datetime) -> Fresh:
    """`as_of`: until when the figures hold what `completeness` does not say is waiting."""
    oldest = completeness.oldest_waiting_seconds
    waits = oldest is not None and oldest > WAITS_AFTER.total_seconds()
    reasons = []
    if waits and oldest is not None:
        rows = completeness.inbox_waiting_rows
        reasons.append(f"{rows:,} event{'s' if rows != 1 else ''} wait to be counted, the oldest for {ago(oldest)}")
        as_of = min(as_of, now - timedelta(seconds=oldest))
    if completeness.inbox_dead:
        dead = completeness.inbox_dead
        reasons.append(f"{dead:,} batch{'es' if dead != 1 else ''} could not be counted and wait for a person")
    age = int((now - as_of).total_seconds())
    stale = age > STALE_AFTER.total_seconds()
    return Fresh(now - timedelta(seconds=age), age, bool(reasons), "; ".join(reasons), stale)

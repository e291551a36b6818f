"""How fresh a page's figures are, in words. Pure."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..catalogue import DEFINITION_VERSION
from ..presentation import ago
from ..queries.answers import Completeness
from .filters import Filters

AGE = "Figures-Age"  # the header that bears `Fresh.age`, also with a 304
WAITS_AFTER = 30.0  # seconds; until then a batch is on its way, not waiting


@dataclass(frozen=True, slots=True)
class Fresh:
    """`as_of` is the moment until which everything accepted is in the figures; `reason` is empty when all is well."""

    as_of: datetime
    age: int  # of `as_of` in seconds, so that a browser whose clock is wrong tells it right
    late: bool
    reason: str


def fresh(completeness: Completeness, now: datetime) -> Fresh:
    oldest = completeness.oldest_waiting_seconds
    waits = oldest is not None and oldest > WAITS_AFTER
    reasons = []
    if waits and oldest is not None:
        rows = completeness.inbox_waiting_rows
        reasons.append(f"{rows:,} event{'s' if rows != 1 else ''} wait to be counted, the oldest for {ago(oldest)}")
    if completeness.inbox_dead:
        dead = completeness.inbox_dead
        reasons.append(f"{dead:,} batch{'es' if dead != 1 else ''} could not be counted and wait for a person")
    age = int(oldest) if waits and oldest is not None else 0
    return Fresh(now - timedelta(seconds=age), age, bool(reasons), "; ".join(reasons))


def tag(asked: Filters, data_version: int, state: Fresh, now: datetime) -> str:
    """An entity tag: the same as long as the page would show the same.

    Besides the data that is the question, its days, the running hour, and what waits; while figures are late the page
    says for how long, so that it never stays the same.
    """
    moment = now.isoformat() if state.late else f"{now:%Y-%m-%d %H}"
    shown = (asked.query, repr(asked.scope), data_version, DEFINITION_VERSION, moment)
    return f'"{hashlib.sha256(repr(shown).encode()).hexdigest()[:24]}"'

"""What is still to come of each source, as `analytics.arriving` knows it, for who may see counts of every type."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from .. import arriving
from ..allowed import Allowed
from ..event_types import EventType
from .kinds import types_seen


@dataclass(frozen=True, slots=True)
class Coming:
    """One source: `curve` of (hours after the end of an hour, share of its events that is usually here by then)."""

    curve: tuple[tuple[int, float], ...]
    still_to_come: int | None
    of_day: float | None

    def hours_until(self, share: float) -> int | None:
        """After how many hours so much is usually here; None where that is beyond what is known."""
        return next((hours for hours, here in self.curve if here >= share), None)


def by_source(now: datetime, allowed: Allowed) -> Mapping[int, Coming]:
    """By source id; none for who may not see all types, since they are not told apart here."""
    if len(types_seen(allowed)) < len(EventType):
        return {}
    known = arriving.by_source(now)
    return {source: Coming(one.usual, one.still_to_come, one.of_day) for source, one in known.items()}

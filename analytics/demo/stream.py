"""Where the events of the demo gather, as the door takes them."""

from datetime import datetime
from typing import Any

from .people import Person
from .period import Period

Event = dict[str, Any]


class Stream:
    """Events in the order of their making. Ids depend on that order alone, so that they hold whatever is cut later."""

    def __init__(self, tag: str, period: Period) -> None:
        self._tag = tag
        self._period = period
        self._end = period.end
        self._made = 0
        self._events: list[tuple[int, int, Event]] = []

    def add(self, moment: int, kind: str, person: Person, campaign: str = "", **more: object) -> None:
        """One event; what would happen after the period is left out."""
        self._made += 1
        if moment >= self._end:
            return
        event: Event = {
            "event_id": f"{self._tag}-{self._made}",
            "type": kind,
            "occurred_at": self._period.at(moment).isoformat(),
            "contact": person.contact,
            **more,
        }
        if campaign:
            event["campaign"] = campaign
        self._events.append((moment, self._made, event))

    def until(self, now: datetime) -> list[Event]:
        """Everything that has happened by now, in the order in which it did."""
        last = self._period.moment(now)
        return [event for moment, _, event in sorted(self._events, key=lambda made: made[:2]) if moment <= last]

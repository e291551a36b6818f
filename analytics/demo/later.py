"""The days after a demo was filled in. Pure.

On each happens what happens on the last day of a demo that ends with it, under the campaigns that are there; on the day
of the filling that is just what it would have gone on with. Orders of such a day have numbers of their own, and nobody
gives back what was bought in another demo.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from .books import Cost, part
from .past import mended
from .stream import Event
from .world import DEFAULT_SEED, DEFAULT_SIZE, generate, tag_of

DAY = timedelta(days=1)
LONGEST = 400  # days that a demo goes on


@dataclass(frozen=True, slots=True)
class Day:
    """All that happens on a day, in order, and what it costs as a whole."""

    begins: datetime
    events: tuple[Event, ...]
    costs: tuple[Cost, ...]

    def between(self, since: datetime, until: datetime) -> list[Event]:
        """The events of `(since, until]`."""
        return [event for event in self.events if since < datetime.fromisoformat(event["occurred_at"]) <= until]

    def costs_by(self, at: datetime) -> list[Cost]:
        return [part(cost, min(1.0, (at - self.begins) / DAY)) for cost in self.costs]


def tag_by(day: date) -> str:
    """That of the demo that an empty installation is filled with on a day."""
    return tag_of(DEFAULT_SIZE, DEFAULT_SEED, day, mended(DEFAULT_SIZE, day))


def newest(tags: Iterable[str], day: date) -> str | None:
    """Which of the tags is of such a demo, the latest of those that go on."""
    known = set(tags)
    return next((tag for back in range(LONGEST) if (tag := tag_by(day - back * DAY)) in known), None)


@lru_cache(maxsize=1)
def day_of(day: date, tag: str, currency: str) -> Day:
    """A day of the demo with this tag; the last one asked for is kept, for it is asked for again in minutes."""
    begins, own = datetime.combine(day, time(), UTC), tag_by(day)
    world = generate(
        DEFAULT_SIZE, seed=DEFAULT_SEED, until=day, now=begins + DAY, currency=currency,
        changes=mended(DEFAULT_SIZE, day),
    )  # fmt: skip
    today = (event for event in world.events if event["occurred_at"] >= begins.isoformat())
    events = [event if own == tag else _elsewhere(event, own, tag, day) for event in today]
    costs = [
        cost | {"campaign": cost["campaign"].replace(own, tag, 1)}
        for cost in world.costs
        if cost["date"] == day.isoformat()
    ]
    return Day(begins, tuple(event for event in events if own == tag or event["type"] != "refunded"), tuple(costs))


def _elsewhere(event: Event, own: str, tag: str, day: date) -> Event:
    """An event of the demo `own` as one of the demo `tag`."""
    moved = dict(event)
    if "campaign" in event:
        moved["campaign"] = event["campaign"].replace(own, tag, 1)
    if "order" in event:
        moved["order"] = f"{event['order']}-{day:%y%m%d}"
    return moved

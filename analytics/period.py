"""A stretch of days, for commands that go through kept events."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `start` to before `end`; None is open."""

    start: date | None = None
    end: date | None = None

    def bounds(self, time_zone: str) -> dict[str, Any]:
        """Its instants as `starts_at` and `ends_at`, with the days cut in that zone; None where it is open."""
        return {"starts_at": _midnight(self.start, time_zone), "ends_at": _midnight(self.end, time_zone)}


EVER = Period()


def _midnight(day: date | None, time_zone: str) -> datetime | None:
    return None if day is None else datetime.combine(day, time.min, ZoneInfo(time_zone))

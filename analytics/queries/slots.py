"""The slots of a period, empty ones too. Pure."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ..scope import Grain, Scope

Moment = date | datetime


@dataclass(frozen=True, slots=True)
class Slot:
    """`[start, end)`: whole weeks and months, even where the period cuts them (`partial`)."""

    start: Moment
    end: Moment
    partial: bool


def slots(scope: Scope, *, now: datetime) -> tuple[Slot, ...]:
    """Every slot of the scope's grain that its period touches: dates, or hours as datetimes of the reporting zone."""
    if scope.grain is Grain.HOUR:
        return _hours(scope, now)
    today = scope.today(now)
    found = []
    start = _floor(scope.start, scope.grain)
    while start < scope.end:
        end = _next(start, scope.grain)
        found.append(Slot(start, end, start < scope.start or end > scope.end or end > today))
        start = end
    return tuple(found)


def place(starts: Sequence[Moment], moment: Moment) -> int:
    """The index of the slot that a moment falls into; the first or last one for what lies outside.

    A moment outside comes from a compared period of another length (29 February), or an hour that a clock change skips.
    """
    return max(0, bisect_right(starts, moment) - 1)


def _hours(scope: Scope, now: datetime) -> tuple[Slot, ...]:
    """Counted in UTC, so that a day of a clock change has its 23 or 25 hours."""
    zone = ZoneInfo(scope.time_zone)
    start = datetime.combine(scope.start, time.min, zone).astimezone(UTC)
    end = datetime.combine(scope.end, time.min, zone).astimezone(UTC)
    hour = timedelta(hours=1)
    starts = [start + hour * index for index in range(-(-(end - start) // hour))]
    return tuple(Slot(at.astimezone(zone), (at + hour).astimezone(zone), at + hour > now) for at in starts)


def _floor(day: date, grain: Grain) -> date:
    if grain is Grain.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if grain is Grain.MONTH else day


def _next(day: date, grain: Grain) -> date:
    if grain is Grain.MONTH:
        return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return day + timedelta(days=7 if grain is Grain.WEEK else 1)

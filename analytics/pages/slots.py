"""The slots of a series as pages show them. Pure."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from ..catalogue import Value
from ..clock import time_of_day
from ..queries.answers import Timeseries
from ..scope import Grain

Moment = date | datetime
TIME_FORMATS: dict[Grain, tuple[str, str]] = {  # d3's, for the axis and for a hover
    Grain.HOUR: ("%H:%M", "%-d %b, %H:%M"),
    Grain.DAY: ("%-d %b", "%-d %b %Y"),
    Grain.WEEK: ("%-d %b", "week of %-d %b %Y"),
    Grain.MONTH: ("%b %Y", "%b %Y"),
}


def values_of(series: Timeseries, name: str, *, now: datetime) -> list[Value]:
    """A metric's value in each slot; unknown in those not begun, where a sum would say that nothing happened."""
    present = _present(series, now)
    return [point.values[name] if point.start <= present(point.start) else None for point in series.points]


def running(series: Timeseries, *, now: datetime) -> list[bool]:
    """Which slot is begun and not over, if any."""
    present = _present(series, now)
    return [point.start <= present(point.start) < point.end for point in series.points]


def _present(series: Timeseries, now: datetime) -> Callable[[Moment], Any]:
    """Now, as a moment like the given one: an instant, or the reporting zone's day."""
    today = series.meta.scope.today(now)
    return lambda moment: now if isinstance(moment, datetime) else today


def slot_label(start: date | datetime, grain: Grain) -> str:
    if grain is Grain.MONTH:
        return f"{start:%b %Y}"
    if isinstance(start, datetime):
        return f"{start.day} {start:%b}, {time_of_day(start)}"
    day = f"{start.day} {start:%b %Y}"
    return f"week of {day}" if grain is Grain.WEEK else day

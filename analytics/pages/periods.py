"""The periods that a page offers, one visible table. Pure; a period is days `[start, end)` of the reporting zone."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from ..scope import Period

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Choice:
    name: str  # as in the URL
    label: str
    days: Callable[[date], Period]  # from today's date


def _last(count: int) -> Callable[[date], Period]:
    """So many days, the running one included."""
    return lambda today: Period(today + DAY - timedelta(days=count), today + DAY)


def _this_month(today: date) -> Period:
    return Period(today.replace(day=1), today + DAY)


def _last_month(today: date) -> Period:
    end = today.replace(day=1)
    return Period((end - DAY).replace(day=1), end)


CHOICES: tuple[Choice, ...] = (
    Choice("today", "Today", _last(1)),
    Choice("7d", "Last 7 days", _last(7)),
    Choice("30d", "Last 30 days", _last(30)),
    Choice("90d", "Last 90 days", _last(90)),
    Choice("month", "This month", _this_month),
    Choice("last_month", "Last month", _last_month),
    Choice("custom", "From … to …", _last(30)),  # until both dates are given
)
BY_NAME: dict[str, Choice] = {choice.name: choice for choice in CHOICES}

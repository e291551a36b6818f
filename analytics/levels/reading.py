"""How every objective stands now."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection

from analytics import sql

from .counts import MINUTE, Counted, begin
from .judging import Level, judge, judge_minutes
from .objectives import COARSE, OBJECTIVES, WINDOWS, Objective, Series, steps

Steps = dict[tuple[str, str], Counted]  # by window and series


def levels(now: datetime) -> tuple[tuple[Level, ...], ...]:
    """For each objective its level over each window up to `now`, in the order of the tables. Three queries."""
    counted, minutes, waiting = _counted(now), _minutes(now), _waiting(now)

    def level(objective: Objective, window: str) -> Level:
        if objective.series is Series.UP:
            return judge_minutes(objective, *minutes.get(window, (0, 0)))
        found = counted.get((window, objective.series)) or _nothing(objective.series)
        if objective.series is Series.VISIBLE and objective.within is not None:
            found += late(waiting, objective.within)
        return judge(objective, found)

    return tuple(tuple(level(objective, window.name) for window in WINDOWS) for objective in OBJECTIVES)


def late(waiting: Mapping[int, int], within: float) -> Counted:
    """Events that wait for longer than the bound: that they are late is known before they are counted.

    `waiting` is how many wait, by the number of steps whose ends their age has passed. Pure.
    """
    found = _nothing(Series.VISIBLE)
    for passed, events in waiting.items():
        if passed > steps(Series.VISIBLE).index(within):
            found.counts[passed] = events
    return found


def _nothing(series: Series) -> Counted:
    return Counted([0] * (len(steps(series)) + 1))


def _counted(now: datetime) -> Steps:
    asked = {
        "names": [window.name for window in WINDOWS],
        "widths": [window.slot.total_seconds() for window in WINDOWS],
        "sinces": [begin(now - window.span, window.slot) for window in WINDOWS],
        "series": [series.value for series in Series if series is not Series.UP],
    }
    found: Steps = {}
    for window, name, counts, bad in _rows("levels/counted", asked):
        series = Series(name)
        found[window, series] = Counted([int(count) for count in counts[: len(steps(series)) + 1]], int(bad))
    return found


def _minutes(now: datetime) -> dict[str, tuple[int, int]]:
    until = begin(now, MINUTE)
    asked = {
        "names": [window.name for window in WINDOWS],
        "sinces": [until - window.span for window in WINDOWS],
        "until": until,
        "up": Series.UP,
        "width": COARSE.total_seconds(),
    }
    return {window: (served, known) for window, served, known in _rows("levels/minutes", asked)}


def _waiting(now: datetime) -> dict[int, int]:
    return dict(_rows("levels/waiting", {"now": now, "bounds": list(steps(Series.VISIBLE))}))


def _rows(name: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql.load(name), values)
        return cursor.fetchall()

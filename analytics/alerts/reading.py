"""The hours that are judged, out of the database: the totals by the date of the event, and readings of the spend."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from django.db import connection

from analytics import sql

from ..channels import CHANNELS
from ..models import SpendReading
from ..models.totals import Basis
from .usual import Array
from .watched import HOUR, METRICS, OVERALL, PAST, WEEKS
from .window import Window

SCOPES: tuple[str, ...] = (OVERALL, *(channel.name for channel in CHANNELS))
PLACES = {scope: place for place, scope in enumerate(SCOPES)}
BY_HOUR = tuple(metric for metric in METRICS if metric != "cost")


def floor(at: datetime, zone: ZoneInfo) -> datetime:
    """The beginning of the running hour of the zone's clock."""
    return at - timedelta(minutes=at.astimezone(zone).minute, seconds=at.second, microseconds=at.microsecond)


def window(start: datetime, end: datetime, zone: ZoneInfo) -> Window:
    """The hours `[start, end)` with all that they are compared with; both are whole hours of the zone."""
    first = floor(start - PAST - HOUR, zone)
    hours = int((end - first) / HOUR)
    values = {metric: np.zeros((len(SCOPES), hours)) for metric in BY_HOUR}
    for row in rows("hours", {"event": Basis.EVENT.value, "start": first, "end": end}):
        place = int((row["hour"] - first) / HOUR)
        for metric in BY_HOUR:
            _add(values[metric], row["channel"], place, row[metric])
    begins = rows("begins", {"event": Basis.EVENT.value})[0]["hour"] or end
    for metric in BY_HOUR:
        values[metric][:, : max(0, int((begins - first) / HOUR))] = np.nan
    return Window(first, zone, SCOPES, values | {"cost": _spend(first, hours, zone)})


def days_of_cost(day: date, zone: ZoneInfo) -> Window:
    """What a day cost and what the same weekday did in past weeks: as if each day were the hour in which it begins."""
    days = [day - timedelta(weeks=weeks) for weeks in range(WEEKS + 1)]
    midnights = [datetime.combine(each, datetime.min.time(), zone).astimezone(ZoneInfo("UTC")) for each in days]
    first = midnights[-1]
    places = {each: int((midnight - first) / HOUR) for each, midnight in zip(days, midnights, strict=True)}
    values = np.full((len(SCOPES), places[day] + 1), np.nan)
    begins = rows("begins", {"event": Basis.EVENT.value})[0]["day"]
    values[:, [place for each, place in places.items() if begins and begins <= each]] = 0
    for row in rows("cost_days", {"event": Basis.EVENT.value, "days": days}):
        _add(values, row["channel"], places[row["day"]], row["cost"])
    return Window(first, zone, SCOPES, {"cost": values})


def rows(name: str, params: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of `sql/alerts/<name>.sql`."""
    with connection.cursor() as cursor:
        cursor.execute(sql.load(f"alerts/{name}"), params)
        columns = [column.name for column in cursor.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def _add(values: Array, channel: str | None, place: int, amount: Any) -> None:
    values[0, place] += float(amount)
    if channel in PLACES:
        values[PLACES[channel], place] += float(amount)


def _spend(first: datetime, hours: int, zone: ZoneInfo) -> Array:
    """Spend by the hour: from reading to reading of a day; NaN for an hour that was not read, or after one."""
    read: dict[int, dict[str, float]] = {}
    end = first + hours * HOUR
    found = SpendReading.objects.filter(hour__gte=first, hour__lt=end).values_list("hour", "channel", "spent")
    for hour, channel, spent in found:
        read.setdefault(int((hour - first) / HOUR), {})[channel] = float(spent)
    values = np.full((len(SCOPES), hours), np.nan)
    for place, now in read.items():
        begins = first + place * HOUR
        new_day = begins.astimezone(zone).date() != (begins - HOUR).astimezone(zone).date()
        before = {} if new_day else read.get(place - 1)
        if before is not None:
            values[:, place] = [max(now.get(scope, 0.0) - before.get(scope, 0.0), 0.0) for scope in SCOPES]
    return values

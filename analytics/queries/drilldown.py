"""A campaign's period slot by slot: its months, its days, and the hours of one."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ..catalogue import NAMES
from ..scope import Grain, Period, Scope
from . import kpis
from .answers import Drilldown
from .campaign import campaign_of
from .details import of_campaign
from .running import bound, rows


def days(scope: Scope, pk: int, metrics: tuple[str, ...] = NAMES, *, now: datetime) -> Drilldown:
    """Every day of the scope's period, empty ones too. Raises `NoCampaignError`."""
    campaign = campaign_of(pk)
    scope = replace(of_campaign(scope, campaign), grain=Grain.DAY)
    return Drilldown(campaign, kpis.timeseries(scope, metrics, now=now))


def months(scope: Scope, pk: int, metrics: tuple[str, ...] = NAMES, *, now: datetime) -> Drilldown:
    """Every month that the period touches, cut by the period as its figures are. Raises `NoCampaignError`."""
    campaign = campaign_of(pk)
    series = kpis.timeseries(replace(of_campaign(scope, campaign), grain=Grain.MONTH), metrics, now=now)
    period: tuple[Any, Any] = (scope.start, scope.end)
    points = tuple(
        replace(point, start=max(point.start, period[0]), end=min(point.end, period[1])) for point in series.points
    )
    return Drilldown(campaign, replace(series, points=points))


def hours(
    scope: Scope, pk: int, metrics: tuple[str, ...] = NAMES, *, day: date | None = None, now: datetime
) -> Drilldown:
    """Every hour of `day`: 24, or 23 and 25 at clock changes. By default of the last day on which the campaign has
    events in the scope's basis, else of today. Raises `NoCampaignError`.
    """
    campaign = campaign_of(pk)
    day = day or _last_day(scope, pk) or scope.today(now)
    period = Period(day, day + timedelta(days=1))
    scope = replace(of_campaign(scope, campaign), period=period, grain=Grain.HOUR)
    return Drilldown(campaign, kpis.timeseries(scope, metrics, now=now))


def _last_day(scope: Scope, pk: int) -> date | None:
    found = rows("last_hour", {"basis": bound(replace(scope, campaigns=()))["basis"], "campaign": pk})
    hour: datetime | None = found[0]["hour"] if found else None
    return None if hour is None else hour.astimezone(ZoneInfo(scope.time_zone)).date()

"""Answers of the query layer as JSON: counts are integers, money is a string, ratios are numbers, unknown is null."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from ..catalogue import DEFINITION_VERSION, Metric, Value
from ..models import Campaign
from ..queries.answers import (
    BestHour,
    Comparison,
    Completeness,
    Details,
    Drilldown,
    Freshness,
    Funnel,
    Kpi,
    Kpis,
    Medians,
    Meta,
    Pacing,
    Point,
    Timeseries,
    ViewFreshness,
)
from ..queries.ranking import Ranked, Ranking
from ..scope import Period, Scope

Json = dict[str, Any]


def kpis(answer: Kpis) -> Json:
    return {
        "metrics": {name: _kpi(kpi, answer) for name, kpi in answer.figures.items()},
        **({"comparison": _comparison(answer.comparison)} if answer.partly_compared else {}),
        "last_refreshed_at": instant(answer.meta.last_refreshed_at),
        "meta": meta(answer.meta),
    }


def timeseries(answer: Timeseries) -> Json:
    return {
        "grain": answer.meta.scope.grain.value,
        "points": [_point(point) for point in answer.points],
        "last_refreshed_at": instant(answer.meta.last_refreshed_at),
        "meta": meta(answer.meta),
    }


def funnel(answer: Funnel) -> Json:
    found: Json = {
        "steps": [asdict(step) for step in answer.steps],
        "conversions_without_click": answer.converted_without_click,
    }
    if answer.meta is None:
        return found
    return found | {"last_refreshed_at": instant(answer.meta.last_refreshed_at), "meta": meta(answer.meta)}


def details(answer: Details) -> Json:
    return {
        "campaign": _campaign(answer.campaign),
        "metrics": {
            name: _kpi(kpi, answer.kpis) | {"median": value(answer.medians.values[name])}
            for name, kpi in answer.kpis.figures.items()
        },
        **({"comparison": _comparison(answer.kpis.comparison)} if answer.kpis.partly_compared else {}),
        "median_of": _median_of(answer.campaign, answer.medians),
        "trend": [_point(point) for point in answer.trend.points],
        "funnel": funnel(answer.funnel),
        "pacing": None if answer.pacing is None else _pacing(answer.pacing),
        "best_hour": None if answer.best_hour is None else _best_hour(answer.best_hour),
        "machine": asdict(answer.machine),
        "last_refreshed_at": instant(answer.meta.last_refreshed_at),
        "meta": meta(answer.meta),
    }


def drilldown(answer: Drilldown) -> Json:
    return {
        "results": [_point(point) for point in answer.series.points],
        "next": None,
        "count": len(answer.series.points),
        "last_refreshed_at": instant(answer.series.meta.last_refreshed_at),
        "meta": meta(answer.series.meta),
    }


def ranking(answer: Ranking, address: str) -> Json:
    """`address` is that of every page, but for the cursor."""
    return {
        "columns": list(answer.metrics),
        "ordering": answer.ordering,
        "results": [_ranked(row) for row in answer.rows],
        "unattributed": None if answer.unattributed is None else {"metrics": values(answer.unattributed)},
        "total": {"metrics": values(answer.total)},
        "count": answer.count,
        "position": answer.position,
        "next": _page(address, answer.next),
        "previous": _page(address, answer.previous),
        "last_refreshed_at": instant(answer.meta.last_refreshed_at),
        "meta": meta(answer.meta),
    }


def freshness(answer: Freshness) -> Json:
    return {
        "last_refreshed_at": instant(answer.last_refreshed_at),
        "seconds_since_refresh": answer.seconds_since_refresh,
        "data_version": answer.data_version,
        "definition_version": DEFINITION_VERSION,
        "completeness": _completeness(answer.completeness),
        "views": [_view(view) for view in answer.views],
    }


def metric(row: Metric) -> Json:
    """One row of the catalogue."""
    return {
        "name": row.name,
        "label": row.label,
        "unit": row.unit.value,
        "percent": row.percent,
        "better": row.better.value,
        "definition": row.definition,
        "formula": row.formula,
        "additive": row.additive,
    }


def meta(answer: Meta) -> Json:
    scope = answer.scope
    return {
        "scope": _scope(scope),
        "basis": scope.basis.value,
        "time_zone": scope.time_zone,
        "currency": scope.currency,
        "not_shown": list(scope.allowed.closed),
        "definition_version": answer.definition_version,
        "data_version": answer.data_version,
        "computed_at": instant(answer.computed_at),
        "completeness": _completeness(answer.completeness) | _arrived(answer.completeness),
        "warnings": list(answer.warnings),
    }


def values(found: Mapping[str, Value]) -> Json:
    return {name: value(each) for name, each in found.items()}


def value(figure: Value) -> int | float | str | None:
    return f"{figure:f}" if isinstance(figure, Decimal) else figure


def instant(moment: datetime | None) -> str | None:
    """UTC, to the millisecond, with a Z."""
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _kpi(kpi: Kpi, answer: Kpis) -> Json:
    found: Json = {"value": value(kpi.value)}
    if answer.meta.scope.compared:
        found |= {"previous": value(kpi.previous), "change": kpi.change}
    return found | {"comparable": value(kpi.comparable)} if answer.partly_compared else found


def _campaign(campaign: Campaign) -> Json:
    return {
        "id": campaign.pk,
        "external_id": campaign.external_id,
        "name": campaign.name,
        "channel": campaign.channel,
        "status": campaign.status,
        "tags": list(campaign.tags),
        "starts_at": instant(campaign.starts_at),
        "ends_at": instant(campaign.ends_at),
    }


def _ranked(row: Ranked) -> Json:
    return {
        "id": row.pk,
        "external_id": row.external_id,
        "name": row.name,
        "channel": row.channel,
        "status": row.status,
        "tags": list(row.tags),
        "metrics": values(row.values),
    }


def _page(address: str, cursor: str) -> str | None:
    return f"{address}&cursor={cursor}" if cursor else None


def _median_of(campaign: Campaign, answer: Medians) -> Json:
    return {"channel": campaign.channel, "campaigns": answer.campaigns}


def _pacing(answer: Pacing) -> Json:
    return {
        "budget": value(answer.budget),
        "currency": answer.currency,
        "budget_value": value(answer.worth),
        "rate_day": None if answer.rate_day is None else answer.rate_day.isoformat(),
        "spent": value(answer.spent),
        "spent_share": answer.spent_share,
        "unconverted_costs": answer.unconverted,
        "last_cost_on": None if answer.last_cost_on is None else answer.last_cost_on.isoformat(),
        "time_gone": answer.time_gone,
        "expected": value(answer.expected),
        "projected": value(answer.projected),
        "pace": answer.pace,
        "unknown": list(answer.unknown),
    }


def _best_hour(answer: BestHour) -> Json:
    return {
        "metric": answer.metric,
        "basis": "event",
        "hour": answer.hour,
        "value": answer.value,
        "stands_on": answer.stands_on,
        "unknown": answer.unknown,
        "hours": [asdict(each) for each in answer.hours],
    }


def _comparison(answer: Comparison | None) -> Json | None:
    return None if answer is None else {"days": _period(answer.days), "against": _period(answer.against)}


def _point(point: Point) -> Json:
    found: Json = {
        "start": _slot(point.start),
        "end": _slot(point.end),
        "partial": point.partial,
        "metrics": values(point.values),
    }
    return found if point.previous is None else found | {"previous": values(point.previous)}


def _slot(moment: date | datetime) -> str:
    return moment.isoformat()


def _scope(scope: Scope) -> Json:
    return {
        **_period(scope.period),
        "compare": scope.compare.value,
        "compared": None if scope.compared is None else _period(scope.compared),
        "channels": list(scope.channels),
        "campaigns": list(scope.campaigns),
        "statuses": list(scope.statuses),
        "tags": list(scope.tags),
        "search": scope.search,
        "grain": scope.grain.value,
    }


def _period(period: Period) -> Json:
    return {"start": period.start.isoformat(), "end": period.end.isoformat()}


def _completeness(answer: Completeness) -> Json:
    return {
        "inbox_waiting": answer.inbox_waiting,
        "inbox_waiting_rows": answer.inbox_waiting_rows,
        "inbox_dead": answer.inbox_dead,
        "oldest_waiting_seconds": answer.oldest_waiting_seconds,
        "last_event_at": instant(answer.last_event_at),
    }


def _arrived(answer: Completeness) -> Json:
    return {
        "arrived": answer.arrived,
        "arrived_conversions": answer.arrived_conversions,
        "still_to_come": answer.still_to_come,
        "missing_costs": [{"source": source, "day": day.isoformat()} for source, day in answer.missing_costs],
    }


def _view(view: ViewFreshness) -> Json:
    return {
        "name": view.name,
        "refreshed_at": instant(view.refreshed_at),
        "data_version": view.data_version,
        "seconds": view.seconds,
        "current": view.current,
        "behind_seconds": view.behind_seconds,
    }

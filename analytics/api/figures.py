"""Answers of the query layer as JSON: counts are integers, money is a string, ratios are numbers, unknown is null."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from ..catalogue import DEFINITION_VERSION, Metric, Value
from ..queries.answers import Comparison, Completeness, Freshness, Kpi, Kpis, Meta, Point, Timeseries, ViewFreshness
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
        "definition_version": answer.definition_version,
        "data_version": answer.data_version,
        "computed_at": instant(answer.computed_at),
        "completeness": _completeness(answer.completeness),
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


def _view(view: ViewFreshness) -> Json:
    return {
        "name": view.name,
        "refreshed_at": instant(view.refreshed_at),
        "data_version": view.data_version,
        "seconds": view.seconds,
        "current": view.current,
    }

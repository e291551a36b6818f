"""The trend: one metric slot by slot, as a chart and as its table. Pure."""

from dataclasses import dataclass
from datetime import date, datetime

from .. import charts
from ..catalogue import BY_NAME, Value
from ..presentation import UNKNOWN, figure
from ..queries.answers import Point, Timeseries
from ..scope import Compare, Grain, Scope
from .tiles import TILES

LABELS: dict[str, str] = {row.metric: row.label for row in TILES}


@dataclass(frozen=True, slots=True)
class TrendRow:
    slot: str
    value: str
    previous: str
    partial: bool


@dataclass(frozen=True, slots=True)
class Trend:
    name: str
    label: str
    grain: str
    figure: charts.Figure
    rows: tuple[TrendRow, ...]
    compared: bool
    known: bool  # whether any slot has a value


def label_of(metric: str) -> str:
    """What a page calls a metric; a tile's name goes before the catalogue's."""
    return LABELS.get(metric, BY_NAME[metric].label)


def trend(series: Timeseries, name: str) -> Trend:
    scope = series.meta.scope
    metric = BY_NAME[name]
    now = [_point(point, point.values[name], name, scope) for point in series.points]
    prior = [_prior(point, name, scope) for point in series.points if point.previous is not None]
    return Trend(
        name=name,
        label=label_of(name),
        grain=scope.grain.value,
        figure=charts.trend(now, prior, metric, scope.currency),
        rows=tuple(_row(point, name, scope) for point in series.points),
        compared=bool(prior),
        known=any(point.value is not None for point in (*now, *prior)),
    )


def _point(point: Point, value: Value, name: str, scope: Scope) -> charts.Point:
    label = slot_label(point.start, scope.grain) + (" (not over)" if point.partial else "")
    return charts.Point(point.start, label, value, figure(value, BY_NAME[name], scope.currency))


def _prior(point: Point, name: str, scope: Scope) -> charts.Point:
    value = (point.previous or {}).get(name)
    label = "a year before" if scope.compare is Compare.LAST_YEAR else "prior period"
    return charts.Point(point.start, label, value, figure(value, BY_NAME[name], scope.currency))


def _row(point: Point, name: str, scope: Scope) -> TrendRow:
    metric = BY_NAME[name]
    return TrendRow(
        slot=slot_label(point.start, scope.grain),
        value=figure(point.values[name], metric, scope.currency),
        previous=UNKNOWN if point.previous is None else figure(point.previous[name], metric, scope.currency),
        partial=point.partial,
    )


def slot_label(start: date | datetime, grain: Grain) -> str:
    if grain is Grain.MONTH:
        return f"{start:%b %Y}"
    if isinstance(start, datetime):
        return f"{start.day} {start:%b, %H:%M}"
    day = f"{start.day} {start:%b %Y}"
    return f"week of {day}" if grain is Grain.WEEK else day

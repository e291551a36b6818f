"""The trend: one metric slot by slot, as a chart and as its table. Pure."""

from dataclasses import dataclass
from datetime import datetime

from .. import charts
from ..catalogue import BY_NAME, Metric, Value
from ..presentation import figure
from ..queries.answers import Point, Timeseries
from ..scope import Compare, Grain, Scope
from .labels import label_of
from .links import Receipts
from .slots import TIME_FORMATS, running, slot_label, values_of


@dataclass(frozen=True, slots=True)
class TrendRow:
    slot: str
    value: str
    previous: str
    running: bool


@dataclass(frozen=True, slots=True)
class Trend:
    name: str
    label: str
    grain: str
    figure: charts.Figure
    rows: tuple[TrendRow, ...]
    compared: bool
    known: bool  # whether any slot has a value
    flat: bool  # whether every value is nought
    day_only: bool  # whether it is asked by the hour and known by the day


def trend(series: Timeseries, name: str, sources: Receipts, *, now: datetime) -> Trend:
    """The chart and its table; each slot's figures lead to `sources`."""
    scope = series.meta.scope
    metric = BY_NAME[name]
    values = values_of(series, name, now=now)
    unfinished = running(series, now=now)
    this = [
        charts.Point(point.start, value, figure(value, metric, scope.currency) + (" so far" if runs else ""), runs)
        for point, value, runs in zip(series.points, values, unfinished, strict=True)
    ]
    prior = [_prior(point, metric, scope) for point in series.points if point.previous is not None]
    return Trend(
        name=name,
        label=label_of(name),
        grain=scope.grain.value,
        figure=charts.trend(this, prior, metric, scope.currency, _words(scope)),
        rows=tuple(
            _row(point, value, runs, metric, scope, sources)
            for point, value, runs in zip(series.points, values, unfinished, strict=True)
        ),
        compared=bool(prior),
        known=any(point.value is not None for point in (*this, *prior)),
        day_only=scope.grain is Grain.HOUR and not metric.has_hours,
        flat=not any(point.value for point in (*this, *prior)),
    )


def _prior(point: Point, metric: Metric, scope: Scope) -> charts.Point:
    value = (point.previous or {}).get(metric.name)
    return charts.Point(point.start, value, figure(value, metric, scope.currency))


def _words(scope: Scope) -> charts.Words:
    tick, hover = TIME_FORMATS[scope.grain]
    prior = "a year before" if scope.compare is Compare.LAST_YEAR else "prior period"
    return charts.Words(prior=prior, tick=tick, hover=hover)


def _row(point: Point, value: Value, runs: bool, metric: Metric, scope: Scope, sources: Receipts) -> TrendRow:
    previous = (point.previous or {}).get(metric.name)
    shown = figure(value, metric, scope.currency)
    source, before = sources.of_slot(point), sources.before_slot(point)
    return TrendRow(
        slot=slot_label(point.start, scope.grain),
        value=source.figure(shown, metric.name) if value == point.values[metric.name] else shown,  # not begun yet
        previous=before.figure(figure(previous, metric, scope.currency), metric.name),
        running=runs,
    )

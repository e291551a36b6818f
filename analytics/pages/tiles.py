"""Tiles: which figures, and how each is shown. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from .. import charts, presentation
from ..catalogue import BY_NAME, Value
from ..queries.answers import Kpi, Kpis, Timeseries, Values
from ..scope import Compare
from .labels import label_of
from .links import Receipts
from .slots import running, values_of

TILES: tuple[str, ...] = ("net_revenue", "roas", "cost", "open_rate", "click_rate", "conversion_rate")
AD_TILES: tuple[str, ...] = (*TILES[:3], "clicks", "cpc", TILES[-1])  # of what delivers nothing, so has no opens
VERSUS: dict[Compare, str] = {Compare.PREVIOUS: "vs prior", Compare.LAST_YEAR: "vs last year"}


@dataclass(frozen=True, slots=True)
class Tile:
    name: str
    label: str
    value: str
    exact: str
    change: presentation.Change | None  # None without a comparison
    versus: str  # what the change is from, in a word
    spark: charts.Sparkline | None
    receipt: str  # its address
    median: "Median | None" = None  # None where there is nothing to set it against


@dataclass(frozen=True, slots=True)
class Median:
    """How a figure stands to the median of its like."""

    text: str
    change: presentation.Change


def tiles(
    kpis: Kpis,
    series: Timeseries,
    sources: Receipts,
    *,
    now: datetime,
    names: Sequence[str] = TILES,
    medians: Values | None = None,
) -> Sequence[Tile]:
    """`medians` by metric, for figures that are set against their like."""
    versus = VERSUS[kpis.meta.scope.compare] if kpis.comparison else ""
    currency = kpis.meta.scope.currency
    return [
        Tile(
            name=name,
            label=label_of(name),
            value=presentation.figure(kpis.figures[name].value, BY_NAME[name], currency),
            exact=_exact(kpis.figures[name].value),
            change=_change(kpis.figures[name], kpis),
            versus=versus,
            spark=charts.sparkline(_over(series, name, now)),
            receipt=sources.address(name),
            median=None if medians is None else _median(kpis.figures[name], medians[name], currency),
        )
        for name in names
    ]


def _median(kpi: Kpi, median: Value, currency: str) -> Median:
    text = presentation.figure(median, kpi.metric, currency)
    return Median(text, presentation.change(kpi.value, median, kpi.metric))


def _over(series: Timeseries, metric: str, now: datetime) -> list[Value]:
    """The slots that are over: a running one would always look like a fall, and those to come have no shape yet."""
    unfinished = running(series, now=now)
    return values_of(series, metric, now=now)[: unfinished.index(True) if True in unfinished else None]


def _change(kpi: Kpi, kpis: Kpis) -> presentation.Change | None:
    if kpis.meta.scope.compared is None:
        return None
    if kpis.comparison is None:
        return presentation.RUNNING
    return presentation.change(kpi.comparable, kpi.previous, kpi.metric)


def _exact(value: Value) -> str:
    """As the API writes it; empty when unknown."""
    return "" if value is None else str(value)

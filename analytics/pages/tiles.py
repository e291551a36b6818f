"""Tiles: which figures, and how each is shown. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from .. import charts, presentation
from ..catalogue import BY_NAME, Value
from ..queries.answers import Kpi, Kpis, Timeseries, Values
from ..scope import Compare
from .filters import Filters
from .links import kpi_api
from .receipts import Receipt, receipt
from .slots import running, values_of


@dataclass(frozen=True, slots=True)
class TileRow:
    metric: str
    label: str


TILES: tuple[TileRow, ...] = (
    TileRow("net_revenue", "Net revenue"),
    TileRow("roas", "ROAS"),
    TileRow("cost", "Spend"),
    TileRow("open_rate", "Open rate"),
    TileRow("click_rate", "Click rate"),
    TileRow("conversion_rate", "Conversion rate"),
)
VERSUS: dict[Compare, str] = {Compare.PREVIOUS: "vs prior", Compare.LAST_YEAR: "vs last year"}
METRICS: tuple[str, ...] = tuple(row.metric for row in TILES)
AD_TILES: tuple[TileRow, ...] = (
    *TILES[:3],
    TileRow("clicks", "Clicks"),
    TileRow("cpc", "Cost per click"),
    TILES[-1],
)  # of a campaign that delivers nothing, so has no opens to count


@dataclass(frozen=True, slots=True)
class Tile:
    name: str
    label: str
    value: str
    exact: str
    change: presentation.Change | None  # None without a comparison
    versus: str  # what the change is from, in a word
    spark: charts.Sparkline | None
    receipt: Receipt
    median: "Median | None" = None  # None where there is nothing to set it against


@dataclass(frozen=True, slots=True)
class Median:
    """How a figure stands to the median of its like."""

    text: str
    change: presentation.Change


def tiles(
    kpis: Kpis,
    series: Timeseries,
    filters: Filters,
    *,
    now: datetime,
    rows: Sequence[TileRow] = TILES,
    medians: Values | None = None,
) -> Sequence[Tile]:
    """`medians` by metric, for figures that are set against their like."""
    versus = VERSUS[kpis.meta.scope.compare] if kpis.comparison else ""
    currency = kpis.meta.scope.currency
    return [
        Tile(
            name=row.metric,
            label=row.label,
            value=presentation.figure(kpis.figures[row.metric].value, BY_NAME[row.metric], currency),
            exact=_exact(kpis.figures[row.metric].value),
            change=_change(kpis.figures[row.metric], kpis),
            versus=versus,
            spark=charts.sparkline(_over(series, row.metric, now)),
            receipt=receipt(kpis, row.metric, row.label, kpi_api(filters, row.metric)),
            median=None if medians is None else _median(kpis.figures[row.metric], medians[row.metric], currency),
        )
        for row in rows
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

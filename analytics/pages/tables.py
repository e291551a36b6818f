"""The Overview's tables and bars: campaigns, channels, funnel."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from .. import charts, presentation
from ..allowed import Allowed
from ..catalogue import BY_NAME
from ..channels import BY_NAME as CHANNELS
from ..queries.answers import CampaignRow, Campaigns, Channels, Funnel, Values
from . import fields
from .fields import SORTABLE
from .filters import Filters
from .labels import label_of
from .links import Receipts, address

COLUMN_LABELS: dict[str, str] = {"conversion_rate": "Conv. rate", "aov": "AOV"}
CHANNEL_COLUMNS: tuple[str, ...] = ("net_revenue", "cost", "roas")
INSTEAD: tuple[str, ...] = ("conversions", "unique_clicks", "sends", "opens", "clicks")  # for who may not see those


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    label: str
    query: str  # of the page sorted by this column, or the other way round if it is already
    sorted: str  # as in aria-sort; empty when not sorted by it

    @property
    def arrow(self) -> str:
        return {"descending": "↓", "ascending": "↑"}.get(self.sorted, "")


@dataclass(frozen=True, slots=True)
class Row:
    label: str
    note: str
    query: str | None  # of the page filtered by this row
    cells: tuple[str, ...]
    url: str = ""  # of a page of its own
    bar: float = 0.0
    rest: bool = False  # not one thing, but what the others leave


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    total: Row
    note: str
    whole: str = ""  # the address of the whole of it


def label_of_column(name: str) -> str:
    """A heading is as short as a figure is narrow."""
    return COLUMN_LABELS.get(name, label_of(name))


def campaign_table(campaigns: Campaigns, filters: Filters) -> Table:
    """Both ends of the ranking and the others between; the unattributed stand last, and all add up to the total."""
    others, nobody = campaigns.others, campaigns.unattributed
    sources = Receipts(filters.scope).alone()
    values = [row.values for row in (*campaigns.rows, others, *campaigns.last_rows, nobody) if row]
    names = filters.allowed.of(SORTABLE)
    shown = Cells(names, values, filters.scope.currency)
    rows = [_campaign(row, filters, shown, sources) for row in campaigns.rows]
    if others:
        label = "1 other campaign" if others.count == 1 else f"{others.count:,} other campaigns"
        cells = shown.of(others.values, sources.of(of="others", ordering=campaigns.order))
        rows.append(Row(label, "", None, cells, rest=True))
    rows += [_campaign(row, filters, shown, sources) for row in campaigns.last_rows]
    if nobody:
        cells = shown.of(nobody.values, sources.of(of="unattributed"), sendless=True)
        rows.append(Row("Unattributed", "no campaign", None, cells, rest=True))
    label = "1 campaign" if campaigns.count == 1 else f"All {campaigns.count:,} campaigns"
    whole = address(reverse("analytics:campaigns"), filters.for_(fields.CAMPAIGNS))
    columns = tuple(column(name, label_of_column(name), filters) for name in names)
    return Table(
        columns, tuple(rows), Row(label, "", None, shown.of(campaigns.total, sources)), _shown_of(campaigns), whole
    )


def _shown_of(campaigns: Campaigns) -> str:
    if not campaigns.others:
        return f"{campaigns.count:,} with figures"
    last = f" and last {len(campaigns.last_rows)}" if campaigns.last_rows else ""
    return f"first {len(campaigns.rows)}{last} of {campaigns.count:,}"


def _campaign(row: CampaignRow, filters: Filters, shown: "Cells", sources: Receipts) -> Row:
    channel = CHANNELS[row.channel]
    url = address(reverse("analytics:campaign", args=[row.campaign_id]), filters.for_(fields.CAMPAIGN))
    cells = shown.of(row.values, sources.of_campaign(row.external_id), sendless=not channel.has_delivery)
    return Row(row.name or row.external_id, f"{channel.label} · {row.status}", None, cells, url)


def column(name: str, label: str, filters: Filters, first: str = "-") -> Column:
    """`first` is the sign of the order that its heading asks for first."""
    order = filters.values["sort"]
    direction = {f"-{name}": "descending", name: "ascending"}.get(order, "")
    turned = name if order == f"-{name}" else f"-{name}"
    return Column(name, label, filters.with_(sort=turned if direction else f"{first}{name}"), direction)


def channel_columns(allowed: Allowed) -> tuple[str, ...]:
    """As many as there are, of those that somebody may see; by the first of them the table is ordered."""
    return allowed.of((*CHANNEL_COLUMNS, *INSTEAD))[: len(CHANNEL_COLUMNS)]


def channel_table(channels: Channels, filters: Filters) -> Table | None:
    """Channels by their first figure with a bar each; the unattributed last, whatever they are. None without figures
    that may be seen.
    """
    names = [metric.name for metric in channels.metrics]
    if not names:
        return None
    first = names[0]
    shown = Cells(names, [row.values for row in channels.rows], filters.scope.currency)
    sources = Receipts(filters.scope).alone()
    largest = max((row.values[first] or 0 for row in channels.rows), default=0)
    ranked = sorted(channels.rows, key=lambda row: (row.channel is None, -(row.values[first] or 0)))
    rows = tuple(
        Row(
            row.channel.label if row.channel else "Unattributed",
            "",
            filters.with_(channel=row.channel.name) if row.channel else None,
            shown.of(
                row.values,
                sources.of_channel(row.channel.name) if row.channel else sources.of(of="unattributed"),
            ),
            bar=charts.bar(row.values[first], largest),
            rest=row.channel is None,
        )
        for row in ranked
    )
    columns = tuple(Column(name, label_of(name), "", "") for name in names)
    total = Row("Total", "", None, shown.of(channels.total, sources))
    return Table(columns, rows, total, f"by {label_of(first).lower()}")


class Cells:
    """The text of a table's cells; money has the same decimals all down its column."""

    def __init__(self, names: Sequence[str], rows: Sequence[Values], currency: str) -> None:
        self._names, self._currency = names, currency
        self._places = {name: presentation.money_places([row[name] for row in rows], currency) for name in names}

    def of(self, values: Values, sources: Receipts, sendless: bool = False) -> tuple[str, ...]:
        """One row; where nothing is ever sent, no sends are not a figure (`sendless`)."""
        return tuple(
            presentation.UNKNOWN
            if sendless and name == "sends" and not values[name]
            else sources.figure(
                presentation.figure(values[name], BY_NAME[name], self._currency, self._places[name]), name
            )
            for name in self._names
        )


@dataclass(frozen=True, slots=True)
class FunnelStep:
    label: str
    value: str
    rate: str  # of the step before; empty for the first
    overall: str
    bar: float
    shade: int  # 1 for the first step, rising
    receipt: str  # its address


def funnel_steps(funnel: Funnel, sources: Receipts) -> tuple[FunnelStep, ...]:
    largest = funnel.steps[0].value if funnel.steps else 0
    sources = sources.alone().of(of="funnel")
    return tuple(
        FunnelStep(
            label=step.label,
            value=f"{step.value:,}",
            receipt=sources.address(step.name),
            rate=_rate(step.step_rate) if place > 1 else "",
            overall=_rate(step.overall_rate),
            bar=charts.bar(step.value, largest),
            shade=place,
        )
        for place, step in enumerate(funnel.steps, 1)
    )


def _rate(share: float | None) -> str:
    return presentation.UNKNOWN if share is None else presentation.percent(share)

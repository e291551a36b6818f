"""The ranking as a table: a page of campaigns, then the unattributed and the total."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from .. import charts, presentation
from ..channels import BY_NAME as CHANNELS
from ..queries.answers import Kpis
from ..queries.ranking import Ranked, Ranking
from ..queries.slots import slots
from . import fields
from .columns import GROUPS
from .filters import Filters
from .labels import label_of
from .links import Receipts, address
from .tables import Cells, Column, column, label_of_column


@dataclass(frozen=True, slots=True)
class Row:
    id: int
    label: str
    note: str
    url: str
    spark: charts.Sparkline | None
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    change: presentation.Change | None  # None without a comparison


@dataclass(frozen=True, slots=True)
class Foot:
    label: str
    note: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    name: Column
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    feet: tuple[Foot, ...]
    place: str  # which rows these are: `1–25 of 10,000`
    order: str  # and how they are ordered, in words
    previous: str  # queries of the pages beside this one, empty where there is none
    next: str


@dataclass(frozen=True, slots=True)
class Choice:
    name: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Group:
    label: str
    choices: tuple[Choice, ...]


def table(found: Ranking, kpis: Kpis | None, asked: Filters, *, now: datetime) -> Table:
    """`kpis` are the total set against another period, None without a comparison."""
    values = [found.total, *(row.values for row in found.rows)]
    shown = Cells(found.metrics, values, asked.scope.currency)
    over, sources = _slots_over(asked, now), Receipts(asked.scope)
    return Table(
        name=column("name", "Campaign", asked, first=""),
        columns=tuple(column(name, label_of_column(name), asked) for name in found.metrics),
        rows=tuple(_row(row, asked, shown, over, sources.alone()) for row in found.rows),
        feet=tuple(_feet(found, kpis, shown, sources)) if found.count else (),
        place=_place(found),
        order=_in_words(found.ordering),
        previous=asked.with_(cursor=found.previous) if found.previous else "",
        next=asked.with_(cursor=found.next) if found.next else "",
    )


def _place(found: Ranking) -> str:
    last = found.position + len(found.rows) - 1
    return f"{found.position:,}–{last:,} of {found.count:,}" if found.rows else f"0 of {found.count:,}"


def _slots_over(asked: Filters, now: datetime) -> int:
    """A running slot would always look like a fall, and those to come have no shape yet."""
    present: dict[bool, Any] = {True: now, False: asked.scope.today(now)}
    return sum(slot.end <= present[isinstance(slot.end, datetime)] for slot in slots(asked.scope, now=now))


def _row(row: Ranked, asked: Filters, shown: Cells, over: int, sources: Receipts) -> Row:
    channel = CHANNELS[row.channel]
    page = reverse("analytics:campaign", args=[row.pk])
    return Row(
        id=row.pk,
        label=row.name or row.external_id,
        note=f"{channel.label} · {row.status}",
        url=address(page, asked.for_(fields.CAMPAIGN)),
        spark=charts.sparkline(row.spark[:over]) if any(row.spark[:over]) else None,
        cells=shown.of(row.values, sources.of_campaign(row.external_id), sendless=not channel.has_delivery),
    )


def _feet(found: Ranking, kpis: Kpis | None, shown: Cells, sources: Receipts) -> Iterator[Foot]:
    """What stands below every page of the ranking; rows and unattributed add up to the total."""
    if found.unattributed:
        texts = shown.of(found.unattributed, sources.alone().of(of="unattributed"), sendless=True)
        yield Foot("Unattributed", "no campaign", tuple(Cell(text, None) for text in texts))
    changes = [_change(kpis, name) for name in found.metrics]
    label = "1 campaign" if found.count == 1 else f"All {found.count:,} campaigns"
    note = "and the unattributed" if found.unattributed else ""
    yield Foot(label, note, tuple(map(Cell, shown.of(found.total, sources), changes)))


def _change(kpis: Kpis | None, name: str) -> presentation.Change | None:
    if kpis is None or kpis.comparison is None:
        return None
    kpi = kpis.figures[name]
    return presentation.change(kpi.comparable, kpi.previous, kpi.metric)


def _in_words(ordering: str) -> str:
    by, falling = ordering.removeprefix("-"), ordering.startswith("-")
    if by == "name":
        return "by name, from Z to A" if falling else "by name"
    return f"by {label_of(by)}, {'highest' if falling else 'lowest'} first"


def groups(asked: Filters) -> tuple[Group, ...]:
    """The columns to choose from."""
    chosen = asked.values["columns"]
    offered = ((label, asked.allowed.of(names)) for label, names in GROUPS)
    return tuple(
        Group(label, tuple(Choice(name, label_of(name), name in chosen) for name in names))
        for label, names in offered
        if names
    )

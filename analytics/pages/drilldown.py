"""A campaign day by day; a day opens into its hours, in place or by its link. Of a long period the months are shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from .. import charts, presentation
from ..catalogue import BY_NAME
from ..channels import BY_NAME as CHANNELS
from ..clock import time_of_day
from ..queries import drilldown as queries
from ..queries.answers import Drilldown, Point, Timeseries
from ..queries.contacts import ContactSlot
from ..scope import Grain, ScopeError, parse_day
from . import fields
from .access import PageRequest, staff_page
from .campaign import Crumb, campaign_or_404, campaigns_crumb
from .filters import Filters
from .frame import Content, Page, read, show
from .links import Receipts, address
from .options import Select, basis_select, period_select
from .slots import running, slot_label

MESSAGES: tuple[str, ...] = ("sends", "unique_opens", "unique_clicks", "conversions", "net_revenue", "unsubscribes")
ADS: tuple[str, ...] = ("impressions", "clicks", "unique_clicks", "conversions", "net_revenue", "cost")
MOST_DAYS = 400  # rows of a page; the months of a longer period open into their days
LABELS: dict[str, str] = {"unique_opens": "Opened", "unique_clicks": "Clicked"}


def _selects(asked: Filters) -> tuple[Select, ...]:
    return period_select(asked), basis_select(asked)


DRILLDOWN = Page("drilldown", "Drilldown", "analytics:campaigns", fields.DRILLDOWN, _selects)


@dataclass(frozen=True, slots=True)
class Row:
    """One month, day or hour. `query` is of the page with it opened, or closed if it is open."""

    id: str
    label: str
    running: bool
    bar: float
    cells: tuple[str, ...]
    query: str
    contacts: str  # the address of its contacts; empty where there are none
    quiet: bool  # nothing happened
    opened: "tuple[Row, ...] | None" = None


@staff_page
def drilldown(request: PageRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    asked, day = _with_day(read(request, DRILLDOWN, now))
    return show(request, DRILLDOWN, asked, lambda asked: _content(request, pk, asked, day, now), now=now)


def _with_day(asked: Filters) -> tuple[Filters, date | None]:
    """The day that is open, and the filters with what is wrong with it."""
    try:
        day = parse_day("date", asked.values["date"])
        if day and not asked.scope.start <= day < asked.scope.end:
            raise ScopeError("date", f"{day} is not in the period {asked.scope.period.words}.")
        if day and _is_long(asked):
            raise ScopeError("date", f"{day} opens in a period of at most {MOST_DAYS} days; this one is longer.")
    except ScopeError as error:
        return asked.without("date", error.message, "No day is open; choose one below."), None
    return asked, day


def _is_long(asked: Filters) -> bool:
    return asked.scope.period.days > MOST_DAYS


def _content(request: PageRequest, pk: int, asked: Filters, day: date | None, now: datetime) -> Content:
    found = campaign_or_404(pk)
    name = found.name or found.external_id
    page = reverse("analytics:campaign", args=[pk])
    whole = Crumb("Day by day", address(request.path, asked.with_(date="")))
    here = (whole, Crumb(slot_label(day, Grain.DAY))) if day else (Crumb("Day by day"),)
    return Content(
        asked=asked,
        selects=_selects(asked),
        figures=lambda: _figures(request, pk, asked, day, now),
        context={
            "title": name,
            "more": ", day by day",
            "crumbs": (*campaigns_crumb(asked), Crumb(name, address(page, asked.for_(fields.CAMPAIGN))), *here),
        },
    )


def _figures(request: PageRequest, pk: int, asked: Filters, day: date | None, now: datetime) -> str:
    """The table, the same for whoever asks."""
    campaign = campaign_or_404(pk)
    names = asked.allowed.of(MESSAGES if CHANNELS[campaign.channel].has_delivery else ADS)
    whole = (queries.months if _is_long(asked) else queries.days)(asked.scope, pk, names, now=now)
    hours = queries.hours(asked.scope, pk, names, day=day, now=now) if day else None
    opened = _rows(hours, names, asked, day, now, {}) if hours else ()
    rows = _rows(whole, names, asked, day, now, {day: opened} if day else {})
    context: dict[str, Any] = {
        "columns": [LABELS.get(name, BY_NAME[name].label) for name in names],
        "rows": rows[::-1],  # what happened last stands on top
        "total": _total(whole.series, names),
        "most_days": MOST_DAYS if _is_long(asked) else None,
        "warnings": dict.fromkeys(text for found in (whole, hours) if found for text in found.series.meta.warnings),
        "first": LABELS.get(names[0], BY_NAME[names[0]].label) if names else "",
        "url": request.path,
    }
    return render_to_string("analytics/_drilldown.html", context)


def _rows(
    found: Drilldown,
    names: tuple[str, ...],
    asked: Filters,
    day: date | None,
    now: datetime,
    opened: Mapping[date | datetime, tuple[Row, ...]],
) -> tuple[Row, ...]:
    """The slots that have begun, each with a bar of the first metric that has any."""
    series, sources = found.series, Receipts(found.series.meta.scope).alone()
    grain = series.meta.scope.grain
    barred = next((name for name in names if any(point.values[name] for point in series.points)), "")
    largest = max((point.values.get(barred) or 0 for point in series.points), default=0)
    begun = [
        (point, runs)
        for point, runs in zip(series.points, running(series, now=now), strict=True)
        if runs or _over(point, series, now)
    ]
    return tuple(
        Row(
            id=_id(point.start, grain),
            label=_label(point, grain),
            running=runs,
            bar=charts.bar(point.values.get(barred), largest),
            cells=_cells(point, names, series, sources),
            query=_turned(point, grain, asked, day),
            contacts=_contacts(found.campaign.pk, point.start, series.meta.scope.time_zone),
            quiet=not any(point.values[name] for name in names),
            opened=opened.get(point.start),
        )
        for point, runs in begun
    )


def _total(series: Timeseries, names: tuple[str, ...]) -> tuple[str, ...]:
    """The whole period, days to come included: all of these metrics add up."""
    scope = series.meta.scope
    sums = {name: sum(point.values[name] or 0 for point in series.points) for name in names}
    source = Receipts(scope).alone()
    return tuple(source.figure(presentation.figure(sums[name], BY_NAME[name], scope.currency), name) for name in names)


def _over(point: Point, series: Timeseries, now: datetime) -> bool:
    present: Any = now if isinstance(point.end, datetime) else series.meta.scope.today(now)
    return bool(point.end <= present)


def _id(start: date | datetime, grain: Grain) -> str:
    return f"hour-{start.timestamp():.0f}" if isinstance(start, datetime) else f"{grain.value}-{start}"


def _label(point: Point, grain: Grain) -> str:
    if isinstance(point.start, datetime):
        return time_of_day(point.start)
    last = _last_day(point)
    if grain is Grain.DAY or last == point.start:
        return slot_label(point.start, Grain.DAY)
    is_whole = point.start.day == point.end.day == 1
    return slot_label(point.start, grain) if is_whole else f"{point.start.day}–{slot_label(last, Grain.DAY)}"


def _last_day(point: Point) -> date:
    end: date = point.end
    return end - timedelta(days=1)


def _turned(point: Point, grain: Grain, asked: Filters, day: date | None) -> str:
    """The page with this row opened, or closed if it is open; a month opens as a period of its own."""
    if grain is Grain.MONTH:
        return asked.with_(period="custom", **{"from": f"{point.start}", "to": f"{_last_day(point)}"})
    return asked.with_(date="" if point.start == day else f"{point.start:%Y-%m-%d}")


def _cells(point: Point, names: tuple[str, ...], series: Timeseries, sources: Receipts) -> tuple[str, ...]:
    currency = series.meta.scope.currency
    source = sources.of_slot(point)
    return tuple(
        source.figure(presentation.figure(point.values[name], BY_NAME[name], currency), name) for name in names
    )


def _contacts(pk: int, start: date | datetime, time_zone: str) -> str:
    """Where the contacts of a slot are shown."""
    try:
        address = reverse("analytics:contacts", args=[pk])
    except NoReverseMatch:
        return ""
    slot = ContactSlot.at(start, time_zone) if isinstance(start, datetime) else ContactSlot.of(start, None, time_zone)
    return f"{address}?{urlencode(slot.asked)}"

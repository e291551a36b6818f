"""The cards of a campaign's page: who it is, funnel, pacing, best hour, what it lost. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from .. import charts, presentation
from ..catalogue import BY_NAME
from ..channels import BY_NAME as CHANNELS
from ..models import Campaign
from ..pacing import Pace
from ..presentation import SPACE, UNKNOWN, money, percent
from ..queries.answers import BestHour, Details, Funnel, HourOfDay, Kpi, Pacing
from .links import Receipts
from .tables import FunnelStep, funnel_steps

LOSSES: tuple[tuple[str, str], ...] = (
    ("unsubscribes", "unsubscribe_rate"),
    ("complaints", "complaint_rate"),
    ("bounces", "bounce_rate"),
)
PACES: dict[Pace, tuple[str, str]] = {  # in words, and how good that is
    Pace.UNDER: ("under budget", "warn"),
    Pace.ON_TRACK: ("on track", "good"),
    Pace.OVER: ("over budget", "bad"),
}


@dataclass(frozen=True, slots=True)
class Fact:
    label: str
    text: str


def facts(campaign: Campaign, time_zone: str) -> tuple[Fact, ...]:
    """The metadata of a campaign, in the order shown."""
    first, last = (_day(moment, time_zone) for moment in (campaign.starts_at, campaign.ends_at))
    dates = f"{first or 'no start'} – {last or 'no end'}" if first or last else "no dates"
    told = (
        Fact("Channel", CHANNELS[campaign.channel].label),
        Fact("Status", campaign.status),
        Fact("Runs", dates),
        Fact("Tags", ", ".join(campaign.tags)),
        Fact("Id", campaign.external_id),
    )
    return tuple(fact for fact in told if fact.text)


def _day(moment: datetime | None, time_zone: str) -> str:
    return f"{(at := moment.astimezone(ZoneInfo(time_zone))).day} {at:%b %Y}" if moment else ""


@dataclass(frozen=True, slots=True)
class FunnelCard:
    figure: charts.Figure
    steps: tuple[FunnelStep, ...]
    without_click: int | None
    empty: bool
    delivers: bool


def funnel_card(funnel: Funnel, sources: Receipts) -> FunnelCard | None:
    """None without a step that may be seen."""
    if not funnel.steps:
        return None
    steps = funnel_steps(funnel, sources)
    labels, texts = [step.label.split()[0] for step in steps], [_in_bar(step) for step in steps]
    values = [step.value for step in funnel.steps]
    return FunnelCard(
        figure=charts.funnel(labels, values, texts),
        steps=steps,
        without_click=funnel.converted_without_click,
        empty=not any(values),
        delivers=funnel.delivers,
    )


def _in_bar(step: FunnelStep) -> str:
    return f"{step.value}<br>{step.rate}" if step.rate else step.value


@dataclass(frozen=True, slots=True)
class PacingCard:
    """`bar` and `mark` are percentages of the card's width: what is spent, and what would be by now."""

    state: str
    worth: str
    lines: tuple[Fact, ...]
    bar: float
    mark: float | None
    notes: tuple[str, ...]
    receipt: str  # its address


def pacing_card(pacing: Pacing, currency: str, sources: Receipts) -> PacingCard:
    state, worth = PACES[pacing.pace] if pacing.pace else ("pace unknown", "flat")
    largest = max(amount or 0 for amount in (pacing.worth, pacing.spent, pacing.expected))
    return PacingCard(
        state=state,
        worth=worth,
        lines=pacing_lines(pacing, currency),
        bar=charts.bar(pacing.spent, largest),
        mark=None if pacing.expected is None else charts.bar(pacing.expected, largest),
        notes=tuple(_pacing_notes(pacing)),
        receipt=sources.alone().of(of="pacing").address(""),
    )


def pacing_lines(pacing: Pacing, currency: str) -> tuple[Fact, ...]:
    share = "" if pacing.spent_share is None else f" ({percent(pacing.spent_share)} of it)"
    return (
        Fact("Budget", _budget(pacing, currency)),
        Fact("Spent so far", _amount(pacing.spent, currency) + share),
        Fact("Time gone", UNKNOWN if pacing.time_gone is None else percent(pacing.time_gone)),
        Fact("Expected by now", _amount(pacing.expected, currency)),
        Fact("Projected at the end", _amount(pacing.projected, currency)),
    )


def _budget(pacing: Pacing, currency: str) -> str:
    if pacing.budget is None:
        return UNKNOWN
    own = money(pacing.budget, pacing.currency)
    if pacing.currency == currency or pacing.worth is None:
        return own
    day = f", rate of {pacing.rate_day.day} {pacing.rate_day:%b %Y}" if pacing.rate_day else ""
    return f"{own} ={SPACE}{money(pacing.worth, currency)}{day}"


def _amount(amount: Decimal | None, currency: str) -> str:
    return UNKNOWN if amount is None else money(amount, currency)


def _pacing_notes(pacing: Pacing) -> Iterator[str]:
    yield from pacing.unknown
    if pacing.unconverted:
        costs = "1 cost has" if pacing.unconverted == 1 else f"{pacing.unconverted:,} costs have"
        yield f"{costs} no rate and {'is' if pacing.unconverted == 1 else 'are'} not in what is spent."
    if pacing.last_cost_on:
        yield f"Costs are known up to {pacing.last_cost_on.day} {pacing.last_cost_on:%b %Y}."


@dataclass(frozen=True, slots=True)
class HourCard:
    title: str
    words: str
    figure: charts.Figure
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]  # the hour, and what was counted in it
    empty: bool


COUNTED: dict[str, str] = {"unique_opens": "First opens", "unique_clicks": "First clicks"}


def hour_card(best: BestHour, time_zone: str, sources: Receipts) -> HourCard:
    known = [name for name in COUNTED if getattr(best.hours[0], name) is not None]
    what = "clicked" if best.metric == "unique_clicks" else "opened"
    counts = [getattr(each, best.metric) for each in best.hours]
    texts = [f"{_hour(hour)}: {count:,} first {what}" for hour, count in enumerate(counts)]
    if best.hour is None or best.value is None:
        title, words = "Best hour unknown", best.unknown
    else:
        title = f"Best hour {_hour(best.hour)}"
        words = f"{best.value:,} of {best.stands_on:,} people first {what} then"
    return HourCard(
        title=title,
        words=f"{words.rstrip('.')}. By event date, {time_zone}.",
        figure=charts.hours(counts, best.hour, texts),
        columns=tuple(COUNTED[name] for name in known),
        rows=tuple(_hour_row(each, known, sources.alone().of(of="best_hour")) for each in best.hours),
        empty=not any(counts),
    )


def _hour_row(each: HourOfDay, known: Sequence[str], sources: Receipts) -> tuple[str, tuple[str, ...]]:
    counts = (sources.of(counted=name).figure(f"{getattr(each, name):,}", str(each.hour)) for name in known)
    return _hour(each.hour), tuple(counts)


def _hour(hour: int) -> str:
    return f"{hour:02}:00–{(hour + 1) % 24:02}:00"


@dataclass(frozen=True, slots=True)
class Loss:
    label: str
    count: str
    rate: str
    change: presentation.Change | None
    median: str


NO_RATE: dict[str, Any] = {"rate": "", "change": None, "median": ""}


def losses(details: Details, sources: Receipts) -> tuple[Loss, ...]:
    """Those who left, complained, or were not reached, with rates; what may not be seen is empty, or left out whole."""
    figures = details.kpis.figures
    return tuple(
        Loss(
            label=BY_NAME[count].label,
            count=_exact(figures[count], details, sources) if count in figures else "",
            **_rate(figures[rate], details, sources) if rate in figures else NO_RATE,
        )
        for count, rate in LOSSES
        if count in figures or rate in figures
    )


def _exact(kpi: Kpi, details: Details, sources: Receipts) -> str:
    return sources.figure(presentation.figure(kpi.value, kpi.metric, details.meta.scope.currency), kpi.metric.name)


def _rate(kpi: Kpi, details: Details, sources: Receipts) -> dict[str, Any]:
    name, compared = kpi.metric.name, details.kpis.comparison is not None
    median = presentation.figure(details.medians.values[name], kpi.metric, details.meta.scope.currency)
    return {
        "rate": _exact(kpi, details, sources),
        "change": presentation.change(kpi.comparable, kpi.previous, kpi.metric) if compared else None,
        "median": sources.alone().of(of="median").figure(median, name),
    }


@dataclass(frozen=True, slots=True)
class MachineRow:
    label: str
    machine: str
    share: str
    bar: float


def machine_rows(details: Details, sources: Receipts) -> tuple[MachineRow, ...]:
    machine, sources, allowed = details.machine, sources.alone(), details.meta.scope.allowed
    shares = sources.of(of="machines")
    rows = (("opens", machine.opens, machine.open_share), ("clicks", machine.clicks, machine.click_share))
    return tuple(
        MachineRow(
            label=f"Machine {name}",
            machine=sources.figure(f"{count:,}", f"machine_{name}"),
            share=shares.figure(UNKNOWN if share is None else percent(share), name) if allowed.sees(name) else "",
            bar=charts.bar(share, 1),
        )
        for name, count, share in rows
        if count is not None
    )

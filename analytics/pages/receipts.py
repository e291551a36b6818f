"""The number receipt: where a figure comes from, line by line. Pure; it stands on the same answers as the figure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from ..allowed import Allowed
from ..catalogue import BY_NAME, Metric, Sums, Value
from ..catalogue.sums import Part
from ..channels import BY_NAME as CHANNELS
from ..currencies import MINOR_UNITS
from ..pacing import TOLERANCE
from ..presentation import SPACE, UNKNOWN, days, figure, money, percent
from ..queries.answers import BestHour, Funnel, Kpis, MachineShare, Meta, Pacing
from ..scope import BasisName, Scope, echo
from .labels import label_of

BASES: dict[BasisName, str] = {
    BasisName.SEND: "send date: an event counts on the day its message was sent",
    BasisName.EVENT: "event date: an event counts on its own day",
}
MACHINE_EVENTS: dict[str, str] = {
    "unique_opens": "machine_opens",
    "message_unique_opens": "machine_opens",
    "unique_clicks": "machine_clicks",
    "message_unique_clicks": "machine_clicks",
}
STEPS: dict[str, str] = {
    "sends": "Messages sent, one for each contact, of channels with delivery.",
    "delivered": "Messages that reached the recipient's provider.",
    "unique_opens": "First opens of a message by a contact, by people; a human click implies an open.",
    "unique_clicks": "First clicks of a contact in a message, by people.",
    "click_converters": "Contacts with a first conversion for a message that they had clicked.",
}
COUNTED_BY = "Counted by"


@dataclass(frozen=True, slots=True)
class Line:
    term: str
    text: str


@dataclass(frozen=True, slots=True)
class Receipt:
    label: str
    value: str
    definition: str
    formula: str
    lines: tuple[Line, ...]
    api_url: str


def of_metric(name: str, value: Value, sums: Sums, meta: Meta, api_url: str, *besides: Line) -> Receipt:
    """A metric of the catalogue and the sums that it was computed from; what else is to be told stands `besides`."""
    metric, currency = BY_NAME[name], meta.scope.currency
    return Receipt(
        label=label_of(name),
        value=figure(value, metric, currency),
        definition=metric.definition,
        formula=_typeset(metric.formula),
        lines=(*_sums(metric, sums, currency), *_left_out(metric, sums, meta.scope.allowed), *besides, *frame(meta)),
        api_url=api_url,
    )


def of_kpi(kpis: Kpis, name: str, api_url: str, *besides: Line) -> Receipt:
    return of_metric(name, kpis.figures[name].value, kpis.sums, kpis.meta, api_url, *_compared(kpis, name), *besides)


def of_step(funnel: Funnel, meta: Meta, name: str, api_url: str, *, share: str = "") -> Receipt:
    """A step of the funnel, or its `share` of the step "before" or of the "first". `name` is one of its steps.

    The funnel's own counts are of channels with delivery.
    """
    steps = {step.name: (place, step) for place, step in enumerate(funnel.steps)}
    place, step = steps[name]
    shares = {"before": step.step_rate, "first": step.overall_rate} if place else {}
    lines = []
    if place:
        before, first = funnel.steps[place - 1], funnel.steps[0]
        lines.append(Line(f"Of {before.label.lower()}", _share(step.value, before.value, step.step_rate)))
        lines.append(Line(f"Of {first.label.lower()}", _share(step.value, first.value, step.overall_rate)))
    if funnel.converted_without_click:
        lines.append(Line("Beside it", f"{funnel.converted_without_click:,} converted without a click, in no step"))
    return Receipt(
        label=f"Funnel: {step.label.lower()}",
        value=f"{step.value:,}" if share not in shares else _rate(shares[share]),
        definition=STEPS[name],
        formula=" → ".join(step.label.lower() for step in funnel.steps),
        lines=(*lines, *frame(meta)),
        api_url=api_url,
    )


def of_pacing(pacing: Pacing, meta: Meta, shown: Sequence[Line], api_url: str) -> Receipt:
    """Spend against budget; `shown` are its figures as the page shows them."""
    return Receipt(
        label="Spend and pacing",
        value=next(line.text for line in shown if line.term == "Spent so far"),
        definition="What the campaign has cost over its whole life, set against its budget, whatever period is asked.",
        formula="expected = budget × time gone; projected = spent ÷ time gone",
        lines=(
            *shown,
            Line("On track", f"projected within {percent(float(TOLERANCE))} of the budget"),
            *(Line("Note", text) for text in pacing.unknown),
            *_of_all_days(meta),
        ),
        api_url=api_url,
    )


def of_best_hour(best: BestHour, hour: int, metric: str, meta: Meta, api_url: str) -> Receipt:
    """What happened in one hour of the day, over all days of the period; `metric` is what is asked of it."""
    counted = best.hours[hour]
    return Receipt(
        label=f"{hour:02}:00 to {(hour + 1) % 24:02}:00",
        value=f"{getattr(counted, metric):,}",
        definition="First opens and clicks of a message in this hour of the day, over all days of the period.",
        formula=f"best hour = the one with most {best.metric.replace('_', ' ')}",
        lines=(
            *_firsts("First opens", counted.unique_opens),
            *_firsts("First clicks", counted.unique_clicks),
            Line("In all hours", f"{best.stands_on:,} {best.metric.replace('_', ' ')}"),
            *([Line("Unknown", best.unknown)] if best.unknown else []),
            *(line for line in frame(meta) if line.term != COUNTED_BY),
            Line(COUNTED_BY, BASES[BasisName.EVENT]),
        ),
        api_url=api_url,
    )


def _firsts(label: str, count: int | None) -> list[Line]:
    return [] if count is None else [Line(label, f"{count:,}")]


def of_machine_share(name: str, machine: MachineShare, sums: Sums, meta: Meta, api_url: str) -> Receipt:
    """`name` is "opens" or "clicks"."""
    count: int = getattr(machine, name)
    share = getattr(machine, f"{name.removesuffix('s')}_share")
    return Receipt(
        label=f"Machine share of {name}",
        value=_rate(share),
        definition=f"Share of all {name} that were made by mail-privacy prefetch and scanners.",
        formula=f"machine {name} ÷ (machine {name} + {name} by people)",
        lines=(
            Line("Numerator", f"{count:,} machine {name}"),
            Line("Denominator", f"{count + getattr(sums, name):,} {name} in all"),
            *frame(meta),
        ),
        api_url=api_url,
    )


def _share(value: int, whole: int, share: float | None) -> str:
    return f"{_rate(share)} ({value:,} of {whole:,})"


def _rate(share: float | None) -> str:
    return UNKNOWN if share is None else percent(share)


def _typeset(formula: str) -> str:
    return formula.replace(" - ", " − ")


def _sums(metric: Metric, sums: Sums, currency: str) -> list[Line]:
    terms = [_term(part, sums, currency) for part in metric.top]
    text = " ".join(terms).removeprefix(f"+{SPACE}")
    if not metric.bottom:
        return [Line("Sum", text)]
    return [Line("Numerator", text), Line("Denominator", _term(metric.bottom, sums, currency)[2:])]


def _term(part: str, sums: Sums, currency: str) -> str:
    name = part.removeprefix("-")
    sign = "−" if part.startswith("-") else "+"
    return f"{sign}{SPACE}{_exact(getattr(sums, name), currency)} {name.replace('_', ' ')}"


def _exact(value: Part, currency: str) -> str:
    """With every decimal, so that whoever divides what is shown gets the figure."""
    if not isinstance(value, Decimal):
        return UNKNOWN if value is None else f"{value:,}"
    decimals = -int(value.normalize().as_tuple().exponent)
    return money(value, currency, max(decimals, MINOR_UNITS.get(currency, 2)))


def _left_out(metric: Metric, sums: Sums, allowed: Allowed) -> list[Line]:
    lines = []
    for part in metric.top:
        if part in MACHINE_EVENTS and allowed.sees(MACHINE_EVENTS[part]):
            text = f"{getattr(sums, MACHINE_EVENTS[part]):,} machine events (prefetch, scanners)"
            lines.append(Line("Left out", text))
    if "revenue" in metric.top or "attributed_revenue" in metric.top:
        unattributed = sums.revenue - sums.attributed_revenue
        share = percent(float(unattributed / sums.revenue)) + " of revenue" if sums.revenue else UNKNOWN
        lines.append(Line("Unattributed", share + ("" if "revenue" in metric.top else ", not in this figure")))
    return lines


def _compared(kpis: Kpis, name: str) -> list[Line]:
    if kpis.comparison is None:
        return []
    kpi, currency = kpis.figures[name], kpis.meta.scope.currency
    now, before = (figure(value, kpi.metric, currency) for value in (kpi.comparable, kpi.previous))
    return [Line("Compared", f"{now} on {days(kpis.comparison.days)} with {before} on {days(kpis.comparison.against)}")]


def frame(meta: Meta) -> list[Line]:
    """What holds for every figure of an answer."""
    scope = meta.scope
    return [
        *_filters(scope),
        Line("Period", days(scope.period)),
        Line(COUNTED_BY, BASES[scope.basis]),
        *_of_all_days(meta),
    ]


def _filters(scope: Scope) -> list[Line]:
    told = (
        ("Channel", [CHANNELS[name].label for name in scope.channels]),
        ("Campaign", scope.campaigns),
        ("Status", scope.statuses),
        ("Tag", scope.tags),
        ("Search", [scope.search] if scope.search else []),
    )
    return [Line(term, ", ".join(echo(text) for text in texts)) for term, texts in told if texts]


def _of_all_days(meta: Meta) -> list[Line]:
    scope, changed = meta.scope, meta.last_refreshed_at
    return [
        Line("Zone, currency", f"{scope.time_zone}, {scope.currency}"),
        Line("As of", f"{changed:%Y-%m-%d %H:%M:%S} UTC" if changed else UNKNOWN),
        Line("Definition", f"version {meta.definition_version}"),
    ]

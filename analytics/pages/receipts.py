"""The number receipt: where a figure comes from, line by line. Pure; it stands on the same answers as the figure."""

from dataclasses import dataclass
from decimal import Decimal

from ..catalogue import BY_NAME, Metric, Sums
from ..catalogue.sums import Part
from ..currencies import MINOR_UNITS
from ..presentation import SPACE, UNKNOWN, days, figure, money, percent
from ..queries.answers import Kpis, Meta
from ..scope import BasisName

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


@dataclass(frozen=True, slots=True)
class Line:
    term: str
    text: str


@dataclass(frozen=True, slots=True)
class Receipt:
    name: str
    label: str
    definition: str
    formula: str
    lines: tuple[Line, ...]
    api_url: str


def receipt(kpis: Kpis, name: str, label: str, api_url: str) -> Receipt:
    metric = BY_NAME[name]
    currency = kpis.meta.scope.currency
    lines = [*_sums(metric, kpis.sums, currency), *_left_out(metric, kpis.sums), *_compared(kpis, name)]
    formula = metric.formula.replace(" - ", " − ")
    return Receipt(name, label, metric.definition, formula, (*lines, *_frame(kpis.meta)), api_url)


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


def _left_out(metric: Metric, sums: Sums) -> list[Line]:
    lines = []
    for part in metric.top:
        if part in MACHINE_EVENTS:
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


def _frame(meta: Meta) -> list[Line]:
    scope = meta.scope
    changed = meta.last_refreshed_at
    return [
        Line("Period", days(scope.period)),
        Line("Counted by", BASES[scope.basis]),
        Line("Zone, currency", f"{scope.time_zone}, {scope.currency}"),
        Line("As of", f"{changed:%Y-%m-%d %H:%M:%S} UTC" if changed else UNKNOWN),
        Line("Definition", f"version {meta.definition_version}"),
    ]

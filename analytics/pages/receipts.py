"""The number receipt: where a figure comes from, line by line. Pure; it stands on the same answers as the figure."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from ..catalogue import BY_NAME, Metric, Value
from ..currencies import MINOR_UNITS
from ..presentation import SPACE, UNKNOWN, days, figure, money, percent
from ..queries.answers import Channels, Meta, Values
from ..scope import BasisName

BASES: dict[BasisName, str] = {
    BasisName.SEND: "send date: an event counts on the day its message was sent",
    BasisName.EVENT: "event date: an event counts on its own day",
}
PARTS: tuple[str, ...] = (  # what receipts need besides the figures themselves
    "revenue",
    "refunds",
    "attributed_revenue",
    "unattributed_revenue",
    "cost",
    "delivered",
    "unique_opens",
    "unique_clicks",
    "machine_opens",
    "machine_clicks",
    "converters",
    "unsubscribes",
    "complaints",
)
MACHINE_EVENTS: dict[str, str] = {
    "unique_opens": "machine_opens",
    "message_unique_opens": "machine_opens",
    "unique_clicks": "machine_clicks",
    "message_unique_clicks": "machine_clicks",
}
MESSAGE_PARTS = ("unique_opens", "unique_clicks", "unsubscribes", "complaints", "revenue", "refunds")


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


def receipt(metric: Metric, label: str, parts: Values, meta: Meta, api_url: str) -> Receipt:
    lines = [*_sums(metric, parts, meta.scope.currency), *_left_out(metric, parts), *_frame(meta)]
    return Receipt(metric.name, label, metric.definition, metric.formula.replace(" - ", " − "), tuple(lines), api_url)


def parts_of(channels: Channels) -> Values:
    """The sums that figures are computed from, by name; what is attributed is what channels have."""
    attributed = [row for row in channels.rows if row.channel is not None]
    total = channels.total
    refunds = _sum([row.values["refunds"] for row in attributed])
    base = _sum([_reached(row.values, row.channel is not None and row.channel.has_delivery) for row in attributed])
    converters = _sum([row.values["converters"] for row in attributed])
    messages = [row.values for row in attributed if row.channel is not None and row.channel.has_delivery]
    return {
        **total,
        **{f"message_{name}": _same_kind(total[name], [row[name] for row in messages]) for name in MESSAGE_PARTS},
        "attributed_refunds": refunds,
        "attributed_converters": None if converters is None else int(converters),
        "conversion_base": None if base is None else int(base),
    }


def _same_kind(total: Value, values: list[Value]) -> Value:
    """The sum of the values, money or count as the total is."""
    added = _sum(values)
    return added if added is None or isinstance(total, Decimal) else int(added)


def _reached(values: Values, has_delivery: bool) -> Value:
    return values["delivered"] if has_delivery else values["unique_clicks"]


def _sum(values: list[Value]) -> Decimal | None:
    known = [Decimal(str(value)) for value in values if value is not None]
    return sum(known, Decimal(0)) if len(known) == len(values) else None


def _sums(metric: Metric, parts: Values, currency: str) -> list[Line]:
    terms = [_term(part, parts, currency) for part in metric.top]
    text = " ".join(terms).removeprefix(f"+{SPACE}")
    if not metric.bottom:
        return [Line("Sum", text)]
    return [Line("Numerator", text), Line("Denominator", _term(metric.bottom, parts, currency)[2:])]


def _term(part: str, parts: Values, currency: str) -> str:
    name = part.removeprefix("-")
    sign = "−" if part.startswith("-") else "+"
    return f"{sign}{SPACE}{_exact(name, parts.get(name), currency)} {name.replace('_', ' ')}"


def _exact(name: str, value: Value, currency: str) -> str:
    if value is None:
        return UNKNOWN
    return money(value, currency, MINOR_UNITS.get(currency, 2)) if isinstance(value, Decimal) else f"{value:,}"


def _left_out(metric: Metric, parts: Values) -> list[Line]:
    lines = []
    for part in metric.top:
        machine = MACHINE_EVENTS.get(part)
        if machine:
            text = f"{figure(parts.get(machine), BY_NAME[machine], '')} machine events (prefetch, scanners)"
            lines.append(Line("Left out", text))
    if metric.name == "net_revenue":
        lines.append(Line("Unattributed", _share(parts, "unattributed_revenue", "revenue")))
    elif "attributed_revenue" in metric.top:
        lines.append(Line("Unattributed", _share(parts, "unattributed_revenue", "revenue", ", not in this figure")))
    return lines


def _share(parts: Mapping[str, Value], part: str, whole: str, note: str = "") -> str:
    top, bottom = parts.get(part), parts.get(whole)
    return UNKNOWN if top is None or not bottom else f"{percent(float(top) / float(bottom))} of {whole}{note}"


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

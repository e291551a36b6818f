"""What an alert says: a title, and one or two sentences. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from ..catalogue import BY_NAME
from ..channels import BY_NAME as CHANNELS
from ..presentation import MINUS, SPACE, figure
from .causes import scopes
from .finding import Finding
from .rules import ANOMALY, BUDGET, IDLE, SILENCE
from .watched import HOUR

EVERYTHING = "all channels"


@dataclass(frozen=True, slots=True)
class Names:
    """What findings are told with: names of campaigns by their ids, the zone of moments, the currency of money where a
    finding has none of its own.
    """

    campaigns: Mapping[int, str]
    zone: ZoneInfo
    currency: str


def title(parts: Sequence[Finding], names: Names) -> str:
    """The cause in a few words: `Opens far below usual: E-mail`."""
    head = parts[0]
    if head.rule == SILENCE:
        return "No events arrive"
    where = scope_of(parts, names)
    if head.rule == BUDGET:
        spent = head.usual is not None and head.high is not None and head.usual > head.high
        return f"{'Budget overspent' if spent else 'Budget will be overspent'}: {where}"
    if head.rule == IDLE:
        return f"Cost without clicks: {where}"
    if head.rule == ANOMALY:
        return f"{BY_NAME[head.metric].label} far {'above' if head.over else 'below'} usual: {where}"
    return f"{BY_NAME[head.metric].label} {'over' if head.over else 'under'} {limit(head, names)}: {where}"


def text(parts: Sequence[Finding], names: Names) -> str:
    """What, by how much, what would have been usual, since when."""
    head = parts[0]
    if head.rule == SILENCE:
        usual = "some" if head.usual is None else f"about {head.usual:,.0f}"
        return (
            f"The last event that was counted happened at {moment(head.since, names)}; in the hours since then {usual} "
            "are usual. Hours are judged once events arrive again."
        )
    where = scope_of(parts, names)
    value = said(head.value, head, names)
    if head.rule == BUDGET:
        spent, budget = said(head.usual, head, names), said(head.high, head, names)
        if head.usual is not None and head.high is not None and head.usual > head.high:
            return f"{where} has spent {spent}; its budget is {budget}."
        return f"{where} has spent {spent}, and at the rate so far will have spent {value}; its budget is {budget}."
    if head.rule == IDLE:
        return f"{where} cost {value} {when(head, names)}, and nobody clicked."
    label = BY_NAME[head.metric].label
    if head.rule != ANOMALY:
        return f"{label} of {where}: {value} {when(head, names)}; the threshold is {limit(head, names)}."
    range_ = between(head, names)
    also = f" {others(parts)}" if others(parts) else ""
    return f"{label} of {where}: {value} {when(head, names)}, {by_how_much(head)}; usual is {range_}.{also}"


def others(parts: Sequence[Finding]) -> str:
    """Which other metrics moved with the first: `Clicks and conversions moved with it.`"""
    metrics = tuple(dict.fromkeys(part.metric for part in parts if part.metric != parts[0].metric))
    labels = [BY_NAME[metric].label for metric in metrics]
    if not labels:
        return ""
    listed = labels[0] if len(labels) == 1 else f"{', '.join(labels[:-1])} and {labels[-1].lower()}"
    return f"{listed} moved with it."


def scope_of(parts: Sequence[Finding], names: Names) -> str:
    """Whose figure it is: everything, channels, or a campaign."""
    head = parts[0]
    if head.campaign is not None:
        return names.campaigns.get(head.campaign, f"campaign {head.campaign}")
    moved = scopes(parts) if head.rule == ANOMALY else ((head.channel,) if head.channel else ())
    return ", ".join(CHANNELS[name].label if name in CHANNELS else name for name in moved) or EVERYTHING


def by_how_much(part: Finding) -> str:
    """Against what is usual: `89 % less`, `2.1 times as much`."""
    if not part.usual:
        return "where next to none is usual"
    share = part.value / part.usual
    return (
        f"{share:,.1f} times as much"
        if share >= 2
        else f"{abs(share - 1) * 100:,.0f}{SPACE}% {'more' if share > 1 else 'less'}"
    )


def between(part: Finding, names: Names) -> str:
    """The usual range: `20 to 58`, `up to 12`."""
    if part.low is None and part.high is None:
        return "–"
    if part.high is None:
        return f"{said(part.low, part, names)} or more"
    return (
        f"{said(part.low, part, names)} to {said(part.high, part, names)}"
        if part.low
        else f"up to {said(part.high, part, names)}"
    )


def limit(part: Finding, names: Names) -> str:
    """The line that was crossed."""
    return said(part.high if part.over else part.low, part, names)


def said(value: float | None, part: Finding, names: Names) -> str:
    """A figure of the part's metric."""
    if part.metric not in BY_NAME:
        return "–" if value is None else f"{value:,.0f}".replace("-", MINUS)
    amount = None if value is None else Decimal(repr(round(value, 4)))
    return figure(amount, BY_NAME[part.metric], part.currency or names.currency)


def when(part: Finding, names: Names) -> str:
    """The time of a figure: `in the hour to 10:00 on 12 Nov`, `on 12 Nov`."""
    since, until = part.since.astimezone(names.zone), part.until.astimezone(names.zone)
    if part.whole_day:
        return f"on {since.day} {since:%b}"
    hours = round((part.until - part.since) / HOUR)
    return f"in the {'hour' if hours == 1 else f'{hours} hours'} to {moment(until, names)}"


def moment(at: datetime, names: Names) -> str:
    local = at.astimezone(names.zone)
    return f"{local:%H:%M} on {local.day} {local:%b} ({local:%Z})"

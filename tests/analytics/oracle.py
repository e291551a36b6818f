"""What the totals should be, counted by plain Python from a list of events: the slow, obvious way.

It shares nothing with the SQL under test but the definitions of PRODUCT and the thresholds of `machine_rules`.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from analytics import machine_rules as rules
from analytics.event_types import EventType as T

WINDOW = timedelta(days=7)
Group = tuple[int, int, str]  # campaign, contact, message
Cell = tuple[str, int, datetime, str]  # basis, campaign, hour, measure


@dataclass(frozen=True)
class Happened:
    """One event as a batch carries it; money in USD."""

    event_id: str
    contact: int
    type: T
    at: datetime
    campaign: int = 0
    message: str = ""
    order: int | None = None
    amount: Decimal | None = None
    flagged: bool = False
    link: int | None = None
    network: int | None = None


@dataclass(frozen=True)
class Credit:
    event: Happened
    campaign: int
    message: str


def accepted(events: list[Happened]) -> list[Happened]:
    """The first of each (contact, event id), in order of arrival."""
    first: dict[tuple[int, str], Happened] = {}
    for event in events:
        first.setdefault((event.contact, event.event_id), event)
    return list(first.values())


def machine_touches(events: list[Happened]) -> set[tuple[int, str]]:
    """The (contact, event id) of opens and clicks that a machine made."""
    found = set()
    for touches, delivered in _by_message(events):
        for touch in touches:
            if touch.flagged or _at_delivery(touch, delivered) or _in_burst(touch, touches):
                found.add((touch.contact, touch.event_id))
    return found


def _by_message(events: list[Happened]) -> list[tuple[list[Happened], datetime | None]]:
    groups: dict[Group, list[Happened]] = defaultdict(list)
    for event in events:
        groups[(event.campaign, event.contact, event.message)].append(event)
    return [
        (
            [e for e in group if e.type in (T.OPENED, T.CLICKED)],
            min((e.at for e in group if e.type == T.DELIVERED), default=None),
        )
        for group in groups.values()
    ]


def _at_delivery(touch: Happened, delivered: datetime | None) -> bool:
    return delivered is not None and timedelta(0) <= touch.at - delivered < timedelta(seconds=rules.OPEN_SECONDS)


def _in_burst(touch: Happened, touches: list[Happened]) -> bool:
    for start in touches:
        age = (touch.at - start.at).total_seconds()
        after = [e for e in touches if e.at >= start.at]
        near = [e for e in after if (e.at - start.at).total_seconds() <= rules.BURST_SECONDS]
        links = {e.link for e in near if e.type == T.CLICKED and e.link is not None}
        if touch.type == T.CLICKED and 0 <= age <= rules.BURST_SECONDS and len(links) >= rules.BURST:
            return True
        wide = [e for e in after if (e.at - start.at).total_seconds() <= rules.NETWORK_SECONDS]
        networks = {e.network for e in wide if e.network is not None}
        if 0 <= age <= rules.NETWORK_SECONDS and len(networks) >= rules.BURST:
            return True
    return False


def ledger(events: list[Happened], machines: set[tuple[int, str]]) -> list[Credit]:
    """Which campaign and message each conversion and refund is credited to."""
    touches = [
        e for e in events if e.type in (T.OPENED, T.CLICKED) and (e.contact, e.event_id) not in machines
    ]  # fmt: skip
    conversions = [_credit_conversion(e, touches) for e in events if e.type == T.CONVERTED]
    refunds = [_credit_refund(e, conversions) for e in events if e.type == T.REFUNDED]
    return conversions + refunds


def _credit_conversion(event: Happened, touches: list[Happened]) -> Credit:
    if event.campaign:
        return Credit(event, event.campaign, event.message)
    near = [t for t in touches if t.contact == event.contact and event.at - WINDOW <= t.at <= event.at]
    best = max(near, key=lambda t: (t.type == T.CLICKED, t.at, t.event_id), default=None)
    return Credit(event, best.campaign, best.message) if best else Credit(event, 0, "")


def _credit_refund(event: Happened, conversions: list[Credit]) -> Credit:
    own = [c for c in conversions if c.event.contact == event.contact]
    found = None
    if event.order is not None:
        found = min(
            (c for c in own if c.event.order == event.order), key=lambda c: (c.event.at, c.event.event_id), default=None
        )
    elif not event.campaign:
        before = [c for c in own if c.event.at <= event.at]
        found = max(before, key=lambda c: (c.event.at, c.event.event_id), default=None)
    return replace(found, event=event) if found else Credit(event, event.campaign, event.message)


def totals(events: list[Happened]) -> dict[Cell, Decimal]:
    """Every measure of every campaign and hour (UTC) on both bases; cells that are nothing are left out."""
    events = accepted(events)
    machines = machine_touches(events)
    sent: dict[Group, datetime] = {}
    for e in sorted(events, key=lambda e: e.at, reverse=True):
        if e.type == T.SENT:
            sent[(e.campaign, e.contact, e.message)] = e.at
    counted = _engagement(events, machines) + _credited(events, machines)
    cells: Counter[Cell] = Counter()
    for group, at, measure, amount in counted:
        cells[("send", group[0], _hour(sent.get(group, at)), measure)] += amount  # type: ignore[assignment]
        cells[("event", group[0], _hour(at), measure)] += amount  # type: ignore[assignment]
    return {cell: Decimal(amount) for cell, amount in cells.items() if amount}


def _hour(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _engagement(
    events: list[Happened], machines: set[tuple[int, str]]
) -> list[tuple[Group, datetime, str, Decimal]]:  # fmt: skip
    counted: list[tuple[Group, datetime, str, Decimal]] = []
    groups: dict[Group, list[Happened]] = defaultdict(list)
    one = Decimal(1)
    for e in events:
        group = (e.campaign, e.contact, e.message)
        groups[group].append(e)
        machine = (e.contact, e.event_id) in machines
        name = {
            T.SENT: "sends", T.DELIVERED: "delivered", T.IMPRESSION: "impressions",
            T.OPENED: "machine_opens" if machine else "opens", T.CLICKED: "machine_clicks" if machine else "clicks",
        }.get(e.type)  # fmt: skip
        if name:
            counted.append((group, e.at, name, one))
    for group, members in groups.items():
        human = [e for e in members if (e.contact, e.event_id) not in machines]
        opens = [e.at for e in human if e.type == T.OPENED]
        clicks = [e.at for e in human if e.type == T.CLICKED]
        if clicks and not opens:
            counted.append((group, min(clicks), "opens", one))
        firsts = {
            "unique_opens": opens + clicks,
            "unique_clicks": clicks,
            "bounces": [e.at for e in members if e.type in (T.BOUNCED_HARD, T.BOUNCED_SOFT)],
            "unsubscribes": [e.at for e in members if e.type == T.UNSUBSCRIBED],
            "complaints": [e.at for e in members if e.type == T.COMPLAINED],
        }
        counted += [(group, min(times), name, one) for name, times in firsts.items() if times]
    return counted


def _credited(
    events: list[Happened], machines: set[tuple[int, str]]
) -> list[tuple[Group, datetime, str, Decimal]]:  # fmt: skip
    clicked = {
        (e.campaign, e.contact, e.message)
        for e in events
        if e.type == T.CLICKED and (e.contact, e.event_id) not in machines
    }
    counted: list[tuple[Group, datetime, str, Decimal]] = []
    first: dict[Group, datetime] = {}
    for credit in ledger(events, machines):
        event, group = credit.event, (credit.campaign, credit.event.contact, credit.message)
        assert event.amount is not None
        if event.type == T.REFUNDED:
            counted.append((group, event.at, "refunds", event.amount))
            continue
        counted += [(group, event.at, "conversions", Decimal(1)), (group, event.at, "revenue", event.amount)]
        first[group] = min(first.get(group, event.at), event.at)
    for group, at in first.items():
        counted.append((group, at, "converters", Decimal(1)))
        if group in clicked:
            counted.append((group, at, "click_converters", Decimal(1)))
    return counted

"""One event, from what a client sent to what is kept: pure, and fast enough for files of millions."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, NamedTuple

from ..event_types import BY_NAME, TYPE_RULES, EventType, TypeRule
from .values import Refused, Rejection, currency, flag, happened_at, money, required_text, shown, text

LONGEST_ID = 200
LONGEST_AGENT = 500
LONGEST_LINK = 8_000
WHOLE_DIGITS = 18

FIELDS = (
    "event_id", "type", "occurred_at", "campaign", "contact", "message", "order", "amount", "currency", "bounce",
    "user_agent", "ip", "url", "machine",
)  # fmt: skip
_KNOWN = frozenset(FIELDS)
_TYPES = ", ".join(rule.name for rule in TYPE_RULES)


class NewEvent(NamedTuple):
    """One valid event in outside terms. `network` is the /24 or /48 that the address lies in, never the address.

    A tuple, for it is made in a third of a frozen dataclass's time, and files have millions of them.
    """

    event_id: str
    type: int
    occurred_at: datetime
    campaign: str
    contact: str
    message: str
    order: str
    amount: Decimal | None
    currency: str | None
    user_agent: str
    network: str
    url: str
    machine: bool


def parse_event(item: object, *, now: datetime, reporting_currency: str) -> NewEvent | Rejection:
    """The event that an item describes, or why it cannot be taken, which may be all that it is. Never raises, whatever
    the item is.
    """
    try:
        if type(item) is not dict and not isinstance(item, Mapping):
            if isinstance(item, Rejection):
                return item
            raise Refused("", 'the item is not an object with fields; send {"event_id": …, "type": …, …}')
        return _parse(item, now, reporting_currency)
    except Refused as refused:
        return refused.rejection


def _parse(item: Mapping[str, Any], now: datetime, reporting_currency: str) -> NewEvent:
    get = item.get
    event_id = required_text(item, "event_id", LONGEST_ID)
    rule = _rule(item)
    occurred_at = happened_at(item, "occurred_at", now)
    contact = required_text(item, "contact", LONGEST_ID)
    campaign = text(item, "campaign", LONGEST_ID)
    if rule.needs_campaign and not campaign:
        raise Refused("campaign", f"is missing; every {rule.name} event names the campaign it belongs to")
    amount, code = _money(item, rule, reporting_currency)
    return NewEvent(
        event_id,
        rule.codes[0] if len(rule.codes) == 1 else _bounce(item),
        occurred_at,
        campaign,
        contact,
        text(item, "message", LONGEST_ID) if get("message") else "",
        text(item, "order", LONGEST_ID) if get("order") else "",
        amount,
        code,
        _agent(item) if get("user_agent") else "",
        _network(item) if get("ip") else "",
        text(item, "url", LONGEST_LINK) if get("url") else "",
        bool(flag(item, "machine")) if get("machine") else False,
    )


def _rule(item: Mapping[str, Any]) -> TypeRule:
    name = item.get("type")
    rule = BY_NAME.get(name) if type(name) is str else None
    if rule is not None:
        return rule
    name = required_text(item, "type", LONGEST_ID)
    rule = BY_NAME.get(name)
    if rule is None:
        raise Refused("type", f"{shown(name)} is no known kind of event; send one of {_TYPES}")
    return rule


def _bounce(item: Mapping[str, Any]) -> EventType:
    kind = text(item, "bounce", LONGEST_ID)
    if kind not in ("", "hard", "soft"):
        raise Refused("bounce", 'is neither "hard" nor "soft"; send one of the two')
    return EventType.BOUNCED_SOFT if kind == "soft" else EventType.BOUNCED_HARD


def _money(item: Mapping[str, Any], rule: TypeRule, reporting_currency: str) -> tuple[Decimal | None, str | None]:
    amount = money(item, "amount", WHOLE_DIGITS)
    if not rule.bears_money:
        if amount is not None:
            raise Refused("amount", f"{rule.name} events bear no money; send it with converted or refunded")
        return None, None
    if amount is None:
        raise Refused("amount", f"is missing; every {rule.name} event says how much")
    if amount < 0:
        raise Refused("amount", "is negative; send money given back as a refunded event with a positive amount")
    if not amount and rule.name == "refunded":
        raise Refused("amount", "is 0; a refund gives something back, send how much")
    return amount, currency(item, "currency", reporting_currency)


def _agent(item: Mapping[str, Any]) -> str:
    """The user agent, cut to what is kept: its end tells nothing about who reads."""
    agent = item["user_agent"]
    return text({"user_agent": agent[:LONGEST_AGENT]} if type(agent) is str else item, "user_agent", LONGEST_AGENT)


def _network(item: Mapping[str, Any]) -> str:
    network = _network_of(text(item, "ip", 60))
    if network is None:
        raise Refused("ip", "is no IPv4 or IPv6 address; send one, without a port, or leave it out")
    return network


@lru_cache(maxsize=16_384)
def _network_of(address: str) -> str | None:
    """The network of an address, wide enough to name nobody: /24 for IPv4, /48 for IPv6."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is None:
            return str(ip_network((ip, 48), strict=False))
        ip = ip.ipv4_mapped
    return str(ip_network((ip, 24), strict=False))


def unknown_fields(items: Iterable[object]) -> list[str]:
    """Names of fields that no event has, sorted: they are ignored, and the sender is told."""
    unknown: set[str] = set()
    for item in items:
        if isinstance(item, Mapping) and not item.keys() <= _KNOWN:
            unknown.update(str(name) for name in item.keys() - _KNOWN)
    return sorted(unknown)

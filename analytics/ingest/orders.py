"""Files whose rows are all of one type, such as orders: each row as the event that the door for events takes.

An event without an id of its own is known by its order, so an export that comes again, or overlaps, counts once.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from .. import channels
from ..event_types import BY_NAME
from . import cells, events, shops, stubs
from .cells import LeftOut, Reading
from .values import LONGEST_TIME, Rejection
from .verdicts import Verdicts
from .ways_out import Way, WayOut

FIELDS = ("status", "refunded")  # say something in files alone: whether an order was paid, what was given back of it
OTHER_AMOUNT = Rejection(
    "amount",
    "amount: another row of the same order says another one, and an order counts once; bring a row for each order with "
    "its total, or a column with an event_id of each row",
)
_TIME = re.compile(
    r"(.+?)(?:,?\s+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(?:\s*([AaPp])\.?[Mm]\.?)?)?", re.ASCII
)  # a day, and the time of it


def read_row(item: Mapping[str, str], _label: str, reading: Reading) -> dict[str, Any] | Rejection | LeftOut:
    """A row, by our fields, as the door takes it."""
    said: dict[str, Any] = {
        field: "" if cell.strip() in cells.NOTHING else cell.strip() for field, cell in item.items() if field
    }
    status, refunded = said.pop("status", None), said.pop("refunded", None)
    if BY_NAME[reading.type].bears_money:
        if left := _left_out(said, status, refunded, reading):
            return left
        if fault := _read_amount(said, refunded, reading):
            return fault
    at = read_time(said.get("occurred_at", ""), reading.dates, reading.time_zone or settings.REPORTING_TIME_ZONE)
    if isinstance(at, Rejection):
        return at
    if not said.get("event_id") and said.get("order"):
        said["event_id"] = f"{reading.type} {said['order']}"
    return said | {"type": reading.type, "occurred_at": at}


def _left_out(
    said: Mapping[str, str], status: str | None, refunded: str | None, reading: Reading
) -> LeftOut | Rejection | None:
    """Why a row is no sale, or no refund; None for one that counts."""
    if reading.type == shops.REFUND and refunded is not None:
        return None if refunded.strip("0.,- ") else LeftOut.NOTHING
    if reading.platform == shops.SHOPIFY and not said.get("amount") and not status:
        return LeftOut.NOTHING  # a further line of an order
    if status is None:
        return None
    if reading.type == shops.REFUND:
        return None if "refund" in status.casefold() else LeftOut.NOTHING
    paid = shops.is_paid(status)
    if paid is None:
        return Rejection("status", "status: nobody knows whether it means paid", (WayOut(Way.STATUS),))
    return None if paid else LeftOut.NOTHING


def _read_amount(said: dict[str, Any], refunded: str | None, reading: Reading) -> Rejection | None:
    is_refund = reading.type == shops.REFUND
    if is_refund and refunded is not None:
        said["amount"] = refunded
    usual = reading.currency or settings.REPORTING_CURRENCY
    if fault := cells.read_money(said, ("amount",), reading.decimal, usual):
        return fault
    said["currency"] = said["currency"] or reading.currency
    if is_refund:
        said["amount"] = said.get("amount", "").removeprefix("-")  # shops write what goes back either way
    return None


@lru_cache(maxsize=16_384)
def read_time(text: str, order: str, zone: str) -> datetime | str | Rejection:
    """The moment, in UTC, of a time as exports write it; one without a zone is of `zone`, a day its midnight there.

    What has another form stays, for the door to refuse.
    """
    try:
        found = datetime.fromisoformat(text.removesuffix(" UTC") + ("Z" if text.endswith(" UTC") else ""))
    except ValueError:
        match = _TIME.fullmatch(text) if len(text) <= LONGEST_TIME else None
        day, clock = (cells.read_date(match[1], order), _clock(match)) if match else (None, None)
        if match and day is None and cells.may_be_two(match[1], order):
            return Rejection("occurred_at", "occurred_at: may have the day or the month first", (WayOut(Way.DATES),))
        if day is None or clock is None:
            return text
        found = datetime.combine(day, clock)
    try:
        return (found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
    except OverflowError:
        return text


def has_zone(text: str) -> bool:
    """Whether a time says itself where it is of; what is no time asks nothing."""
    one, other = (read_time(text.strip(), "dmy", zone) for zone in ("UTC", "Asia/Tokyo"))
    return one == other


def _clock(match: re.Match[str]) -> time | None:
    """The time of a match of `_TIME`, midnight where it names none; None for what is none."""
    hour, half = int(match[2] or 0), match[5]
    if half and not 1 <= hour <= 12:
        return None
    hour = hour % 12 + 12 * (half in ("P", "p")) if half else hour
    try:
        return time(hour, int(match[3] or 0), int(match[4] or 0))
    except ValueError:
        return None


def record_rows(
    items: Sequence[Mapping[str, Any]],
    *,
    at: datetime,
    channel: str = "",
    said: Sequence[Any] | None = None,
    **how: Any,
) -> Verdicts:
    """`record_events`. With a `channel`, campaigns that nobody told of become stubs in it.

    Of rows that were read, as `said` is of, a further one of an order with another amount is rejected.
    """
    with transaction.atomic():
        if channel:
            names = {str(item.get("campaign") or "") for item in items} - {""}
            stubs.add({stubs.Named(name, name, channel) for name in names}, at)
        if said is None:
            return events.take_in(items, at=at, **how)
        ways = (Way.CAMPAIGN, Way.CREATES)
        return events.take_in(_alike(items), at=at, said=said, ways=ways, **how)


def _alike(items: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any] | Rejection]:
    """The items, but for those whose event says another amount than before: it would be taken for known, silently."""
    amounts: dict[tuple[Any, Any], Any] = {}
    return [
        item
        if amounts.setdefault((item.get("event_id"), item.get("contact")), item.get("amount")) == item.get("amount")
        else OTHER_AMOUNT
        for item in items
    ]


def channel_of(reading: Reading) -> str:
    """Where campaigns go that only orders name; "" if such are rejected."""
    return channels.OTHER if reading.creates else ""

"""What a file of events is where no column says what each row is: mostly an export of orders."""

from collections.abc import Collection, Mapping, Sequence

from ..event_types import BY_NAME
from . import cells, orders, shops
from .cells import Reading
from .ways_out import Fault, Way, WayOut


def type_of(fields: Collection[str], said: str, kept: str) -> str:
    """What each row is: as somebody `said`, as it was `kept`, or as the columns tell; "" where a column says it.

    A file that has what was refunded beside what was paid comes as both, so of it nothing is kept.
    """
    if said or "type" in fields:
        return said
    tell = shops.ORDER if set(fields) >= shops.NEEDED else ""
    return tell or kept if "refunded" in fields else kept or tell


def reading_of(
    mapping: Mapping[str, str], values: Mapping[str, Sequence[str]], usual: Reading, kept: Reading | None
) -> Reading:
    """`usual` are platform, decimals, days and type by all but its cells; `kept` is what was told of its header."""
    numbers = [text for field in ("amount", "refunded") for text in values.get(field, ())]
    days = [text.split(" ")[0] for text in values.get("occurred_at", ())]
    is_utc = any(field == "occurred_at" and "utc" in name.lower() for name, field in mapping.items())
    return Reading(
        platform=usual.platform,
        decimal=cells.decimal_of(numbers) or (kept.decimal if kept else usual.decimal),
        dates=cells.order_of(days) or (kept.dates if kept else "") or usual.dates,
        time_zone="UTC" if is_utc else "",
        creates=usual.platform != "",
        type=usual.type,
    )


def notes(mapping: Mapping[str, str], values: Mapping[str, Sequence[str]], reading: Reading) -> list[Fault]:
    """What whoever brings a file of orders should know before its rows count."""
    named = {field: column.strip() for column, field in mapping.items()}
    of = shops.BY_NAME[reading.platform].label if reading.platform else ""
    unpaid = sum(shops.is_paid(status) is False for status in values.get("status", ()))
    pays = BY_NAME[reading.type].bears_money
    said: list[tuple[bool, str, Way | None]] = [
        (bool(of), f"It is an export of {of}.", None),
        (True, f"Each row is taken as an event of type {reading.type}.", None),
        (
            "event_id" not in named and "order" in named,
            "An order counts once, by its number, however often it comes.",
            None,
        ),
        (
            pays and "status" in named,
            f'Orders whose "{named.get("status")}" is not paid are left out, {unpaid:,} of them among the first rows.',
            None,
        ),
        (pays and "status" not in named, "No column says which orders were paid, so all of them count.", None),
        (reading.platform == shops.SHOPIFY, "Further lines of an order say no total and are left out.", None),
        (
            "refunded" in named and reading.type == shops.ORDER,
            f'"{named.get("refunded")}" is not taken off; import the file once more with its rows as refunded.',
            None,
        ),
        (
            pays and "currency" not in named and not reading.currency,
            "It names no currency, so amounts count in the reporting currency if nobody says another.",
            Way.CURRENCY,
        ),
        (
            not all(orders.has_zone(text) for text in values.get("occurred_at", ())) and not reading.time_zone,
            "Its times name no zone, so they are of the reporting one if nobody says another.",
            Way.TIME_ZONE,
        ),
    ]
    return [Fault(text, (WayOut(way),) if way else ()) for holds, text, way in said if holds]

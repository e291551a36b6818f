"""Reading single values as clients send them: pure, strict, and every refusal says the way out.

A value that is absent, null or empty text counts as not given. A reason never repeats a value that could name a person.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import cache, lru_cache
from typing import Any
from zoneinfo import available_timezones

from ..currencies import MINOR_UNITS
from ..days import read_day
from .in_clear import WAY_OUT as IN_CLEAR
from .in_clear import names_somebody
from .ways_out import Door, WayOut, either

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
FUTURE = timedelta(minutes=5)
WAY_OUT = "send the time it happened"
DECIMALS = Decimal("1e-9")
LONGEST_NUMBER = 60
LONGEST_TIME = 40
_PLAIN = re.compile(r"[A-Za-z0-9_.:/ +-]{1,60}")
_YES = frozenset({"true", "1", "yes", "t", "y"})
_NO = frozenset({"false", "0", "no", "f", "n"})
_KINDS: dict[type, str] = {
    **dict.fromkeys((int, float, Decimal), "a number"),
    bool: "true or false",
    list: "a list",
    dict: "an object",
}


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why an item was not taken: which field, and what to do about it. `field` is empty for the item as a whole.

    `ways` are what can be done that depends on how it came; `said` puts them into the reason.
    """

    field: str
    reason: str
    ways: tuple[WayOut, ...] = ()

    def said(self, door: Door) -> "Rejection":
        """The same in the words of whoever sent the item."""
        ways = either(self.ways, door)
        return Rejection(self.field, f"{self.reason}; {ways}") if ways else Rejection(self.field, self.reason)


class Refused(Exception):
    """Raised inside a parser; becomes a `Rejection`."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(field, reason)
        self.rejection = Rejection(field, f"{field}: {reason}" if field else reason)


def shown(value: str) -> str:
    """The value for a reason, or a stand-in where it is long, odd or could be an address."""
    return f'"{value}"' if _PLAIN.fullmatch(value) else "the value sent"


def text(item: Mapping[str, Any], field: str, longest: int) -> str:
    """The trimmed text of a field, "" when not given."""
    value = item.get(field)
    return "" if value is None else text_of(value, field, longest)


def text_of(value: object, field: str, longest: int) -> str:
    """The trimmed text of a value that a field has."""
    if type(value) is not str:
        raise Refused(field, f"is {_kind(value)}; send text")
    if len(value) > longest + LONGEST_NUMBER:
        raise Refused(field, f"is {len(value):,} characters long; at most {longest:,} are kept, send a shorter one")
    value = value.strip()
    if len(value) > longest:
        raise Refused(field, f"is {len(value):,} characters long; at most {longest:,} are kept, send a shorter one")
    if "\0" in value:
        raise Refused(field, "contains a NUL character; remove it")
    if not value.isascii():
        _refuse_half_characters(field, value)
    return value


def clear_text(item: Mapping[str, Any], field: str, longest: int, *, roles: bool = False) -> str:
    """The same of a field that is kept and shown in clear; see `in_clear` on `roles`."""
    value = text(item, field, longest)
    if value and names_somebody(value, roles=roles):
        raise Refused(field, IN_CLEAR)
    return value


def required_text(item: Mapping[str, Any], field: str, longest: int) -> str:
    """The trimmed text of a field that must be given."""
    return text(item, field, longest) or _missing(field)


def _missing(field: str) -> str:
    raise Refused(field, "is missing or empty; send it with every item")


def _kind(value: object) -> str:
    return _KINDS.get(type(value), f"of type {type(value).__name__}")


def _refuse_half_characters(field: str, value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Refused(field, "contains half a character (a lone surrogate); send valid Unicode") from None


def moment(item: Mapping[str, Any], field: str) -> datetime | None:
    """A time in UTC; without a zone it is taken as UTC, a bare date as its midnight. One that was read is in UTC."""
    value = item.get(field)
    if value is None or value == "":
        return None
    if type(value) is datetime:
        return value
    if type(value) is str and len(value) <= LONGEST_TIME:
        parsed = _parse_moment(value)
        if parsed is not None:
            return parsed
    raise Refused(field, "is not a time; send ISO 8601 with a zone, such as 2026-10-05T14:30:00Z")


@lru_cache(maxsize=65_536)
def _parse_moment(value: str) -> datetime | None:
    try:
        parsed = datetime.fromisoformat(value.strip())
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def happened_at(item: Mapping[str, Any], field: str, now: datetime) -> datetime:
    """When something happened: given, from 2000 on, and not in the future."""
    at = moment(item, field)
    if at is None:
        raise Refused(field, "is missing or empty; send it with every item")
    if at > now + FUTURE:
        raise Refused(field, f"{at:%Y-%m-%dT%H:%M:%SZ} lies more than 5 minutes in the future; {WAY_OUT}, in UTC")
    if at < EARLIEST:
        raise Refused(field, f"{at.date()} lies before 2000-01-01; {WAY_OUT}")
    return at


def day(item: Mapping[str, Any], field: str, today: date) -> date:
    """A day (YYYY-MM-DD) from 2000 on, at most one day ahead of today."""
    value = required_text(item, field, LONGEST_TIME)
    try:
        parsed = read_day(value)
    except ValueError:
        raise Refused(field, "is not a day; send it as YYYY-MM-DD") from None
    if parsed > today + timedelta(days=1):
        raise Refused(field, f"{parsed} lies in the future; send a cost once its day has begun")
    if parsed < EARLIEST.date():
        raise Refused(field, f"{parsed} lies before 2000-01-01; send the day it was spent")
    return parsed


def money(item: Mapping[str, Any], field: str, whole_digits: int) -> Decimal | None:
    """An amount exactly as sent: at most `whole_digits` digits before the point, nine after; None when not given."""
    value = item.get(field)
    if value is None or value == "":
        return None
    if type(value) in (int, float, Decimal):
        value = str(value) if type(value) is not int or abs(value) < 10**LONGEST_NUMBER else "NaN"
    if type(value) is not str:
        raise Refused(field, f"is {_kind(value)}; send a number such as 19.99")
    amount = _parse_money(value) if len(value) <= LONGEST_NUMBER else None
    if amount is None:
        raise Refused(field, "is not a number; send digits with a point, such as 1234.56")
    if amount and amount.adjusted() >= whole_digits:
        raise Refused(field, f"is too large; at most {whole_digits} digits may stand before the point")
    if amount.quantize(DECIMALS) != amount:
        raise Refused(field, "has more than 9 decimals; round it")
    return amount


@lru_cache(maxsize=16_384)
def _parse_money(value: str) -> Decimal | None:
    value = value.strip()
    if not value.isascii() or "_" in value:
        return None
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return None
    if not amount:
        return Decimal(0)  # a zero may bear any exponent, such as 0e-99999, which a database cannot keep
    return amount if amount.is_finite() else None


def currency(item: Mapping[str, Any], field: str, default: str) -> str:
    """An ISO 4217 code in capitals; `default` when not given."""
    value = item.get(field)
    if value is None or value == "":
        return default
    if type(value) is str and value in MINOR_UNITS:
        return value
    value = text(item, field, 60)
    if value.upper() in MINOR_UNITS:
        return value.upper()
    raise Refused(field, f"{shown(value)} is no ISO 4217 code; send one such as EUR or USD")


def flag(item: Mapping[str, Any], field: str) -> bool | None:
    """True or false, as JSON or as the words that spreadsheets write; None when not given."""
    value = item.get(field)
    if value is None or type(value) is bool:
        return value
    word = text(item, field, 10).lower()
    if word in _YES or word in _NO or not word:
        return word in _YES if word else None
    raise Refused(field, "is neither true nor false; send one of the two")


def time_zone(item: Mapping[str, Any], field: str) -> str:
    """The IANA name of a time zone; "" when not given."""
    name = text(item, field, LONGEST_NUMBER)
    if name and name not in _time_zones():
        raise Refused(field, f"{shown(name)} is no time zone; send a name such as Europe/Berlin")
    return name


@cache
def _time_zones() -> set[str]:
    return available_timezones()


def count(item: Mapping[str, Any], field: str) -> int | None:
    """A whole number, not negative, below 10^12; None when not given."""
    number = money(item, field, whole_digits=12)
    if number is None:
        return None
    if number < 0 or number != int(number):
        raise Refused(field, "is not a whole number of at least 0; send one")
    return int(number)

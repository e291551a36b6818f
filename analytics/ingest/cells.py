"""What stands in the cells of a report of costs: numbers, days and totals as platforms write them. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import lru_cache
from typing import Any, NamedTuple

from ..currencies import MINOR_UNITS
from ..days import read_day
from .currency_signs import MARK, currencies
from .values import LONGEST_NUMBER, Rejection
from .ways_out import Way, WayOut

COUNTS = ("impressions", "clicks", "conversions")
NUMBERS = ("amount", *COUNTS)
NOTHING = frozenset({"", "-", "--", "—", "–", "n/a", "N/A"})  # not reported, which is not zero

_BLANKS = " \t\u00a0\u202f\u2009'’"
_MONEY = re.compile(rf"(-)?\s*({MARK})?\s*(-)?\s*((?:[\d.,'’][\d.,'’\s]*)?\d)\s*(-)?\s*({MARK})?\s*(-)?")
_BRACKETED = re.compile(rf"({MARK})?\s*\(([^()]*)\)\s*({MARK})?")
_MINUS = dict.fromkeys("\u2212\u2010\u2011\u2012\u2013\ufe63\uff0d", "-")
_DIRECTIONS = dict.fromkeys("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_PLAINLY = str.maketrans(_MINUS | _DIRECTIONS)  # as spreadsheets and languages write a minus
_GROUPED = {
    ".": re.compile(rf"(?:\d{{1,3}}(?:[,{_BLANKS}]\d{{2,3}})*[,{_BLANKS}]\d{{3}}|\d+)(?:\.\d+)?"),
    ",": re.compile(rf"(?:\d{{1,3}}(?:[.{_BLANKS}]\d{{2,3}})*[.{_BLANKS}]\d{{3}}|\d+)(?:,\d+)?"),
}
_SEPARATED = re.compile(r"(\d+)([.,])(\d+)")
_TOTAL = re.compile(
    r"(?:(?:grand|overall|deleted\s+items)\s+)?"
    r"(?:totals?|gesamt|gesamtsumme|summe|totale|totales|totaal|الإجمالي|المجموع)\s*(?:[:\uff1a].*)?"
    r"|(?:(?:grand|overall)\s+)?total\s*(?:of|[-–—])\s*\d[\d.,]*\s+\w+"
    r"|(?:results from|ergebnisse aus|résultats de)\s+\d+\b.*",
    re.IGNORECASE | re.DOTALL,
)
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ]00:00(?::00(?:\.0+)?)?Z?)?", re.ASCII)
_PACKED = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})", re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})", re.ASCII)
_WORDS = re.compile(r"([A-Za-z]{3})[a-z]*\.? (\d{1,2}), (\d{4})", re.ASCII)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True, slots=True)
class Reading:
    """How cells are to be read. All of it is plain text and flags, so that it can be kept as JSON."""

    platform: str = ""  # whose export it is, as in `headers`; "" for a plain file
    decimal: str = "."  # or ","
    dates: str = ""  # which number comes first in a day such as 3/4/2026: "dmy" or "mdy"; "" if nobody knows
    day: str = ""  # YYYY-MM-DD, the day of all rows, for a report without days
    currency: str = ""  # of rows that name none; "" for the reporting currency
    time_zone: str = ""  # IANA name of the zone that days are of, for rows that name none; "" for the reporting one
    adds: bool = (
        False  # rows for the same campaign, day, source and item add up, as with `day`; else the last one holds
    )
    creates: bool = False  # campaigns that nobody told of are made
    type: str = ""  # what each row of a file of events is, where no column says it


class LeftOut(Enum):
    """Rows that are no costs, or no orders."""

    TOTAL = "total"
    NOTHING = (
        "nothing"  # no amount and nothing else, a line behind the report; no sale or refund, a further line of one
    )


def read_costs(
    item: Mapping[str, str], label: str, reading: Reading, usual: str = ""
) -> dict[str, Any] | Rejection | LeftOut:
    """A row, by our fields, as the door takes it. `label` is its first cell, where totals say what they are.

    `usual` is the currency of rows of which nothing else tells it.
    """
    said = {field: "" if cell.strip() in NOTHING else cell.strip() for field, cell in item.items() if field}
    for field in ("campaign", "campaign_name"):
        said[field] = _unbracketed(said.get(field, ""))
    said["campaign"] = said["campaign"] or said["campaign_name"]
    day = read_date(said.get("date", ""), reading.dates)
    is_of_several = bool(said.get("last_day")) and read_date(said["last_day"], reading.dates) != day
    if _is_total(said, label, None if is_of_several else day, reading):
        return LeftOut.TOTAL
    if reading.platform and not said.get("amount") and not any(said.get(field, "").strip("0.,") for field in COUNTS):
        return LeftOut.NOTHING
    if day is None and may_be_two(said.get("date", ""), reading.dates):
        return Rejection("date", "date: may have the day or the month first", (WayOut(Way.DATES),))
    if is_of_several:
        return Rejection("date", "date: the row is of several days; export a row for each day")
    if fault := read_money(said, NUMBERS, reading.decimal, reading.currency or usual):
        return fault
    return _completed(said, day, reading)


def read_money(said: dict[str, str], fields: Iterable[str], decimal: str, usual: str) -> Rejection | None:
    """Put the numbers of a row as the door takes them, and its currency by `currency_of`; or why that cannot be."""
    currency = currency_of(said.get("amount", ""), said.get("currency", ""), usual)
    if isinstance(currency, Rejection):
        return currency
    said["currency"] = currency
    for field in fields:
        if field in said:
            number = read_number(said[field], decimal)
            if number is None:
                what = f'{field}: is no number with "{decimal}" before its decimals; mend it'
                return Rejection(field, what, (WayOut(Way.DECIMAL),))
            said[field] = number
    return None


def currency_of(amount: str, said: str, usual: str) -> str | Rejection:
    """The currency of a row: as `said` in a column, else as the amount's cell names it, "" where neither does.

    A sign that several currencies share is `usual` where that is one of them, and nobody's otherwise.
    """
    marks = _marks(amount)
    if not marks:
        return said
    meant, named = frozenset.intersection(*map(currencies, marks)), " and ".join(f'"{mark}"' for mark in marks)
    if not meant:
        return Rejection("amount", f"amount: {named} names no currency we know; write its code, such as EUR")
    if said:
        told = said.upper()
        if told in meant or told not in MINOR_UNITS:  # the door refuses what is no code
            return said
        return Rejection("amount", f"amount: {named} is not {told}, which the row names as its currency; mend one")
    if len(meant) == 1:
        return min(meant)
    if usual in meant:
        return usual
    some = ", ".join(sorted(meant)[:4])
    what = f"currency: {named} may be one of several, such as {some}"
    return Rejection("currency", what, (WayOut(Way.CURRENCY),))


def _marks(amount: str) -> tuple[str, ...]:
    money = None if amount.isdigit() else _money(amount)
    return money.marks if money else ()


class _Money(NamedTuple):
    """A number as it is written, without its sign and what names its currency."""

    digits: str
    is_negative: bool
    marks: tuple[str, ...]


@lru_cache(maxsize=16_384)
def _money(text: str) -> _Money | None:
    """Negative by one minus before or behind the number or its currency, or, as accountants write it, by brackets.
    None for what is no number.
    """
    if len(text) > LONGEST_NUMBER:
        return None
    text = text.translate(_PLAINLY).strip()
    if in_brackets := _BRACKETED.fullmatch(text):
        text = f"-{in_brackets[1] or ''}{in_brackets[2].strip()}{in_brackets[3] or ''}"
    match = _MONEY.fullmatch(text)
    if match is None:
        return None
    signs = sum(match[place] is not None for place in (1, 3, 5, 7))
    marks = tuple(mark for mark in (match[2], match[6]) if mark)
    return _Money(match[4], signs == 1, marks) if signs < 2 else None


def left_out(row: Sequence[str], reading: Reading) -> LeftOut | None:
    """What a row is that has not as many cells as the header: a total, a line behind the report, or None."""
    if reading.platform and is_total_label(row[0]):
        return LeftOut.TOTAL
    return LeftOut.NOTHING if reading.platform and not any(cell.strip() for cell in row[1:]) else None


def _completed(said: dict[str, str], day: date | None, reading: Reading) -> dict[str, Any]:
    written = said.get("date", "") if day is None else day.isoformat()
    return said | {
        "date": written or reading.day,
        "currency": said.get("currency") or reading.currency,
        "time_zone": said.get("time_zone") or reading.time_zone,
    }


def _is_total(said: Mapping[str, str], label: str, day: date | None, reading: Reading) -> bool:
    """A row that sums others up: it says so where no day is, or it names no campaign."""
    if day is None and any(is_total_label(text) for text in (label, said["campaign"], said.get("campaign_name", ""))):
        return True
    return bool(reading.platform) and not said["campaign"] and (day is None or reading.platform == "meta")


def is_total_label(text: str) -> bool:
    """Whether a text is what platforms call a total: the word alone, with a colon or a count behind it."""
    return _TOTAL.fullmatch(text.strip()) is not None


def _unbracketed(text: str) -> str:
    """Microsoft writes ids in brackets, so that a spreadsheet does not round them."""
    return text[1:-1] if text[:1] == "[" and text[-1:] == "]" and text[1:-1].isdigit() else text


@lru_cache(maxsize=16_384)
def read_number(text: str, decimal: str) -> str | None:
    """The number with a point and without grouping. What has another form stays, for the door to refuse; None where
    the door would take it for another number, or it is one with the other sign before its decimals.
    """
    if text.isdigit() or not text:
        return text
    money = _money(text)
    if money is None or not _GROUPED[decimal].fullmatch(money.digits):
        is_other = "." in text if decimal == "," else money is not None and _GROUPED[","].fullmatch(money.digits)
        return None if is_other else text
    whole, _, part = money.digits.partition(decimal)
    digits = re.sub(rf"[.,{_BLANKS}]", "", whole)
    return ("-" if money.is_negative else "") + (f"{digits}.{part}" if part else digits)


def decimal_of(texts: Iterable[str]) -> str:
    """Which sign stands before decimals in these numbers: "." or ","; "" where they do not tell."""
    points = commas = 0
    for text in texts:
        money = _money(text)
        if sign := _sign(money.digits if money else text):
            points, commas = points + (sign == "."), commas + (sign == ",")
    return "" if points == commas else "." if points > commas else ","


def _sign(text: str) -> str:
    """What one number tells. One sign with three digits behind it may be either; one that is there twice is none."""
    last = max(text.rfind("."), text.rfind(","))
    if last < 0:
        return ""
    sign, other = text[last], "," if text[last] == "." else "."
    if other in text:
        return sign
    if text.count(sign) > 1:
        return other
    match = _SEPARATED.search(text)
    sure = match and (len(match[3]) != 3 or len(match[1]) > 3 or match[1].startswith("0"))
    return sign if sure else ""


@lru_cache(maxsize=16_384)
def read_date(text: str, order: str) -> date | None:
    """The day as reports write it; None for what is none, or could be two."""
    if match := _ISO.fullmatch(text) or _PACKED.fullmatch(text) or _YEAR_FIRST.fullmatch(text):
        year, month, day = match.groups()
    elif match := _YEAR_LAST.fullmatch(text):
        day, month, year = match[1], match[3], match[4]
        if order == "mdy":
            day, month = month, day
        elif not order and match[2] != "." and match[1] != match[3]:
            return None
    elif match := _WORDS.fullmatch(text):
        if match[1].lower() not in _MONTHS:
            return None
        day, year, month = match[2], match[3], str(_MONTHS.index(match[1].lower()) + 1)
    else:
        return None
    try:
        return read_day(f"{year}-{int(month):02d}-{int(day):02d}")
    except ValueError:
        return None


def may_be_two(text: str, order: str) -> bool:
    """Whether a day that could not be read may be one with the day first, or with the month."""
    return not order and _YEAR_LAST.fullmatch(text) is not None


def order_of(texts: Iterable[str]) -> str:
    """Whether these days have the day or the month first, by one that can be only one of them; "" if none tells."""
    found = set()
    for text in texts:
        if match := _YEAR_LAST.fullmatch(text.strip()):
            if match[2] == "." or int(match[1]) > 12:
                found.add("dmy")
            elif int(match[3]) > 12:
                found.add("mdy")
    return found.pop() if len(found) == 1 else ""

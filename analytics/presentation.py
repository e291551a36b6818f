"""How figures look on a page: text from values, and nothing else. Pure.

Unknown is an en dash, a negative number has a real minus, a thousand a comma, and a unit stands behind a space that
does not break. No figure shows more digits than it is worth.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from .catalogue import Better, Metric, Unit, Value
from .currencies import MINOR_UNITS
from .scope import Period

UNKNOWN = "–"
MINUS = "−"
SPACE = "\N{NO-BREAK SPACE}"
SYMBOLS: dict[str, str] = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "BRL": "R$", "KRW": "₩"}
WHOLE_MONEY_FROM = 1000  # from here on minor units are noise on a tile
SMALL_PERCENT = 10  # below this a rate is shown with two decimals


@dataclass(frozen=True, slots=True)
class Change:
    """How a figure moved: `text` bears the size, `arrow` the direction, `worth` (good, bad or flat) the colour."""

    text: str
    arrow: str
    words: str
    worth: str


NO_CHANGE = Change(UNKNOWN, "", "unknown", "flat")
RUNNING = Change("day still running", "", "", "flat")


def figure(value: Value, metric: Metric, currency: str, places: int | None = None) -> str:
    """One value as text: `$184,206`, `31.8 %`, `4.31`, `412,806`, or an en dash; `places` are those of money."""
    if value is None:
        return UNKNOWN
    if metric.unit is Unit.MONEY:
        return money(Decimal(value), currency, places)
    if metric.unit is Unit.COUNT:
        return _signed(f"{abs(int(value)):,}", float(value))
    return percent(float(value)) if metric.percent else _signed(f"{abs(float(value)):,.2f}", float(value))


def money(amount: Decimal, currency: str, places: int | None = None) -> str:
    """An amount with its symbol, or its code where the symbol is not known everywhere."""
    if places is None:
        places = money_places([amount], currency)
    digits = f"{abs(amount):,.{places}f}"
    symbol = SYMBOLS.get(currency)
    return _signed(f"{symbol}{digits}" if symbol else f"{currency}{SPACE}{digits}", float(amount), digits)


def money_places(amounts: Iterable[Value], currency: str) -> int:
    """How many decimals a column of money has: none once one of its amounts is large."""
    large = any(amount is not None and abs(float(amount)) >= WHOLE_MONEY_FROM for amount in amounts)
    return 0 if large else MINOR_UNITS.get(currency, 2)


def days(period: Period) -> str:
    """A period as people say it, the last day included: `25 Oct – 23 Nov 2026 (30 days)`."""
    last = period.end - timedelta(days=1)
    if period.days == 1:
        return f"{last.day} {last:%b %Y}"
    first = (
        f"{period.start.day} {period.start:%b}"
        if period.start.year == last.year
        else f"{period.start.day} {period.start:%b %Y}"
    )
    return f"{first} – {last.day} {last:%b %Y} ({period.days:,} days)"


def percent(ratio: float) -> str:
    """A ratio as a percentage with three digits or so: `4.62 %`, `31.8 %`."""
    digits = _percent_digits(abs(ratio) * 100)
    return _signed(f"{digits}{SPACE}%", ratio, digits)


def _percent_digits(points: float) -> str:
    if points and points < SMALL_PERCENT:
        return f"{points:,.2f}"
    return f"{points:,.0f}" if points == int(points) else f"{points:,.1f}"


def _signed(text: str, value: float, digits: str = "") -> str:
    """A minus before what is negative, unless rounding left nothing but zeros."""
    return f"{MINUS}{text}" if value < 0 and any(digit in (digits or text) for digit in "123456789") else text


def change(value: Value, previous: Value, metric: Metric) -> Change:
    """From `previous` to `value`: rates in percentage points, other ratios as they are, amounts relative to before."""
    if value is None or previous is None:
        return NO_CHANGE
    text = _distance(float(value), float(previous), metric)
    if text is None:
        return NO_CHANGE
    if not any(digit in text for digit in "123456789"):
        return Change(text, "", "unchanged", "flat")
    rose = value > previous
    worth = "flat" if metric.better is Better.NEUTRAL else "good" if rose == (metric.better is Better.UP) else "bad"
    return Change(text, "▲" if rose else "▼", "up" if rose else "down", worth)


def _distance(value: float, previous: float, metric: Metric) -> str | None:
    if metric.unit is Unit.RATIO and metric.percent:
        points = abs(value - previous) * 100
        return f"{points:,.2f}{SPACE}pp" if abs(value) * 100 < SMALL_PERCENT else f"{points:,.1f}{SPACE}pp"
    if metric.unit is Unit.RATIO:
        return f"{abs(value - previous):,.2f}"
    if not previous:
        return None if value else f"0{SPACE}%"
    return f"{abs(value - previous) / abs(previous) * 100:,.1f}{SPACE}%"


def ago(seconds: float) -> str:
    """An age in words: `12 s`, `4 min`, `3 h`, `2 days`."""
    for limit, size, word in ((120, 1, "s"), (7200, 60, "min"), (172_800, 3600, "h")):
        if seconds < limit:
            return f"{max(0, int(seconds // size))}{SPACE}{word}"
    return f"{int(seconds // 86_400)}{SPACE}days"

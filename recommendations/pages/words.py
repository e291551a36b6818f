"""Recommendations in words: values with their units, ranges, changes, days, and the factors of a score. Pure."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from analytics import presentation
from analytics.presentation import MINUS, SPACE

from ..findings import Range, Score
from ..metrics import BY_NAME, label_of

# By factor of the score: what it is called, and how much of it is which word, from the top.
FACTORS: dict[str, tuple[str, tuple[tuple[float, str], ...]]] = {
    "base": ("Size of the matter", ((0.66, "large"), (0.33, "medium"), (0, "small"))),
    "adequacy": ("What the sample can bear", ((0.66, "much"), (0.33, "some"), (0, "little"))),
    "stability": ("How steady it has been", ((0.66, "steady"), (0.33, "fairly steady"), (0, "unsteady"))),
}

BOTTOMS: dict[str, str] = {  # of those that are no metric
    "conversion_base": "reached",
    "message_unique_opens": "unique opens",
    "attributed_conversions": "conversions",
    "matched_messages": "matched messages",
    "people": "people",
}


def value(amount: float, metric: str, currency: str, places: int | None = None) -> str:
    return presentation.figure(Decimal(repr(amount)), BY_NAME[metric], currency, places)


def inner(metric: str) -> str:
    """What a metric is called within a line; abbreviations stay as they are."""
    label = label_of(metric)
    return label if label[1:2].isupper() else label[0].lower() + label[1:]


def ends(low: float | None, high: float | None, metric: str, currency: str) -> str:
    """An interval, of which a bound that is not known is left out; empty without any."""
    least, most = (None if end is None else value(end, metric, currency) for end in (low, high))
    if least is None:
        return "" if most is None else f"at most {most}"
    return f"at least {least}" if most is None else f"{least} to {most}"


def hour(of_day: int) -> str:
    return f"{of_day:02}:00 to {(of_day + 1) % 24:02}:00"


def money(amount: float, places: int, currency: str) -> str:
    """With a sign, for it is what changes."""
    text = presentation.money(Decimal(repr(amount)), currency, places)
    return text if text.startswith(MINUS) or not amount else f"+{text}"


def money_span(found: Range, places: int, currency: str) -> str:
    return f"{money(found.low, places, currency)} to {money(found.high, places, currency)}"


def money_places(amounts: Iterable[float], currency: str) -> int:
    return presentation.money_places([Decimal(repr(amount)) for amount in amounts], currency)


def change(share: float) -> str:
    """A relative change: `+18.2 %`."""
    text = presentation.percent(round(share, 6))  # 0.3 / 0.25 - 1 is 20 %, not 20.0 %
    return text if text.startswith(MINUS) or not share else f"+{text}"


def divided_by(amount: float, metric: str, currency: str) -> str:
    """So much of what a metric is divided by: `12,400 delivered`; empty for one that is divided by nothing."""
    bottom = BY_NAME[metric].bottom
    if not bottom:
        return ""
    count = value(round(amount), bottom, currency) if bottom in BY_NAME else f"{round(amount):,}"
    return f"{count} {BOTTOMS.get(bottom) or inner(bottom)}"


def factor(name: str, score: Score) -> tuple[str, str]:
    """What a factor is called, and how much of it there is: in a word, and of 1."""
    label, steps = FACTORS[name]
    found = getattr(score, name)
    word = next(word for least, word in steps if found >= least)
    return label, f"{word} ({found:.2f} of 1)"


def day(moment: date | datetime, time_zone: str = "UTC") -> str:
    """`15 Nov 2026`, of the reporting zone."""
    at = moment.astimezone(ZoneInfo(time_zone)) if isinstance(moment, datetime) else moment
    return f"{at.day}{SPACE}{at:%b %Y}"


def minute(moment: datetime, time_zone: str) -> str:
    at = moment.astimezone(ZoneInfo(time_zone))
    return f"{day(at.date())}, {at:%H:%M} {time_zone}"

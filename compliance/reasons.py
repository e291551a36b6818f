"""What a reason may say: something, and no address or phone number of anybody. Pure.

It catches what slips in while typing, not somebody who hides a number on purpose.
"""

import re
import unicodedata
from collections.abc import Iterable

SHORTEST, LONGEST = 10, 1_000

_ADDRESS = re.compile(r"[\w.+-]+(?:@|%40)[\w.-]+\w", re.IGNORECASE)
_EMAIL = re.compile(r"[^\s@]@[^\s@]|\w\s*[\[({]\s*at\s*[\])}]\s*\w", re.IGNORECASE)
_MOMENT = re.compile(r"(?<!\d)(?:\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d\d)|\d{1,2}:\d\d(?::\d\d)?)(?!\d)")
_MONEY = re.compile(r"[$€£¥]\s?\d[\d.,]*|(?<![\d+])\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|(?<![\d.+])\d+\.\d\d(?![\d.])")
_LABELLED = re.compile(  # what the number is of, said before it
    r"(?:\b(?:tickets?|cases?|orders?|invoices?|bookings?|ref(?:erence)?|number|no|nr|id)\b[\s.:#]*|#|\b[A-Z]{1,10}-)\d+(?:-\d+)*(?![\s.-]?\d)",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\+?\(?\d(?:[\s().\-–/]{0,3}\d)*")
_GROUPED = re.compile(r"\d[\s().\-–/]+\d")


def fault(text: str, *, what: str = "reason", shortest: int = SHORTEST, longest: int = LONGEST) -> str:
    """What is wrong with a reason, or another text of that kind, and the way out; empty when nothing is."""
    text = _plain(text)
    if len(text) < shortest:
        return f"Say in at least {shortest} characters why you need this, such as “Ticket 482913: says nothing came”."
    if len(text) > longest:
        return f"The {what} has {len(text):,} characters; say it in at most {longest:,}."
    if not all(letter.isprintable() or letter in "\r\n\t" for letter in text):
        return f"The {what} holds characters that cannot be shown; write it as plain text."
    if _EMAIL.search(text):
        return f"An e-mail address stands in the {what}; name the ticket or the order instead, such as “Ticket 482913”."
    if _has_phone(text):
        return (
            f"A phone number seems to stand in the {what}; name the ticket or the order instead. "
            "A number that is none is taken with its name before it, such as “Order 4829130011”."
        )
    return ""


def shows_somebody(text: str) -> bool:
    """Whether an address or a phone number stands in a text."""
    text = _plain(text)
    return bool(_EMAIL.search(text)) or _has_phone(text)


def without_addresses(text: str, *, but: Iterable[str] = ()) -> str:
    """The text with every e-mail address in it hidden, `but` these."""
    shown = {address.casefold() for address in but}
    return _ADDRESS.sub(lambda found: found.group() if found.group().casefold() in shown else "…", text)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _has_phone(text: str) -> bool:
    for known in (_MOMENT, _MONEY, _LABELLED):
        text = known.sub(" · ", text)
    return any(_is_phone(found.group()) for found in _DIGITS.finditer(text))


def _is_phone(number: str) -> bool:
    """International by its prefix, national by its leading 0, else by its groups or by its length."""
    digits = re.sub(r"\D", "", number)
    if number.startswith("+") or digits.startswith("00"):
        return len(digits) >= 7
    if digits.startswith("0") or _GROUPED.search(number):
        return 7 <= len(digits) <= 15
    return 9 <= len(digits) <= 15

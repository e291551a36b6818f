"""Texts that are kept and shown in clear (ids, names, sources, items) name nobody: one rule for all doors. Pure.

Only what surely is an address is taken for one, since ids are free: `2026-10@summer` has no domain, and a row of digits
is a platform's id. A phone number is told by its plus or by `tel:`, where it is all there is. In names, which people
write, a company's own address may stand: its mailbox is called after what it is for (RFC 2142, sections 3 to 5, and
those usual of mailings). A text is read as whoever sees it reads it: without what stands there for links and HTML, and
without characters that nobody sees.
"""

import re
import unicodedata
from html import unescape
from urllib.parse import unquote

ROLES = frozenset(
    (
        *("abuse", "contact", "hello", "hostmaster", "info", "mail", "marketing", "news", "newsletter", "no-reply"),
        *("noreply", "office", "postmaster", "press", "sales", "security", "service", "shop", "support", "team"),
        "webmaster",
    )
)
WAY_OUT = "is kept in clear and looks like somebody's e-mail address or phone number; send one without it"
LONGEST_NAME = 300  # of a file
HIDDEN = "…"

_DEPTH = 8  # how many times over a text may be quoted
_UNSEEN = frozenset({"Cf", "Mn", "Me", "Mc"})  # format characters, and marks on letters
_ADDRESS = re.compile(r"([\w.+'%-]+?|\"[^\"@]+\")@(?:[\w-]+\.)+[^\W\d_]{2,}")
_BETWEEN = r"[\s().\-/\u2010-\u2015\u2212]*"
_PHONE = re.compile(
    rf"(?:(?:tel|callto):\s*)?\(?\+(?:{_BETWEEN}\d){{8,15}}{_BETWEEN}(?:[;,]?\s*(?:ext(?:ension)?\b|x|#)[\s.:=]*\d{{1,6}})?"
    rf"|tel:(?:{_BETWEEN}\d){{7,15}}",
    re.IGNORECASE,
)
_ENDING = re.compile(r"(?:\.(?:csv|tsv|txt|gz))*\Z", re.IGNORECASE)


def names_somebody(text: str, *, roles: bool = False) -> bool:
    """Whether an e-mail address stands in a text, or it is a phone number; `roles`: but for a company's addresses."""
    if text.isascii() and not ("@" in text or "%" in text or "&" in text or "+" in text or text[:4].lower() == "tel:"):
        return False  # nearly all of them
    plain = _read(text)
    if _PHONE.fullmatch(plain):
        return True
    mailboxes = (found[1].strip('"').lower() for found in _ADDRESS.finditer(plain)) if "@" in plain else ()
    return any(not roles or mailbox not in ROLES for mailbox in mailboxes)


def file_name(given: str) -> str:
    """The name of a file as it is kept: without addresses, and no longer than `LONGEST_NAME`."""
    given = given.replace("\0", "")[: 2 * LONGEST_NAME]  # one that goes on behind the longest is seen, too
    ending = "".join(_ENDING.findall(given)[:1])
    name = _ADDRESS.sub(HIDDEN, given.removesuffix(ending))
    return f"{HIDDEN if names_somebody(name) else name}{ending}"[:LONGEST_NAME]


def _read(text: str) -> str:
    """The text as it is meant: unquoted, however often it was quoted, and in one spelling."""
    for _ in range(_DEPTH):
        before, text = text, unquote(unescape(text))
        if text == before:
            break
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).replace("\u3002", ".")
        text = "".join(letter for letter in text if unicodedata.category(letter) not in _UNSEEN)
    return text.strip()

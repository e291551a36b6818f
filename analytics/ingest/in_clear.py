"""Texts that are kept and shown in clear (ids, names, sources, items) name nobody: one rule for all doors. Pure.

Only what surely is an address is taken for one, since ids are free: `2026-10@summer` has no domain, and a row of digits
is a platform's id. A phone number is told by its plus, where it is all there is. In names, which people write, a
company's own address may stand: its mailbox is called after what it is for (RFC 2142, sections 3 to 5, and those usual
of mailings).
"""

import re
import unicodedata

ROLES = frozenset(
    (
        *("abuse", "contact", "hello", "hostmaster", "info", "mail", "marketing", "news", "newsletter", "no-reply"),
        *("noreply", "office", "postmaster", "press", "sales", "security", "service", "shop", "support", "team"),
        "webmaster",
    )
)
WAY_OUT = "is kept in clear and looks like somebody's e-mail address or phone number; send one without it"

_ADDRESS = re.compile(r"([\w.+'%-]+?)(?:@|%40)(?:[\w-]+\.)+[^\W\d_]{2,}", re.IGNORECASE)
_PHONE = re.compile(r"\+(?:[\s().\-/]*\d){8,15}", re.ASCII)


def names_somebody(text: str, *, roles: bool = False) -> bool:
    """Whether an e-mail address stands in a text, or it is a phone number; `roles`: but for a company's addresses."""
    if text.isascii() and "@" not in text and "%40" not in text and not text.startswith("+"):
        return False  # nearly all of them
    plain = unicodedata.normalize("NFKC", text).strip()
    addresses = (found[1].lower() for found in _ADDRESS.finditer(plain))
    return bool(_PHONE.fullmatch(plain)) or any(not roles or mailbox not in ROLES for mailbox in addresses)

"""Outside ids as they are shown before somebody reveals them. Pure."""

import re

HIDDEN = "•••"
_PHONE = re.compile(r"(?:\+|00?)[\d\s().\-–/]{6,}")


def mask(outside_id: str) -> str:
    """`a•••@example.com`, `+44•••89`, else the first character; of what is too short for that nothing."""
    local, at, domain = outside_id.rpartition("@")
    if at and domain:
        return f"{_first(local)}@{domain}"
    if _PHONE.fullmatch(outside_id):
        digits = re.sub(r"\D", "", outside_id)
        if len(digits) >= 7:
            return f"{'+' if outside_id.startswith('+') else ''}{digits[:2]}{HIDDEN}{digits[-2:]}"
    return _first(outside_id)


def _first(text: str) -> str:
    """One letter of three or more: of two it would be half of all."""
    return f"{text[0]}{HIDDEN}" if len(text) > 2 else HIDDEN

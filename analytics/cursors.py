"""Places in a list, to go on behind them: opaque texts, signed, so that only ours are taken, and each in its list."""

from collections.abc import Sequence

from django.core.signing import BadSignature, Signer

from .scope import ScopeError

FIELD = "cursor"


def write(of: str, place: Sequence[str | int]) -> str:
    """The cursor of a place in the list `of`."""
    return _signer(of).sign_object(list(place))


def read(of: str, text: str) -> list[str | int] | None:
    """The place that a cursor of this list names; None for an empty one. Raises `ScopeError`."""
    if not text:
        return None
    try:
        place: list[str | int] = _signer(of).unsign_object(text)
    except (BadSignature, ValueError):
        raise ScopeError(
            FIELD, "This cursor is not one of this list; leave it out to begin at its first page."
        ) from None
    return place


def _signer(of: str) -> Signer:
    return Signer(salt=f"cursor {of}")

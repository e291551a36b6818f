"""The order of a ranking, kept from its first page on: figures change while somebody pages, and no row may be lost or
doubled by that.

Redis keeps the ids, and a cursor says where in them a page begins. Should they be gone, the order is taken anew and
paging goes on after the row that was last seen.
"""

import hashlib
from array import array
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass
from datetime import timedelta
from typing import Any, cast

from django.core.signing import BadSignature, Signer

from .. import redis
from ..allowed import Allowed
from ..catalogue import BY_NAME
from ..catalogue.expressions import expression
from ..scope import ScopeError, echo, near
from .answers import Meta

KEPT_FOR = timedelta(minutes=30)
MOST_OWN = 100  # orders that a process keeps for itself while Redis is away
NAME = "name"
ID = "I"  # four bytes

own: dict[str, bytes] = {}


@dataclass(frozen=True, slots=True)
class Ordering:
    """By a metric of the catalogue or by name; unknown values stand last either way, ties by id."""

    by: str
    falling: bool

    @classmethod
    def read(cls, text: str, allowed: Allowed) -> "Ordering":
        """From "roi", or "-roi" for falling values. Raises `ScopeError`, and `NotShown` for one that is not allowed."""
        by = text.removeprefix("-")
        if by not in BY_NAME and by != NAME:
            raise ScopeError(
                "ordering", f"There is no metric {echo(by)!r} to order by, nor is it name. {near(by, (*BY_NAME, NAME))}"
            )
        if by != NAME:
            allowed.check(by)
        return cls(by, text.startswith("-"))

    @property
    def direction(self) -> str:
        return "DESC" if self.falling else "ASC"

    def expression(self, currency: str) -> str:
        """Over the columns of `ranked.sql`."""
        return 'lower(name) COLLATE "C"' if self.by == NAME else expression(self.by, currency)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A page begins `back` rows before the place right after a row: `place` in the order `token`, or wherever `value`
    and `pk` belong once that is gone.
    """

    token: str
    place: int
    back: int
    value: str | None
    pk: int

    def sign(self, question: str) -> str:
        return _signer(question).sign_object(astuple(self))

    @classmethod
    def read(cls, text: str, question: str) -> "Cursor":
        """Raises `ScopeError` unless `sign` has written it for this question."""
        try:
            return cls(*cast(tuple[Any, ...], _signer(question).unsign_object(text)))
        except (BadSignature, ValueError):
            raise ScopeError(
                "cursor",
                "This cursor was altered or belongs to another question, such as the days before midnight; "
                "leave it out to begin anew.",
            ) from None


def _signer(question: str) -> Signer:
    return Signer(salt=f"ranking {question}", sep=".")


def token_of(question: str, meta: Meta) -> str:
    """The same as long as the figures are, so that an answer's text is the same."""
    return hashlib.sha256(f"{question} {meta.data_version} {meta.last_refreshed_at}".encode()).hexdigest()[:24]


def keep(token: str, ids: Sequence[int]) -> None:
    packed = array(ID, ids).tobytes()
    try:
        redis.ask(lambda client: client.set(_key(token), packed, ex=KEPT_FOR))
    except redis.Away:
        if len(own) >= MOST_OWN:
            own.clear()
        own[token] = packed


def recall(token: str, start: int, limit: int) -> tuple[Sequence[int], int] | None:
    """So many ids of a kept order from `start` on, and how many it has; None where it is kept no more."""
    first, last, size = start * 4, (start + limit) * 4, 0
    with suppress(redis.Away):
        packed, size = redis.ask(lambda client: _slice(client, _key(token), first, last - 1))
    if not size and token in own:
        packed, size = own[token][first:last], len(own[token])
    return (array(ID, packed), size // 4) if size else None


def _slice(client: Any, key: str, first: int, last: int) -> tuple[bytes, int]:
    with client.pipeline(transaction=False) as pipeline:
        pipeline.getrange(key, first, last)
        pipeline.strlen(key)
        packed, size = pipeline.execute()
    return packed, size


def _key(token: str) -> str:
    return f"ranking:{token}"

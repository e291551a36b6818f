"""What all campaigns of a scope, and what belongs to none, have in sum: every page of a ranking shows it, so Redis
keeps it for as long as the figures are the same.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from decimal import Decimal
from functools import reduce
from operator import add
from typing import Any

from .. import redis
from ..catalogue import Sums
from ..catalogue.sums import EMPTY
from .answers import Meta
from .cache import code
from .orders import KEPT_FOR, token_of
from .running import summed_rows, sums_of


@dataclass(frozen=True, slots=True)
class Whole:
    """`unattributed` is part of `total`; both are empty sums where there is nothing."""

    total: Sums
    unattributed: Sums


def whole(campaigns: str, params: dict[str, Any], meta: Meta) -> Whole:
    """`campaigns` tells the scope apart from others, `params` are those of `running.bound`."""
    return Whole(*kept(campaigns, meta, lambda: _summed(params)))


def _summed(params: dict[str, Any]) -> tuple[Sums, ...]:
    by_channel = {row["channel"]: sums_of(row) for row in summed_rows("by_channel", params)}
    return reduce(add, by_channel.values(), EMPTY), by_channel.get(None, EMPTY)


def kept(question: str, meta: Meta, ask: Callable[[], tuple[Sums, ...]]) -> tuple[Sums, ...]:
    """The sums that `ask` finds, kept while the figures are the same; `question` is all that they depend on."""
    key = f"whole:{token_of(question + code(), meta)}"
    with suppress(redis.Away):
        if text := redis.ask(lambda client: client.get(key)):
            return tuple(Sums(**_exact(sums)) for sums in json.loads(text))
    found = ask()
    if meta.data_version:  # before the first count nobody says when figures change
        packed = json.dumps([asdict(sums) for sums in found], default=str)
        with suppress(redis.Away):
            redis.ask(lambda client: client.set(key, packed, ex=KEPT_FOR))
    return found


def _exact(sums: dict[str, Any]) -> dict[str, Any]:
    """Money is kept as text."""
    return {part: Decimal(value) if isinstance(value, str) else value for part, value in sums.items()}

"""How a batch of accepted events stands in the inbox: zlib over PostgreSQL's COPY text format."""

import zlib
from collections.abc import Iterable, Sequence
from typing import Any

# the columns of `fold_staging` that a batch brings, in this order
COLUMNS: tuple[str, ...] = (
    "line", "contact_id", "event_id", "occurred_at", "type", "campaign_id", "message", "order_key", "amount",
    "currency", "user_agent_id", "flagged", "link", "network",
)  # fmt: skip

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def encode(rows: Iterable[Sequence[Any]]) -> bytes:
    """Rows with the values of COLUMNS (None = unknown) as a payload."""
    lines = ("\t".join("\\N" if v is None else str(v).translate(_ESCAPES) for v in row) + "\n" for row in rows)
    return zlib.compress("".join(lines).encode(), 1)


def decode(payload: bytes) -> bytes:
    """The COPY text of a payload; ValueError when it is broken."""
    try:
        return zlib.decompress(payload)
    except zlib.error as error:
        raise ValueError(f"payload is broken: {error}") from error

"""The chain of a log: each link is a keyed hash of a row, of its place, and of the link before. Pure.

BLAKE2b with a key is a message authentication code (RFC 7693): whoever has not the key can neither make a link nor try
out what a row said that is gone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

SIZE = 32  # bytes of a hash
NOTHING = bytes(SIZE)  # what the first link stands on
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class End:
    """The last link of a chain, or of a part of it; positions count from 1 without gaps."""

    position: int = 0
    hash: bytes = NOTHING


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a log: its key, and all that stands in it (`contents.py`)."""

    id: int
    at: datetime
    content: str


@dataclass(frozen=True, slots=True)
class Seal:
    """A row in its place. `content` is the hash of what stands in it, so that it can go and the chain still holds."""

    position: int
    row_id: int
    row_at: datetime
    content: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class Sealer:
    """Makes the hashes of one log's chain, with `key` (32 bytes)."""

    key: bytes
    log: str

    def seal(self, end: End, rows: Iterable[Row]) -> list[Seal]:
        """The next seals of a chain that ends so, for rows in this order."""
        seals = []
        for row in rows:
            content = self.content(row.content)
            end = End(end.position + 1, self.link(end.hash, end.position + 1, row.id, row.at, content))
            seals.append(Seal(end.position, row.id, row.at, content, end.hash))
        return seals

    def content(self, text: str) -> bytes:
        return blake2b(text.encode(), digest_size=SIZE, key=self.key, person=b"row of a log").digest()

    def link(self, before: bytes, position: int, row_id: int, row_at: datetime, content: bytes) -> bytes:
        """The hash at `position`; a time counts as whole microseconds since 1970, so no zone changes it."""
        place = f"{self.log} {position} {row_id} {(row_at - _EPOCH) // _MICROSECOND}"
        parts = (place.encode(), content, before)
        return blake2b(b"\n".join(parts), digest_size=SIZE, key=self.key, person=b"link of a log").digest()

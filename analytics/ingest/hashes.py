"""Outside names as numbers: equal names meet, and nobody reads them back.

Where few values are possible (order numbers, networks) the hash is keyed, so that trying them all needs the key.
"""

from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b


def event_hasher(source: str) -> Callable[[str], str]:
    """From outside event id to the hex of a 128-bit hash of (source, id): the same id sent twice meets itself."""
    base = blake2b(source.encode() + b"\0", digest_size=16)

    def event_id(outside_id: str) -> str:
        digest = base.copy()
        digest.update(outside_id.encode())
        return digest.hexdigest()

    return event_id


@lru_cache(maxsize=16_384)
def number(value: str, kind: bytes, key: bytes) -> int:
    """A signed 64-bit keyed hash of a value; `kind` keeps equal texts of different meaning apart."""
    digest = blake2b(value.encode(), digest_size=8, key=key, person=kind).digest()
    return int.from_bytes(digest, "big", signed=True)

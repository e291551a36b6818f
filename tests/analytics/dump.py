"""Everything that the installation keeps, as text to be searched: the database, both Redis, and files."""

import base64
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

from django.conf import settings
from django.db import connection
from redis import Redis

from compliance import crypto

TABLES = """
-- One row is a table or view with rows of its own; partitions stand for the table that they are parts of.
SELECT format('%I.%I', nspname, relname) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE nspname IN ('public', 'reporting') AND relkind IN ('r', 'm') ORDER BY 1
"""


def everything() -> dict[str, str]:
    """Each place with its text, in small letters."""
    return {place: text.lower() for place, text in (*_tables(), *_redis(), *_files())}


def _tables() -> Iterator[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT * FROM {table}")
            rows = [[_opened(value) for value in row] for row in cursor.fetchall()]
            yield table, "\n".join(json.dumps(row, default=str, ensure_ascii=False) for row in rows)


def _opened(value: object) -> object:
    """What whoever holds every key could read."""
    if isinstance(value, list):
        return [_opened(one) for one in value]
    if not isinstance(value, bytes | memoryview):
        return value
    raw = bytes(value)
    for read in (crypto.decrypt, zlib.decompress):
        try:
            return read(raw).decode(errors="replace")
        except (crypto.CannotDecrypt, zlib.error):
            continue
    return raw.hex()


def _redis() -> Iterator[tuple[str, str]]:
    for name, url in (("cache", settings.CACHE_URL), ("broker", settings.BROKER_URL)):
        with Redis.from_url(url) as client:
            for key in client.scan_iter():
                yield f"{name} {key!r}", repr(client.dump(key)) + _typed(client, key)


def _typed(client: Redis, key: bytes) -> str:
    read: dict[object, Any] = {b"hash": client.hgetall, b"set": client.smembers, b"string": client.get}
    kind = client.type(key)
    return repr(read[kind](key) if kind in read else client.lrange(key, 0, -1) if kind == b"list" else "")


def _files() -> Iterator[tuple[str, str]]:
    for path in (*Path(settings.MEDIA_ROOT).rglob("*"), Path(settings.ERASURE_LEDGER)):
        if path.is_file():
            yield str(path), f"{path.name} {_opened(path.read_bytes())}"


def spellings(text: str) -> set[str]:
    """How a text may stand somewhere."""
    ways = {text, quote(text, safe=""), quote_plus(text), json.dumps(text)[1:-1], text.encode().hex()}
    return {way.lower() for way in (*ways, base64.b64encode(text.encode()).decode().rstrip("=")[:-1])}


def places_of(text: str, kept: dict[str, str]) -> list[str]:
    """Where the text stands."""
    return [place for place, said in kept.items() if any(way in said for way in spellings(text))]

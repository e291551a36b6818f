"""Encrypting anew what an older key encrypted, so that the key may leave `IDENTITY_KEYS`.

Which columns there are is said by the classification (`sources.py`). A ciphertext begins with the id of its key, so
what is left to do shows on the rows: a run may be killed anywhere, and repeated.
"""

# ruff: noqa: S608 (the names in these statements are those of our own tables)

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection, transaction

from . import crypto
from .sources import Kind, classified, of_kind

BATCH = 1_000
PRIMARY_KEY = """
SELECT attname, format_type(atttypid, atttypmod) FROM pg_index
JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
WHERE indrelid = to_regclass(%s) AND indisprimary
"""


@dataclass(slots=True)
class Rotated:
    """One column: how many texts were encrypted anew, and how many no key of ours opens."""

    table: str
    column: str
    rows: int = 0
    unreadable: int = 0


def rotate() -> Iterator[Rotated]:
    """Every encrypted column, one after the other, in batches; yields each once it is done."""
    for kind in (Kind.PERSON, Kind.SEALED, Kind.RANDOM):
        for table, columns in of_kind(classified(), kind).items():
            for column in columns:
                yield _rotate(Rotated(table, column))


def _rotate(done: Rotated) -> Rotated:
    with connection.cursor() as cursor:
        cursor.execute(PRIMARY_KEY, [done.table])
        key, type_of_key = cursor.fetchone()
    last: object = None
    while True:
        with transaction.atomic():
            rows = _older(done, key, last)
            anew = {one: text for one, old in rows if (text := _encrypted_anew(old)) is not None}
            _write(done, key, type_of_key, anew)
        done.rows += len(anew)
        done.unreadable += len(rows) - len(anew)
        if len(rows) < BATCH:
            return done
        last = rows[-1][0]


def _older(done: Rotated, key: str, last: object) -> list[tuple[object, bytes]]:
    """Some rows that another key than the first encrypted, ours until the transaction ends."""
    after = f"AND {key} > %(last)s" if last is not None else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {key}, {done.column} FROM {done.table} "
            f"WHERE substring({done.column} FROM 1 FOR {crypto.ID_BYTES}) <> %(first)s {after} "
            f"ORDER BY {key} LIMIT {BATCH} FOR UPDATE",
            {"first": crypto.key_id(), "last": last},  # type: ignore[dict-item]
        )
        return [(one, bytes(text)) for one, text in cursor.fetchall()]


def _encrypted_anew(text: bytes) -> bytes | None:
    try:
        return crypto.encrypt(crypto.decrypt(text))
    except crypto.CannotDecrypt:
        return None


def _write(done: Rotated, key: str, type_of_key: str, anew: dict[object, bytes]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {done.table} SET {done.column} = anew.text "
            f"FROM unnest(%(keys)s::{type_of_key}[], %(texts)s::bytea[]) AS anew (key, text) "
            f"WHERE {done.table}.{key} = anew.key",
            {"keys": list(anew), "texts": list(anew.values())},
        )

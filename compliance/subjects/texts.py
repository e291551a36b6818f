"""Sources of two kinds that every app has: texts with people's addresses in them, and encrypted ones."""

# ruff: noqa: S608 (the names in these statements are those of our own tables)

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from .. import crypto
from ..sources import Counts, Person, Row
from . import search

# what the triggers of append-only tables look for: texts in them may be redacted, and by nothing else changed
ERASING = "SELECT set_config('compliance.erasing', %s, true)"
TYPES = """
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
WHERE attrelid = to_regclass(%s) AND attname = ANY(%s)
"""
# another for each row: of two names that may not be the same, each may have named the person in its own way
INSTEAD = "'[erased ' || left(md5(random()::text), 8) || ']'"
BATCH = 1_000


@dataclass(frozen=True, slots=True)
class FreeTexts:
    """Columns of text, of lists of texts, and of JSON: what names the person is replaced, the rest stays.

    All rows are read, so none of these tables may be one that grows with the events.
    """

    name: str
    columns: Mapping[str, tuple[str, ...]]  # by table
    category: str = "texts"

    @property
    def tables(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def export(self, person: Person) -> Iterator[Row]:
        """Where they are named, and in which words."""
        pattern = search.of_postgres(person.called)
        with connection.cursor() as cursor:
            for table, columns in self.columns.items() if pattern else ():
                for column in columns:
                    cursor.execute(f"SELECT {column}::text FROM {table} WHERE {column}::text ~* %s", [pattern])
                    for (text,) in cursor.fetchall():
                        yield {"table": table, "column": column, "text": text}

    def erase(self, person: Person, at: datetime) -> Counts:
        pattern = search.of_postgres(person.called)
        if not pattern:
            return {}
        with connection.cursor() as cursor:
            cursor.execute(ERASING, ["on"])
            counts = {table: _redact(cursor, table, columns, pattern) for table, columns in self.columns.items()}
            cursor.execute(ERASING, [""])
        return {table: count for table, count in counts.items() if count}

    def verify(self, person: Person) -> Counts:
        pattern = search.of_postgres(person.called)
        return count_named(self.columns, pattern) if pattern else {}


def _redact(cursor: CursorWrapper, table: str, columns: tuple[str, ...], pattern: str) -> int:
    cursor.execute(TYPES, [table, list(columns)])
    changed = ", ".join(f"{column} = {_redacted(column, kind)}" for column, kind in cursor.fetchall())
    cursor.execute(f"UPDATE {table} SET {changed} WHERE {_named(columns)}", {"pattern": pattern})
    return int(cursor.rowcount)


def _redacted(column: str, kind: str) -> str:
    """The column without what names the person, cut to its length."""
    if kind.endswith("[]"):
        return f"ARRAY(SELECT regexp_replace(one, %(pattern)s, {INSTEAD}, 'gi') FROM unnest({column}) AS one)::{kind}"
    return f"regexp_replace({column}::text, %(pattern)s, {INSTEAD}, 'gi')::{kind}"


def count_named(columns: Mapping[str, tuple[str, ...]], pattern: str) -> Counts:
    """How many rows of each table name somebody; tables without one are left out."""
    counts = {}
    with connection.cursor() as cursor:
        for table, named in columns.items():
            cursor.execute(f"SELECT count(*) FROM {table} WHERE {_named(named)}", {"pattern": pattern})
            counts[table] = int(cursor.fetchone()[0])
    return {table: count for table, count in counts.items() if count}


def _named(columns: tuple[str, ...]) -> str:
    return " OR ".join(f"{column}::text ~* %(pattern)s" for column in columns)


@dataclass(frozen=True, slots=True)
class SealedTexts:
    """A column of encrypted texts: opened one by one, and rows that name the person deleted."""

    name: str
    table: str
    column: str
    key: str = "id"
    category: str = "texts"

    @property
    def tables(self) -> tuple[str, ...]:
        return (self.table,)

    def export(self, person: Person) -> Iterator[Row]:
        for _, text in self._found(person):
            yield {"table": self.table, "column": self.column, "text": text}

    def erase(self, person: Person, at: datetime) -> Counts:
        keys = [key for key, _ in self._found(person)]
        if keys:
            with connection.cursor() as cursor:
                cursor.execute(f"DELETE FROM {self.table} WHERE {self.key} = ANY(%s)", [keys])
        return {self.table: len(keys)} if keys else {}

    def verify(self, person: Person) -> Counts:
        left = sum(1 for _ in self._found(person))
        return {self.table: left} if left else {}

    def _found(self, person: Person) -> Iterator[tuple[Any, str]]:
        """The rows that name them. One that no key opens any more tells nobody anything."""
        pattern = search.of_python(person.called)
        for key, sealed in self._rows() if pattern else ():
            try:
                text = crypto.decrypt(sealed).decode(errors="replace")
            except crypto.CannotDecrypt:
                continue
            if pattern and pattern.search(text):
                yield key, text

    def _rows(self) -> Iterator[tuple[Any, bytes]]:
        last: Any = None
        while True:
            after = f"AND {self.key} > %s" if last is not None else ""
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SELECT {self.key}, {self.column} FROM {self.table} WHERE {self.column} IS NOT NULL {after} "
                    f"ORDER BY {self.key} LIMIT {BATCH}",
                    [] if last is None else [last],
                )
                rows = cursor.fetchall()
            yield from ((key, bytes(sealed)) for key, sealed in rows)
            if len(rows) < BATCH:
                return
            last = rows[-1][0]

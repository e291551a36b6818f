"""Cutting what a contact did from who they are: the same deeds, under random numbers, in one transaction.

Every total stays what it is, for totals count deeds and never name anybody; and nothing that is left says whose they
were: the contact, event ids, orders, links, networks and messages are replaced by random ones, alike where they were
alike and in the same order, which is all that counting asks of them.
"""

# ruff: noqa: S608 (the names in these statements are those of our own tables)

import secrets
from collections.abc import Collection, Iterable, Iterator

from django.db import connection
from django.db.backends.utils import CursorWrapper

from compliance.sources import Counts, NotYet, Row

from . import sql
from .changes import totals_locked
from .event_types import EventType
from .fold import steps
from .rebuild import REBUILD_LOCK, TABLES

# Numbers of nobody: above all that `identity` gives, and small enough for every reader of JSON.
NOBODY = 2**52
# table -> the copy of the contact's rows that its new ones are made of
MOVED: tuple[tuple[str, str], ...] = (
    ("event", "erased_event"),
    ("event_key", "erased_key"),
    ("event_repeat", "erased_repeat"),
    ("engagement", "erased_engagement"),
    ("campaign_attribution", "erased_credit"),
    ("contact_month", "erased_month"),
)


def cut_from_person(contact_id: int) -> Counts:
    """Give what the contact did to a new random number; how many rows of each table. Raises `NotYet`.

    Part of the caller's transaction. What waits in the inbox for the contact must be counted by then.
    """
    with totals_locked() as cursor:
        _end_rebuild(cursor)
        cursor.execute(steps.EMPTY)
        counts = {table: _take_out(cursor, table, copy, contact_id) for table, copy in MOVED}
        cursor.execute(sql.load("erase/random"))
        nobody = _nobody(cursor)
        for table, _ in MOVED:
            cursor.execute(sql.load(f"erase/{table}"), {"nobody": nobody})
        cursor.execute("INSERT INTO contact SELECT %s, created_at FROM contact WHERE id = %s", [nobody, contact_id])
        cursor.execute("DELETE FROM contact WHERE id = %s", [contact_id])
        counts["contact"] = cursor.rowcount
    return {table: count for table, count in counts.items() if count}


def _end_rebuild(cursor: CursorWrapper) -> None:
    """One that runs has counted this contact or not, and would miss the move; one that was killed starts over."""
    cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [REBUILD_LOCK])
    if not cursor.fetchone()[0]:
        raise NotYet("A rebuild of the totals runs; what this person did is cut from them once it has ended.")
    cursor.execute("SELECT EXISTS (SELECT FROM rebuild)")
    if cursor.fetchone()[0]:
        cursor.execute(f"TRUNCATE {', '.join(TABLES)}")


def _take_out(cursor: CursorWrapper, table: str, copy: str, contact_id: int) -> int:
    cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{copy}")
    cursor.execute(
        f"CREATE TEMPORARY TABLE {copy} ON COMMIT DROP AS SELECT * FROM {table} WHERE contact_id = %s", [contact_id]
    )
    cursor.execute(f"DELETE FROM {table} WHERE contact_id = %s", [contact_id])
    return int(cursor.rowcount)


def _nobody(cursor: CursorWrapper) -> int:
    """A random number that no contact has."""
    while True:
        number = NOBODY + secrets.randbelow(NOBODY)
        cursor.execute("SELECT FROM contact WHERE id = %s", [number])
        if cursor.fetchone() is None:
            return number


def left(contact_ids: Collection[int], tables: Iterable[str]) -> Counts:
    """How many rows each table has of the contacts; those without are left out."""
    counts = {}
    with connection.cursor() as cursor:
        for table in tables:
            key = "id" if table == "contact" else "contact_id"
            cursor.execute(f"SELECT count(*) FROM {table} WHERE {key} = ANY(%s)", [list(contact_ids)])
            counts[table] = int(cursor.fetchone()[0])
    return {table: count for table, count in counts.items() if count}


def deeds(contact_id: int) -> Iterator[Row]:
    """What the contact did, in order of time, and to which campaigns their conversions are credited."""
    with connection.cursor() as cursor:
        cursor.execute(sql.load("erase/deeds"), {"contact": contact_id})
        names = [column.name for column in cursor.description or ()]
        while rows := cursor.fetchmany(1_000):
            for row in rows:
                deed = dict(zip(names, row, strict=True))
                yield deed | {"deed": EventType(deed["deed"]).name.lower()}

"""Changing kept events by other ways than the fold: what their contacts did is counted before and after.

The definition is that of `recount`, and what differs is booked by the fold's own statements. So taking an import back,
or finding that two contacts are one, needs no arithmetic of its own.
"""

# ruff: noqa: S608 (the names in these statements are those of our own tables)

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db.backends.utils import CursorWrapper

from . import recount, sql
from .changes import raise_version, totals_locked
from .fold import steps

_BEFORE = """
DROP TABLE IF EXISTS pg_temp.recounted_before;
CREATE TEMPORARY TABLE recounted_before ON COMMIT DROP AS SELECT * FROM recount_delta
"""
# what a count told the planner is no good for whatever else is done in the transaction
_AS_EVER = """
SET LOCAL enable_nestloop TO DEFAULT; SET LOCAL enable_hashjoin TO DEFAULT; SET LOCAL enable_mergejoin TO DEFAULT
"""
_CLASSIFY = sql.load("fold/classify").replace("fold_event", "recount_event")
_RECLASSED = sql.load("recounting/reclassed")
_AS_RECLASSED = "UPDATE recount_event SET machine_kept = machine WHERE machine <> machine_kept"
_TOLD = sql.load("recounting/told")
_BOOK = tuple(sql.load(f"fold/{name}") for name in ("hourly", "daily", "changed"))


@contextmanager
def recounted(contacts: Collection[int], at: datetime) -> Iterator[CursorWrapper]:
    """What is done in the block to the rows of these contacts in `event` and `event_key` is followed by every total.

    Part of the caller's transaction, in which no other writes totals from here on; yields a cursor. Give all contacts
    whose rows are removed, or added: of others nothing is counted. Afterwards their opens and clicks are classed by
    the machine rules of today, for bursts show only among neighbours. A rebuild that runs is told, as by a fold.
    It takes as long as these contacts have events: of many contacts, some at a time.
    """
    with totals_locked() as cursor:
        if not contacts:
            yield cursor
            return
        theirs = recount.Contacts(min(contacts), max(contacts))
        values = steps.parameters(at) | {"contacts": list(contacts)}
        raise_version(cursor, at)
        _count_before(cursor, theirs, values)
        yield cursor
        _count_after(cursor, theirs, values)
        _book(cursor, values)


def _count_before(cursor: CursorWrapper, theirs: recount.Contacts, values: dict[str, Any]) -> None:
    _bring(cursor, theirs, values)
    cursor.execute(_TOLD, values | {"sign": -1})
    recount.count(cursor, theirs, values)
    cursor.execute(_BEFORE)
    cursor.execute(_AS_EVER)


def _count_after(cursor: CursorWrapper, theirs: recount.Contacts, values: dict[str, Any]) -> None:
    _bring(cursor, theirs, values)
    cursor.execute(recount.HASHED)
    cursor.execute(_CLASSIFY, values)
    cursor.execute(recount.BY_KEY)
    cursor.execute(_RECLASSED, values)
    cursor.execute(_AS_RECLASSED)
    cursor.execute(_TOLD, values | {"sign": 1})
    recount.count(cursor, theirs, values)


def _bring(cursor: CursorWrapper, theirs: recount.Contacts, values: dict[str, Any]) -> None:
    recount.begin(cursor)
    recount.bring(cursor, theirs, values, recount.OF_CONTACTS, "currency_rate")


def _book(cursor: CursorWrapper, values: dict[str, Any]) -> None:
    """Move the totals by what differs, and put the contacts' own rows in the place of those that were."""
    cursor.execute(_AS_EVER)
    cursor.execute(steps.EMPTY)
    cursor.execute(sql.load("recounting/delta"))
    for statement in _BOOK:
        cursor.execute(statement, values)
    cursor.execute(sql.load("recounting/other_models"), values)
    for kept, counted in recount.OF_CONTACT:
        names = ", ".join((*recount.KEYS[kept], *recount.columns(cursor, kept, counted)))
        who = f"contact_id = ANY(%(contacts)s) AND {recount.ONLY.get(kept, 'true')}"
        cursor.execute(f"DELETE FROM {kept} WHERE {who}", values)
        cursor.execute(f"INSERT INTO {kept} ({names}) SELECT {names} FROM {counted}")

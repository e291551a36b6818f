"""Counting everything anew: needed when the reporting zone, its currency or the attribution window changes."""

# ruff: noqa: S608 (the names in these statements are those of our own tables)

from dataclasses import astuple
from datetime import datetime

from django.db.backends.utils import CursorWrapper

from . import rates, recount
from .changes import changing_figures, wanted_cut
from .fold.steps import parameters
from .verify import UNKEPT

_CUT = """
UPDATE data_version SET time_zone = %s, currency = %s, window_days = %s
"""
_ALL_CHANGED = """
INSERT INTO changed_day (basis, day, changed_at) SELECT DISTINCT basis, day, %s::timestamptz FROM campaign_daily
ON CONFLICT (basis, day) DO UPDATE SET changed_at = excluded.changed_at
"""


def rebuild(at: datetime) -> dict[str, int]:
    """Put a recount from the events in the place of every total; how many rows each table has then.

    One transaction: readers see the old figures until it commits; events that come in meanwhile wait in the inbox.
    """
    with changing_figures(at) as cursor:
        cursor.execute(_CUT, astuple(wanted_cut()))
        rates.revalue(cursor, at)
        values = parameters(at)
        recount.begin(cursor)
        recount.contacts(cursor, recount.Contacts(recount.LEAST, recount.MOST), values)
        recount.totals(cursor, values)
        rows = {table: _replace(cursor, table, counted) for table, counted in recount.COUNTED}
        cursor.execute(_ALL_CHANGED, [at])
    return rows


def _replace(cursor: CursorWrapper, table: str, counted: str) -> int:
    """The rows of `counted` in the place of those of `table`; of the ledger only the last-touch rows."""
    cursor.execute(f"SELECT * FROM {counted} LIMIT 0")
    columns = ", ".join(column.name for column in cursor.description or () if column.name not in UNKEPT)
    cursor.execute(f"DELETE FROM {table}" + (" WHERE model = 0" if table == "campaign_attribution" else ""))
    cursor.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {counted}")
    return cursor.rowcount

"""Do the totals say what the events say? Compares every kept total, ledger row and view with a recount."""

# ruff: noqa: S608 (the names in these statements are those of our own tables)

from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from . import recount

# what identifies a row of each kept table, and which rows the recount speaks of
KEYS: dict[str, tuple[str, ...]] = {
    "campaign_attribution": ("contact_id", "event_id"),
    "engagement": ("campaign_id", "contact_id", "message"),
    "contact_month": ("contact_id", "month"),
    "campaign_hourly": ("basis", "campaign_id", "hour"),
    "campaign_daily": ("basis", "campaign_id", "day"),
}
ONLY: dict[str, str] = {"campaign_attribution": "model = 0"}
LIMIT = 1000  # differences reported for each table


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that is not what a recount gives; None stands for a missing row."""

    table: str
    row: str
    column: str
    kept: Any
    recounted: Any


def differences() -> list[Difference]:
    """Every difference between what is kept and a recount, at most LIMIT for each table; empty when all is right.

    Runs in one REPEATABLE READ transaction, so folds going on beside it do not disturb it.
    """
    found: list[Difference] = []
    outermost = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if outermost:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        recount.count(cursor)
        for table, recounted in recount.COUNTED:
            found += _compare(cursor, table, recounted)
        found += _unknown_keys(cursor)
        found += _stale_views(cursor)
    return found


def _compare(cursor: CursorWrapper, table: str, recounted: str) -> list[Difference]:
    keys = KEYS[table]
    columns = [name for name in _columns(cursor, recounted) if name not in keys]
    kept = f"(SELECT *, true AS kept_row FROM {table} WHERE {ONLY.get(table, 'true')}) k"
    differs = " OR ".join(f"k.{name} IS DISTINCT FROM r.{name}" for name in columns)
    empty = _is_empty_total(cursor, columns)
    cursor.execute(
        f"SELECT {', '.join(keys)}, kept_row, there, {', '.join(f'k.{c}, r.{c}' for c in columns)} "
        f"FROM {kept} FULL JOIN (SELECT *, true AS there FROM {recounted}) r USING ({', '.join(keys)}) "
        f"WHERE (there IS NULL AND NOT ({empty})) OR kept_row IS NULL OR (there AND ({differs})) LIMIT {LIMIT}"
    )
    found: list[Difference] = []
    for row in cursor.fetchall():
        found += _differences_of(table, keys, columns, row)
    return found


def _is_empty_total(cursor: CursorWrapper, columns: list[str]) -> str:
    """SQL that holds for a row of totals that went back to nothing; a recount has no row for it."""
    if "sends" not in columns:
        return "false"
    return " AND ".join(f"k.{name} = 0" for name in columns)


def _differences_of(table: str, keys: tuple[str, ...], columns: list[str], row: tuple[Any, ...]) -> list[Difference]:
    name = ", ".join(f"{key}={value}" for key, value in zip(keys, row, strict=False))
    kept_row, there = row[len(keys)], row[len(keys) + 1]
    if not kept_row or not there:
        return [Difference(table, name, "the row", "kept" if kept_row else None, "there" if there else None)]
    values = row[len(keys) + 2 :]
    pairs = zip(columns, values[::2], values[1::2], strict=True)
    return [Difference(table, name, column, kept, right) for column, kept, right in pairs if kept != right]


def _columns(cursor: CursorWrapper, table: str) -> list[str]:
    cursor.execute(f"SELECT * FROM {table} LIMIT 0")
    return [column.name for column in cursor.description or ()]


def _unknown_keys(cursor: CursorWrapper) -> list[Difference]:
    cursor.execute(
        "SELECT contact_id, event_id, e.occurred_at, k.occurred_at FROM event e FULL JOIN event_key k "
        "USING (contact_id, event_id) WHERE e.occurred_at IS DISTINCT FROM k.occurred_at LIMIT %s",
        [LIMIT],
    )
    return [
        Difference("event_key", f"contact_id={contact}, event_id={event}", "occurred_at", key, at)
        for contact, event, at, key in cursor.fetchall()
    ]


def _stale_views(cursor: CursorWrapper) -> list[Difference]:
    """Views refreshed at the present data version must equal their own query; older ones are late, not wrong."""
    cursor.execute(
        "SELECT matviewname, definition FROM pg_matviews JOIN view_refresh ON name = matviewname "
        "JOIN data_version v ON v.version = view_refresh.data_version WHERE schemaname = 'reporting' ORDER BY 1"
    )
    found: list[Difference] = []
    for view, definition in cursor.fetchall():
        query = definition.rstrip().rstrip(";")
        cursor.execute(
            f"SELECT count(*) FROM ((SELECT * FROM reporting.{view} EXCEPT ALL ({query})) "
            f"UNION ALL (({query}) EXCEPT ALL SELECT * FROM reporting.{view})) d"
        )
        ((rows,),) = cursor.fetchall()
        if rows:
            found.append(Difference(view, f"{rows} rows", "all", "as refreshed", "as its query gives now"))
    return found

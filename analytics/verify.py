"""Do the totals say what the events say? Compares every kept total, ledger row and view with a recount."""

# ruff: noqa: S608 (the names in these statements are those of our own tables)

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from time import monotonic, sleep
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from . import recount, reporting, sql
from .changes import kept_cut, wanted_cut
from .fold.steps import parameters
from .queries.snapshot import one_moment

LIMIT = 1000  # differences reported for each table
EVENTS = 250_000  # recounted at a time
PATIENCE, PAUSE = 60, 1  # seconds in all, and between two tries, while another refreshes the views
REBUILD = "run manage.py rebuild"

_CLASSIFY = sql.load("fold/classify").replace("fold_event", "recount_event")
_EVENTS = """
SELECT contact_id, event_id, part.name, part.kept, part.now
FROM recount_event CROSS JOIN LATERAL (
    VALUES
        ('value', trim_scale(value), trim_scale(worth)),
        ('machine', machine_kept, CASE WHEN rules_kept = %(rules_version)s THEN machine ELSE machine_kept END)
) AS part (name, kept, now)
WHERE part.kept IS DISTINCT FROM part.now LIMIT %(limit)s
"""
_BY_OTHER_RULES = "SELECT count(*) FROM recount_event WHERE type IN (5, 6) AND rules_kept <> %(rules_version)s"
_KEYS = """
SELECT contact_id, event_id, 'occurred_at', k.occurred_at, e.occurred_at
FROM recount_event e
FULL JOIN (SELECT * FROM event_key WHERE contact_id BETWEEN %(first)s AND %(last)s) k USING (contact_id, event_id)
WHERE e.occurred_at IS DISTINCT FROM k.occurred_at LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that is not what a recount gives; None stands for a missing row."""

    table: str
    row: str
    column: str
    kept: Any
    recounted: Any


@dataclass(slots=True)
class Report:
    """What was compared (rows by table), what differs, and what could not be said of all.

    `by_other_rules`: opens and clicks whose class is by other machine rules than today's, and stays until `reclassify`.
    `due`: views that are behind the totals and were not compared.
    """

    differences: list[Difference] = field(default_factory=list)
    compared: dict[str, int] = field(default_factory=dict)
    by_other_rules: int = 0
    due: tuple[str, ...] = ()


def differences() -> list[Difference]:
    """Every difference between what is kept and a recount, at most LIMIT for each table; empty when all is right."""
    report = Report()
    with one_moment() as cursor:
        _compare_totals(cursor, report)
        _compare_views(cursor, report)
    return report.differences


def check(at: datetime) -> Report:
    """The same with what was compared, after bringing the views up to date. Folds go on and disturb nothing."""
    report = Report()
    _compare_fresh_views(at, report)
    with one_moment() as cursor:
        _compare_totals(cursor, report)
    return report


def _compare_totals(cursor: CursorWrapper, report: Report) -> None:
    other_cut = _other_cut()
    report.differences += other_cut
    if other_cut:
        return
    values = parameters(timezone.now())
    recount.begin(cursor)
    for contacts in recount.all_contacts(cursor, EVENTS):
        _count(cursor, contacts, values, report)
    recount.totals(cursor, values)
    for table, recounted in recount.COUNTED:
        report.differences += _compare(cursor, table, recounted)
        report.compared[table] = _size(cursor, recounted)


def _other_cut() -> list[Difference]:
    """Settings that the totals do not follow yet; everything else would differ then."""
    kept, wanted = asdict(kept_cut()), asdict(wanted_cut())
    return [
        Difference("data_version", REBUILD, name, kept[name], wanted[name])
        for name in kept
        if kept[name] != wanted[name]
    ]


def _count(cursor: CursorWrapper, contacts: recount.Contacts, values: dict[str, Any], report: Report) -> None:
    """Recount these contacts, and compare what stands in `event` itself."""
    values = values | asdict(contacts) | {"limit": LIMIT}
    events = recount.contacts(cursor, contacts, values)
    report.compared["event"] = report.compared.get("event", 0) + events
    cursor.execute(_CLASSIFY, values)
    for table, statement in (("event", _EVENTS), ("event_key", _KEYS)):
        if sum(found.table == table for found in report.differences) < LIMIT:
            cursor.execute(statement, values)
            report.differences += _of_events(table, cursor.fetchall())
    cursor.execute(_BY_OTHER_RULES, values)
    report.by_other_rules += cursor.fetchone()[0]


def _of_events(table: str, rows: Iterable[tuple[Any, ...]]) -> list[Difference]:
    return [
        Difference(table, f"contact_id={contact}, event_id={event}", column, kept, now)
        for contact, event, column, kept, now in rows
    ]


def _compare(cursor: CursorWrapper, table: str, recounted: str) -> list[Difference]:
    keys, columns = recount.KEYS[table], recount.columns(cursor, table, recounted)
    cursor.execute(
        f"SELECT {', '.join(keys)}, kept_row, there, {', '.join(f'k.{c}, r.{c}' for c in columns)} "
        f"FROM {recount.compared(cursor, table, recounted)} LIMIT {LIMIT}"
    )
    return [one for row in cursor.fetchall() for one in _differences_of(table, keys, columns, row)]


def _differences_of(table: str, keys: tuple[str, ...], columns: list[str], row: tuple[Any, ...]) -> list[Difference]:
    name = ", ".join(f"{key}={value}" for key, value in zip(keys, row, strict=False))
    kept_row, there = row[len(keys)], row[len(keys) + 1]
    if not kept_row or not there:
        return [Difference(table, name, "the row", "kept" if kept_row else None, "there" if there else None)]
    values = row[len(keys) + 2 :]
    pairs = zip(columns, values[::2], values[1::2], strict=True)
    return [Difference(table, name, column, kept, right) for column, kept, right in pairs if kept != right]


def _size(cursor: CursorWrapper, table: str) -> int:
    cursor.execute(f"SELECT count(*) FROM {table}")
    return int(cursor.fetchone()[0])


def _compare_fresh_views(at: datetime, report: Report) -> None:
    """In the transaction that refreshes what is behind: after it, the next event would make every view late again."""
    give_up = monotonic() + PATIENCE
    busy = True
    while busy:
        with reporting.refreshing(at, at_once=True) as refreshed, connection.cursor() as cursor:
            busy = refreshed.busy and monotonic() < give_up
            if not busy:
                _compare_views(cursor, report)
        sleep(PAUSE if busy else 0)


def _compare_views(cursor: CursorWrapper, report: Report) -> None:
    """Views refreshed at the present data version must equal their own query; older ones are late, not wrong."""
    cursor.execute(
        "SELECT matviewname, definition, view_refresh.data_version IS NOT DISTINCT FROM v.version "
        "FROM pg_matviews LEFT JOIN view_refresh ON name = matviewname CROSS JOIN data_version v "
        "WHERE schemaname = 'reporting' ORDER BY 1"
    )
    views = cursor.fetchall()
    report.due = tuple(view for view, _, current in views if not current)
    for view, definition, current in views:
        if current:
            report.differences += _compare_view(cursor, view, definition.rstrip().rstrip(";"))
            report.compared[view] = _size(cursor, f"reporting.{view}")


def _compare_view(cursor: CursorWrapper, view: str, query: str) -> list[Difference]:
    cursor.execute(
        f"SELECT count(*) FROM ((SELECT * FROM reporting.{view} EXCEPT ALL ({query})) "
        f"UNION ALL (({query}) EXCEPT ALL SELECT * FROM reporting.{view})) d"
    )
    ((rows,),) = cursor.fetchall()
    return [Difference(view, f"{rows} rows", "all", "as refreshed", "as its query gives now")] if rows else []

"""Logs are partitioned by month, so that a whole month may go at once. Months are UTC's."""

# ruff: noqa: S608 (the names in these statements are those of our own tables)

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection, transaction

LOGS = ("pii_access_log", "audit_trail", "api_request_log")
SEALS = tuple(f"audit_seal_{log}" for log in LOGS)  # by the month in which they were sealed
AHEAD = 3
LOCK_SECONDS = 3  # of patience with those who read and write; whoever comes behind waits as long
ADD = """
-- One row is a month of a log; whether it was added now.
SELECT add_log_month(log, date_trunc('month', %(at)s AT TIME ZONE 'UTC')::date + make_interval(months => ahead))
FROM unnest(%(logs)s::text[]) AS log, generate_series(0, %(months)s::integer) AS ahead
"""
PARTS = """
-- One row is a month of a log: its partition, and the moments between which its rows lie.
SELECT name, begins AT TIME ZONE 'UTC', (begins + interval '1 month') AT TIME ZONE 'UTC'
FROM pg_inherits
CROSS JOIN LATERAL (SELECT inhrelid::regclass::text AS name) AS part
CROSS JOIN LATERAL (SELECT to_date(right(name, 7), 'YYYY_MM')::timestamp AS begins) AS month
WHERE inhparent = %(log)s::regclass AND name ~ '_[0-9]{4}_[0-9]{2}$'
ORDER BY begins
"""
SPREAD = """
ALTER TABLE {log} DETACH PARTITION {log}_default;
ALTER TABLE {log}_default RENAME TO {log}_spread;
CREATE TABLE {log}_default PARTITION OF {log} DEFAULT;
CREATE TRIGGER table_stays BEFORE TRUNCATE ON {log}_default FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
SELECT add_log_month('{log}', month) FROM (
    SELECT DISTINCT date_trunc('month', at AT TIME ZONE 'UTC') AS month FROM {log}_spread
) AS months;
INSERT INTO {log} SELECT * FROM {log}_spread;
DROP TABLE {log}_spread;
"""


@dataclass(frozen=True, slots=True)
class Month:
    """A partition of a log, with rows of [begins, ends)."""

    name: str
    begins: datetime
    ends: datetime


def ensure_ahead(at: datetime) -> int:
    """Add the partitions of this month and the next `AHEAD` that are missing; how many.

    Rows that came before their month was there are moved into one of their own.
    """
    for log in (*LOGS, *SEALS):
        spread(log)
    with connection.cursor() as cursor:
        cursor.execute(ADD, {"at": at.astimezone(UTC), "logs": [*LOGS, *SEALS], "months": AHEAD})
        return sum(added for (added,) in cursor.fetchall())


def spread(log: str) -> bool:
    """Give the rows of a log's default partition months of their own, unchanged; whether there were any.

    The partition itself is replaced, for no row of a log is ever deleted.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS (SELECT FROM {log}_default)")
        if cursor.fetchone() == (False,):
            return False
    with transaction.atomic(), connection.cursor() as cursor:
        be_patient()
        cursor.execute(SPREAD.format(log=log))
    return True


def parts(log: str) -> list[Month]:
    """The months of a log that have partitions, in their order."""
    with connection.cursor() as cursor:
        cursor.execute(PARTS, {"log": log})
        return [Month(*row) for row in cursor.fetchall()]


def be_patient() -> None:
    """Whoever waits longer for a table in this transaction gets an OperationalError."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = {LOCK_SECONDS * 1000}")

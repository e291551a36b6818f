"""Logs are partitioned by month, so that a whole month may go at once. Months are UTC's."""

from datetime import UTC, datetime

from django.db import connection

LOGS = ("api_request_log",)
AHEAD = 3
ADD = """
-- One row is a month of a log; whether it was added now.
SELECT add_log_month(log, date_trunc('month', %(at)s AT TIME ZONE 'UTC')::date + make_interval(months => ahead))
FROM unnest(%(logs)s::text[]) AS log, generate_series(0, %(months)s::integer) AS ahead
"""


def ensure_ahead(at: datetime) -> int:
    """Add the partitions of this month and the next `AHEAD` that are missing; how many.

    A month of which rows lie in the default partition already stays there.
    """
    with connection.cursor() as cursor:
        cursor.execute(ADD, {"at": at.astimezone(UTC), "logs": list(LOGS), "months": AHEAD})
        return sum(added for (added,) in cursor.fetchall())

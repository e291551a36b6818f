"""What stands in a row of a log, as text: the one definition of it, for those who seal and those who check.

Every column that is not null, by its name. So a column that is added later changes nothing as long as it is null in old
rows, and shows where somebody fills it in. No setting of a session changes the text (`settle`).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection

from .chain import Row

CONTENT = """(
    SELECT jsonb_object_agg(field.key, field.value)::text FROM jsonb_each(to_jsonb(entry)) AS field
    WHERE field.value <> 'null'
)"""  # of the row `entry`
OF = """
-- One row is a row of the log, by its number and time.
SELECT id, at, {content} FROM {log} AS entry WHERE id = ANY(%(ids)s) AND at BETWEEN %(first)s AND %(last)s
"""
SETTINGS = """
SET LOCAL timezone = 'UTC'; SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 1;
SET LOCAL intervalstyle = 'postgres'; SET LOCAL datestyle = 'ISO';
"""


def settle() -> None:
    """Until the transaction ends contents are written in one way."""
    with connection.cursor() as cursor:
        cursor.execute(SETTINGS)


def of(log: str, keys: Iterable[tuple[int, datetime]]) -> dict[tuple[int, datetime], str]:
    """What stands in these rows, of those that are there; after `settle`."""
    keys = list(keys)
    times = [at for _, at in keys]
    asked: dict[str, Any] = {"ids": [id_ for id_, _ in keys], "first": min(times), "last": max(times)}
    with connection.cursor() as cursor:
        cursor.execute(OF.format(content=CONTENT, log=log), asked)
        return {(id_, at): content for id_, at, content in cursor.fetchall()}


def rows(statement: str, log: str, **asked: Any) -> list[Row]:
    """The rows that a statement finds which selects id, at and `{content}` of `{log} AS entry`; after `settle`."""
    with connection.cursor() as cursor:
        cursor.execute(statement.format(content=CONTENT, log=log), asked)
        return [Row(*row[:3]) for row in cursor.fetchall()]

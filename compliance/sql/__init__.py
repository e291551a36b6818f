"""The `.sql` files of this folder, by name."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django.db import connection

HERE = Path(__file__).parent


@cache
def load(name: str) -> str:
    return (HERE / f"{name}.sql").read_text()


def rows(name: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a statement answers, each row by the names of its columns."""
    with connection.cursor() as cursor:
        cursor.execute(load(name), values)
        columns = [column.name for column in cursor.description]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def run(name: str, values: Mapping[str, Any]) -> int:
    """How many rows a statement changed."""
    with connection.cursor() as cursor:
        cursor.execute(load(name), values)
        return int(cursor.rowcount)

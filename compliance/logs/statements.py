"""What a request or a job asks of the database: how many statements, how long they took, and whose they are.

Each statement begins with a comment that names it, so that whoever looks at what PostgreSQL does finds the request. It
stands in front, for `pg_stat_activity` shows the first 1,024 bytes. What psycopg asks by itself (COPY, BEGIN) is
neither counted nor named.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any

from django.db import connection

from . import request_id

_SANE = re.compile(r"[\w.:-]{1,100}", re.ASCII)  # no end of a comment, no percent sign


class Statements:
    """A wrapper of Django's; `name` and `value` say what they are for, such as the route."""

    def __init__(self, name: str) -> None:
        self.name, self.value = name, ""
        self.count, self.seconds = 0, 0.0

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        began = perf_counter()
        try:
            return execute(self._named(sql), params, many, context)
        finally:
            self.count += 1
            self.seconds += perf_counter() - began

    def _named(self, sql: Any) -> Any:
        """As psycopg composes others, those that are no text stay as they are."""
        said = {"request_id": request_id.current.get(), self.name: self.value}
        told = ",".join(f"{name}={value}" for name, value in said.items() if _SANE.fullmatch(value))
        return f"/* {told} */ {sql}" if told and isinstance(sql, str) else sql

    @property
    def milliseconds(self) -> float:
        return round(self.seconds * 1000, 1)


@contextmanager
def told(name: str, value: str = "") -> Iterator[Statements]:
    """Those of this thread, until the block ends."""
    statements = Statements(name)
    statements.value = value
    with connection.execute_wrapper(statements):
        yield statements

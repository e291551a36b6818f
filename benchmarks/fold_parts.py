"""How long one fold takes, statement by statement."""

import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from analytics.sql import HERE

Parts = dict[str, float]
REST = "copy, commit"


def fold_timed() -> tuple[float, Parts]:
    """Fold what waits, commit included: the seconds in all, and of each part."""
    from django.db import connection
    from django.utils import timezone

    from analytics.fold import fold_inbox

    parts: Parts = defaultdict(float)

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        started = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            parts[_name(sql)] += time.perf_counter() - started

    started = time.perf_counter()
    with connection.execute_wrapper(note):
        fold_inbox(timezone.now())
    whole = time.perf_counter() - started
    parts[REST] = whole - sum(parts.values())
    return whole, dict(parts)


def _name(statement: str) -> str:
    return next((name for name, begin in _BEGINS.items() if statement.startswith(begin)), "other")


# the text of a statement before anything is filled in -> the file it stands in
_BEGINS = {path.stem: path.read_text().partition("{{")[0] for path in sorted((HERE / "fold").glob("*.sql"))} | {
    f"count {path.stem}": "INSERT INTO fold_delta " + path.read_text().partition("{{")[0]
    for path in sorted((HERE / "count").glob("*.sql"))
}

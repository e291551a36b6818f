"""The two forms of a line in the log of a process: one JSON object for machines, text for a person at a terminal.

Nothing gets into a line but what stands here: what a record carries besides may be a request, a task, or anybody.
"""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from .. import log_masks
from . import request_id

OF_REQUESTS = ("user", "key", "route", "method", "status", "duration_ms", "sql_count", "sql_ms")
OF_JOBS = ("job", "run", "outcome", "duration_ms", "rows")
FACTS = tuple(dict.fromkeys(OF_REQUESTS + OF_JOBS))


class Masked(logging.Formatter):
    """Whoever made the record: what it says of an error, and where it stood, names nobody."""

    def formatException(self, ei: Any) -> str:  # noqa: N802
        return log_masks.masked(super().formatException(ei))

    def formatStack(self, stack_info: str) -> str:  # noqa: N802
        return log_masks.masked(super().formatStack(stack_info))


class Text(Masked):
    """When, how bad, who says it, what; and the id of the request in brackets."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname:<7} {name}: {message}{told_of}", style="{")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        given = _request_of(record)
        record.told_of = f" [{given}]" if given else ""
        return super().formatMessage(record)


class Json(Masked, JsonFormatter):
    """`time` in UTC, `level`, `logger`, `message`, `request_id` within a request, and its facts, or those of a job."""

    def __init__(self) -> None:
        JsonFormatter.__init__(self, json_ensure_ascii=False)

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        log_data |= {"time": at, "level": record.levelname, "logger": record.name, "message": record.getMessage()}
        if given := _request_of(record):
            log_data["request_id"] = given
        log_data |= dict(_facts(record))
        error = record.exc_text or message_dict.get("exc_info")
        log_data |= {"error": error} if error else {}
        log_data |= {"stack": message_dict["stack_info"]} if message_dict.get("stack_info") else {}


def _request_of(record: logging.LogRecord) -> str:
    """Django says what was refused when all that answers a request is over, and names it."""
    return request_id.current.get() or getattr(record.__dict__.get("request"), "request_id", "")


def _facts(record: logging.LogRecord) -> Iterator[tuple[str, int | float | str]]:
    for name in FACTS:
        value = record.__dict__.get(name)
        if isinstance(value, int | float):
            yield name, value
        elif isinstance(value, str) and value:
            yield name, log_masks.masked(value)


def formatter(form: str) -> logging.Formatter:
    """The form that `config/environment.py` chose. From here on every record of this process is masked."""
    log_masks.install()
    return Json() if form == "json" else Text()

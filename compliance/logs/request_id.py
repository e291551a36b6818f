"""What tells one request from all others: in its answer, in its row, in every line that this process logs for it."""

import logging
import re
import uuid
from contextvars import ContextVar

HEADER = "X-Request-ID"
_SANE = re.compile(r"[0-9a-fA-F]{16,64}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

current: ContextVar[str] = ContextVar("request_id", default="")


def taken(given: str) -> str:
    """The id that a proxy gave, if it is a UUID or 16 to 64 hexadecimal digits, which name nobody; else one of ours."""
    return given if _SANE.fullmatch(given) else uuid.uuid4().hex


class InEachLine(logging.Filter):
    """Gives records `request_id`: the id in brackets, or nothing outside a request."""

    def filter(self, record: logging.LogRecord) -> bool:
        request_id = current.get()
        record.request_id = f" [{request_id}]" if request_id else ""
        return True

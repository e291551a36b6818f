"""What tells one request from all others: in its answer, its row, its statements, in every line that is logged for it,
and in the jobs that it brings about.
"""

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

HEADER = "X-Request-ID"
_SANE = re.compile(r"[0-9a-fA-F]{16,64}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

current: ContextVar[str] = ContextVar("request_id", default="")


def taken(given: str) -> str:
    """The id that a proxy gave, if it is a UUID or 16 to 64 hexadecimal digits, which name nobody; else one of ours."""
    return given if _SANE.fullmatch(given) else uuid.uuid4().hex


@contextmanager
def during(given: object) -> Iterator[None]:
    """Within the block all is done for the request of that id; for none, if it is no id."""
    outer = current.set(given if isinstance(given, str) and _SANE.fullmatch(given) else "")
    try:
        yield
    finally:
        current.reset(outer)

"""What to tell somebody whose request the database could not serve: what is wrong, and what to do."""

from http import HTTPStatus
from typing import NamedTuple

from django.db import InterfaceError, OperationalError

from .fold.blame import QUERY_CANCELED, sqlstate

RETRY_AFTER = 5  # seconds
DISK_FULL, LOCKED = "53100", "55P03"
FAILURES = (OperationalError, InterfaceError)


class Outage(NamedTuple):
    status: HTTPStatus
    title: str
    detail: str


def outage(error: Exception) -> Outage | None:
    """The answer to a failure of the database, None for an error that is none."""
    if not isinstance(error, FAILURES):
        return None
    state = sqlstate(error)
    if state == DISK_FULL:
        return Outage(
            HTTPStatus.INSUFFICIENT_STORAGE,
            "The disk is full",
            "The database has no disk space left. What was accepted before is safe, this was not taken in: make space "
            "on that disk, then send it again.",
        )
    if state in (QUERY_CANCELED, LOCKED):
        return Outage(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "This took too long",
            "The database was stopped at its time limit. Try again in a moment, or ask for a shorter period.",
        )
    return Outage(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "",
        "The database cannot be reached; nothing was changed, try again in a moment.",
    )

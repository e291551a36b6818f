"""While a database that was restored from a backup has people in it who were erased since, nobody is answered.

Each web process looks by itself every few seconds: a backup may be put back under one that runs. Nor is anything taken
in meanwhile, for those who were erased are not on the suppression list again yet.
"""

import logging
import os
from collections.abc import Callable
from http import HTTPStatus
from threading import Thread
from time import sleep

from django.db import Error, connection
from django.http import HttpRequest, HttpResponse

from analytics.outages import Outage
from compliance.subjects import following

from .errors import unavailable

EVERY = 5  # seconds
ANSWERED = ("/api/v1/health", "/metrics")  # they name nobody
OUTAGE = Outage(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "Just restored from a backup",
    "People who were erased since that backup are being erased again; nothing was changed, try again in a minute.",
)
closed = following.closed
logger = logging.getLogger(__name__)


class Restored:
    """Middleware, before anything that reads who somebody is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if closed.is_set() and not request.path_info.startswith(ANSWERED):
            return unavailable(request, OUTAGE)
        return self.get_response(request)


def start() -> None:
    """Look now, and from then on. A process begins closed, until it could look."""
    closed.set()
    look()
    _begin()
    os.register_at_fork(after_in_child=_begin)


def _begin() -> None:
    Thread(target=_look_for_ever, name="restored", daemon=True).start()


def _look_for_ever() -> None:
    while True:
        sleep(EVERY)
        try:
            look()
        except Exception:
            logger.exception("Whether the database was restored could not be looked up.")


def look() -> None:
    """Once. Without the database, or a ledger that tells, it stays as it was: closed while known to be behind."""
    try:
        behind = following.behind() > 0
    except following.Forked:
        behind = True
    except following.Unusable as error:
        if closed.is_set():
            logger.error("Nobody is answered until the ledger of erasures can be read. %s", error)
        return
    except Error:
        return
    finally:
        connection.close()  # it is not worth one of the few there are
    if behind != closed.is_set():
        (closed.set if behind else closed.clear)()

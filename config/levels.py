"""Counts what requests ask for and how long they take, in memory, and has it written beside them."""

import logging
import os
from collections.abc import Callable, Iterable
from threading import Thread, main_thread
from time import monotonic

from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils import timezone
from rest_framework.permissions import SAFE_METHODS

from analytics.levels import keeping
from analytics.levels.counts import Counts
from analytics.levels.objectives import Series

EVERY = 15  # seconds until what was counted is written: in each minute several times
SERIES = {"api-kpi": Series.KPI, "api-details": Series.DETAILS, "api-drilldown": Series.DRILLDOWN}
PAGES = ("analytics", "recommendations")  # namespaces of pages
UNCOUNTED = (f"/{settings.STATIC_URL.strip('/')}/", "/api/v1/health", "/metrics", "/favicon.ico")  # asked by machines
SERVER_ERROR = 500

counts = Counts()  # of this process
logger = logging.getLogger(__name__)


class Levels:
    """Middleware, before all others: how long whoever asks waits. An error of ours is bad, a refusal is not."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(UNCOUNTED):
            return self.get_response(request)
        started = monotonic()
        response = self.get_response(request)
        seconds, at = monotonic() - started, timezone.now()
        for series in series_of(request, response):
            counts.add(series, seconds, at, bad=response.status_code >= SERVER_ERROR)
        return response


def series_of(request: HttpRequest, response: HttpResponse) -> Iterable[Series]:
    """Where a request counts: with all, and with those who ask for the same."""
    yield Series.ALL
    match = request.resolver_match
    if match is None and response.status_code >= SERVER_ERROR:  # it failed before anybody looked whose it is
        try:
            match = resolve(request.path_info)
        except Resolver404:
            return
    if match is not None and match.view_name in SERIES:
        yield SERIES[match.view_name]
    elif match is not None and match.app_name in PAGES and request.method in SAFE_METHODS:
        yield Series.PAGES


def start() -> None:
    """Write what this process counts, until its main thread ends, and then once more. A fork counts for itself."""
    _begin()
    os.register_at_fork(after_in_child=_begin_anew)


def _begin() -> Thread:
    thread = Thread(target=_write_for_ever, name="levels")  # no daemon: a process that ends waits for its last time
    thread.start()
    return thread


def _begin_anew() -> None:
    counts.forget()
    _begin()


def _write_for_ever() -> None:
    main = main_thread()
    while main.is_alive():
        write()
        main.join(EVERY)
    write()


def write() -> None:
    """Once. Without the database all is kept, and written with what has come by then."""
    try:
        keeping.flush(counts, timezone.now())
    except Error as error:
        logger.warning("Service levels were not written and are kept: %s", error)
    finally:
        connection.close()  # it is not worth one of the few there are

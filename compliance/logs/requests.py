"""`api_request_log`: every request that may change something, on pages, the API and the admin."""

import logging
from collections.abc import Callable
from time import monotonic
from typing import Any

from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from ..acting import Actor, actor_of
from ..models import LoggedRequest
from . import request_id

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})

logger = logging.getLogger(__name__)


class RequestLog:
    """Middleware, before all that may refuse: gives each request its id, and those with an unsafe method their row.

    The row is written once the answer is known, by one INSERT. By then the act has happened, so an answer is not taken
    back for a row that cannot be written: the same facts go to the log of the process, as an error.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request_id.taken(request.headers.get(request_id.HEADER, ""))
        outer = request_id.current.set(given)
        began, started = timezone.now(), monotonic()
        try:
            response = self.get_response(request)
            response.headers[request_id.HEADER] = given
            if request.method in UNSAFE:
                milliseconds = round((monotonic() - started) * 1000)
                _write(request, at=began, status=response.status_code, duration_ms=milliseconds, request_id=given)
        finally:
            request_id.current.reset(outer)
        return response

    def process_view(self, request: Any, *_of_the_view: Any) -> None:
        """Who signs out is nobody afterwards. The view would look them up itself, so this costs nothing."""
        if request.method in UNSAFE and hasattr(request, "user"):
            request.came_as = request.user


def _write(request: Any, **facts: Any) -> None:
    row = LoggedRequest(method=request.method, route=_route(request), **facts)
    try:
        for column, told in _actor(request).columns.items():
            setattr(row, column, told)
        row.save(force_insert=True)
    except (DatabaseError, InterfaceError):
        logger.exception(
            "api_request_log has no row of this: %s %s by user %s, key %s from %s, answered %d after %d ms",
            row.method, row.route, row.user_id, row.key_prefix, row.ip, row.status, row.duration_ms,
        )  # fmt: skip


def _actor(request: Any) -> Actor:
    """Who asked: as what they were let in, else as what they came."""
    if not hasattr(request, "user"):  # refused before anybody looked
        from django.contrib.auth.models import AnonymousUser

        request.user = AnonymousUser()
    by = actor_of(request)
    came_as = getattr(request, "came_as", None)
    if by.user_id is None and not by.key_prefix and came_as is not None:
        request.user = came_as
        return actor_of(request)
    return by


def _route(request: HttpRequest) -> str:
    """The name of the address, never what stood in it; empty where there is none."""
    return request.resolver_match.view_name if request.resolver_match else ""

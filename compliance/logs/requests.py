"""`api_request_log`: every request that may change something, on pages, the API and the admin. And the line of each."""

import logging
from collections.abc import Callable
from time import monotonic
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import empty

from ..acting import Actor, actor_of
from ..models import ApiKey, LoggedRequest
from . import request_id, statements
from .statements import Statements

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
METHODS = UNSAFE | {"GET", "HEAD", "OPTIONS"}
BY_MACHINES = frozenset({"metrics", "api-health"})  # asked every few seconds; their lines are for DEBUG

logger = logging.getLogger(__name__)


class RequestLog:
    """Middleware, before all that may refuse: gives each request its id and its line in the log of the process, and
    those with an unsafe method their row.

    The row is written once the answer is known, by one INSERT. By then the act has happened, so an answer is not taken
    back for a row that cannot be written: the same facts go to the log of the process, as an error.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request_id.taken(request.headers.get(request_id.HEADER, ""))
        began, started = timezone.now(), monotonic()
        with request_id.during(given), statements.told("route") as asked:
            request.request_id, request.statements = given, asked  # type: ignore[attr-defined]
            response = self.get_response(request)
            response.headers[request_id.HEADER] = given
            milliseconds = round((monotonic() - started) * 1000)
            if request.method in UNSAFE:
                _write(request, at=began, status=response.status_code, duration_ms=milliseconds, request_id=given)
            _tell(request, asked, status=response.status_code, duration_ms=milliseconds)
        return response

    def process_view(self, request: Any, *_of_the_view: Any) -> None:
        """Who signs out is nobody afterwards. The view would look them up itself, so this costs nothing."""
        request.statements.value = _route(request)
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


def _tell(request: Any, asked: Statements, *, status: int, duration_ms: int) -> None:
    """The request's line: who by number alone, where by name alone."""
    route, method = _route(request), request.method if request.method in METHODS else "?"
    by_itself = route in BY_MACHINES or request.path.startswith(settings.STATIC_URL)
    logger.log(
        logging.DEBUG if by_itself else logging.INFO,
        "%s %s %d in %d ms, %d statements in %s ms",
        method, route or "nowhere", status, duration_ms, asked.count, asked.milliseconds,
        extra={
            **_known(request), "route": route, "method": method, "status": status, "duration_ms": duration_ms,
            "sql_count": asked.count, "sql_ms": asked.milliseconds,
        },
    )  # fmt: skip


def _known(request: Any) -> dict[str, Any]:
    """Who it is, if somebody has looked already."""
    user: Any = getattr(request, "user", None)
    key = getattr(request, "auth", None)
    looked = user is not None and getattr(user, "_wrapped", user) is not empty
    return {"user": user.pk if looked else None, "key": key.prefix if isinstance(key, ApiKey) else ""}


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

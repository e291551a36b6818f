"""Answers to what goes wrong outside a view: as problems below /api/, as plain pages elsewhere."""

import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, cast

from django.db import DataError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views import defaults
from rest_framework.permissions import SAFE_METHODS

from analytics.api import problems
from analytics.api.doors import LARGEST_BODY
from analytics.outages import RETRY_AFTER, Outage, outage
from analytics.pages import not_found as missing
from analytics.pages.access import PageRequest
from analytics.segment import views as segment

SEGMENT = "/v1/"
API = ("/api/", SEGMENT, "/hooks/")

# What comes of an address that cannot be read: of its path alone, and of what is asked behind it.
_UNREADABLE = {False: (DataError,), True: (DataError, ValueError)}

logger = logging.getLogger(__name__)


class Outages:
    """Middleware: a request that the database could not serve is told so, and when to come back.

    What a list of the admin is asked for stands in its address, and Django hands it on as it is: what nobody can read
    of that, such as the year 0, is a bad request.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """What views of the API raise is answered by `analytics.api.problems` already."""
        if request.method in SAFE_METHODS and _of_admin(request) and isinstance(error, _UNREADABLE[bool(request.GET)]):
            logger.warning("A list of the admin was asked for what it cannot read", exc_info=error)
            return defaults.bad_request(request, error)
        found = outage(error)
        return unavailable(request, found) if found else None


class Bodies:
    """Middleware: a call of the API with a body that is too large is refused before any of it is read, and any request
    that gives its length in what is no number.

    A view may take larger ones: `largest_body`, in bytes. Bodies of pages are bounded by Django.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not (request.META.get("CONTENT_LENGTH") or "0").isdecimal():
            return _problem(request, HTTPStatus.BAD_REQUEST, "Content-Length is no number.")
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, *_of_the_view: Any) -> HttpResponse | None:
        if not request.path.startswith(API):
            return None
        most = getattr(getattr(view, "cls", None), "largest_body", LARGEST_BODY)
        if int(request.META.get("CONTENT_LENGTH") or "0") <= most:
            return None
        return _problem(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"Send at most {most:,} bytes at once.")


def _problem(request: HttpRequest, status: HTTPStatus, detail: str) -> HttpResponse:
    """With what clients of Segment look for, where they call."""
    more = segment.said(status, detail) if request.path.startswith(SEGMENT) else {}
    return problems.outside(status, detail, **more)


def _of_admin(request: HttpRequest) -> bool:
    return request.resolver_match is not None and request.resolver_match.app_names == ["admin"]


def unavailable(request: HttpRequest, found: Outage) -> HttpResponse:
    """What is wrong, as a problem or a page, and when to come back."""
    if request.path.startswith(API):
        problem = _problem(request, found.status, found.detail)
        problem.headers["Retry-After"] = str(RETRY_AFTER)
        return problem
    template = "_outage.html" if "HX-Request" in request.headers else "outage.html"
    # No request context: who asks stands in the database.
    response = HttpResponse(
        render_to_string(template, {"outage": found, "url": request.get_full_path()}), status=found.status
    )
    response.headers["Retry-After"] = str(RETRY_AFTER)
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A host that is not ours, mostly; which one is not said back."""
    if not request.path.startswith(API):
        return defaults.bad_request(request, exception)
    detail = "This address is not served here; the operator sets ALLOWED_HOSTS."
    return _problem(request, HTTPStatus.BAD_REQUEST, detail)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not request.path.startswith(API):
        page = cast(PageRequest, request)
        return (
            missing.not_found(page, exception)
            if missing.answers_for(page)
            else defaults.page_not_found(request, exception)
        )
    return _problem(request, HTTPStatus.NOT_FOUND, "There is no such address; /api/docs/ lists those there are.")


def server_error(request: HttpRequest) -> HttpResponse:
    """What fails outside a view of the API, which answers for itself; nothing of it is told."""
    if not request.path.startswith(API):
        return defaults.server_error(request)
    return _problem(request, HTTPStatus.INTERNAL_SERVER_ERROR, "Something is wrong on our side; it was logged.")

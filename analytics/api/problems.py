"""Errors as RFC 9457 problem details: what went wrong, in which field, and the way out."""

import logging
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any, NamedTuple

from django.http import JsonResponse
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from compliance.idempotency import HEADER, AnswerWithheld, KeyReused

from ..allowed import NotShown
from ..outages import RETRY_AFTER, outage
from ..queries.campaign import NoCampaignError
from ..scope import ScopeError

MEDIA_TYPE = "application/problem+json"
WITHHELD = "The call had its effect; its answer may show a metric that is not shown to your role any more. Ask by GET."
log = logging.getLogger(__name__)


class FieldError(NamedTuple):
    field: str
    reason: str


class Problem(APIException):
    """An answer other than the one asked for; `more` goes out beside the standard members, such as `errors`."""

    def __init__(self, status: int, title: str, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.status_code = status
        self.title = title
        self.more = more


def bad_request(title: str, detail: str, errors: Iterable[FieldError]) -> Problem:
    """A 400 whose `errors` say what is wrong with which field."""
    return Problem(HTTPStatus.BAD_REQUEST, title, detail, errors=[error._asdict() for error in errors])


def handler(error: Exception, context: dict[str, Any]) -> Response:
    """Django REST framework's exception handler: every error of the API leaves through here."""
    error = _translated(error)
    known = exception_handler(error, context)
    if known is None:
        log.error("%s failed", context["view"].__class__.__name__, exc_info=error)
        return _response(500, "", "Something is wrong on our side; it was logged.", {})
    title = error.title if isinstance(error, Problem) else ""
    more = error.more if isinstance(error, Problem) else {}
    response = _response(known.status_code, title, str(known.data["detail"]), more)
    for header in ("WWW-Authenticate", "Retry-After"):
        if known.has_header(header):
            response.headers[header] = known.headers[header]
    return response


def outside(status: HTTPStatus, detail: str, **more: Any) -> JsonResponse:
    """A problem where no view of Django REST framework answers; `more` goes out beside the standard members."""
    problem = more | {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail}
    return JsonResponse(problem, status=status, content_type=MEDIA_TYPE)


def _translated(error: Exception) -> Exception:
    """What is raised below the API, as a problem."""
    if isinstance(error, ScopeError):
        return bad_request("This cannot be asked", error.message, [FieldError(error.field, error.message)])
    if isinstance(error, NotShown):
        return Problem(HTTPStatus.FORBIDDEN, "Not shown to your role", str(error), metrics=list(error.metrics))
    if isinstance(error, NoCampaignError):
        return Problem(HTTPStatus.NOT_FOUND, "No such campaign", str(error))
    if isinstance(error, ValidationError):
        return bad_request("Some fields cannot be taken", "Each error names the field.", _flat(error.detail, ""))
    if isinstance(error, KeyReused):
        return _reused()
    if isinstance(error, AnswerWithheld):
        return Problem(HTTPStatus.FORBIDDEN, "Not shown to your role", WITHHELD)
    if found := outage(error):
        problem = Problem(*found)
        problem.wait = RETRY_AFTER  # type: ignore[attr-defined]  # Django REST framework's name for Retry-After
        return problem
    return error


def _reused() -> Problem:
    reason = "This key came with another request before; send the same again, or another key."
    errors = [FieldError(HEADER, reason)._asdict()]
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "The key was used already", reason, errors=errors)


def _response(status: int, title: str, detail: str, more: dict[str, Any]) -> Response:
    status = HTTPStatus(status)
    problem = {"type": "about:blank", "title": title or status.phrase, "status": status.value, "detail": detail, **more}
    return Response(problem, status=status, content_type=MEDIA_TYPE)


def _flat(detail: Any, field: str) -> Iterator[FieldError]:
    """The errors of a serializer, nested by field and index, as lines of `items.0.amount`."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from _flat(inner, f"{field}.{name}".removeprefix("."))
    elif isinstance(detail, list) and any(isinstance(inner, dict | list) for inner in detail):
        for index, inner in enumerate(detail):
            yield from _flat(inner, f"{field}.{index}".removeprefix("."))
    elif isinstance(detail, list):
        for inner in detail:
            yield FieldError(field or "body", sendable(str(inner)))
    else:
        yield FieldError(field or "body", sendable(str(detail)))


def sendable(text: str) -> str:
    """What was given stands in some errors, and half a character (a lone surrogate) cannot be sent back."""
    return text.encode(errors="replace").decode()

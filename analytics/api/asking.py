"""What every endpoint that gives figures shares: who may ask, how a question is read, how an answer may be kept."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils.cache import get_conditional_response, patch_vary_headers
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.permissions import AllowAny, BasePermission
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from compliance.api_keys import scope_required

from ..asker import allowed_of
from ..queries.cache import Question, answer
from ..scope import PARAMETERS, Scope, ScopeError, echo, given_once, parse, parse_metrics
from .figures import Json
from .problems import FieldError, bad_request


def any_scope(*scopes: str) -> type[BasePermission]:
    """The permission of a view that a key with any one of these scopes may ask."""
    permissions = [scope_required(scope)() for scope in scopes]

    class AnyScope(BasePermission):
        def has_permission(self, request: Request, view: APIView) -> bool:
            for permission in permissions[:-1]:
                with suppress(PermissionDenied):
                    return permission.has_permission(request, view)
            return permissions[-1].has_permission(request, view)

    return AnyScope


class FiguresView(APIView):
    """Figures for staff by session and for machines by key; no cache that others share may keep them."""

    permission_classes = [scope_required("kpi:read")]

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "private")
        patch_vary_headers(response, ("Cookie", "Authorization"))
        return response


def answered(request: Request, question: Question, ask: Callable[[], Json], now: datetime) -> HttpResponse:
    """The kept answer to `question`, else that of `ask`; 304 for whoever has it already."""
    given = answer(question, lambda: JSONRenderer().render(ask()).decode(), now=now)
    headers = {"ETag": given.etag, "Cache-Control": "private, stale-while-revalidate=30"}
    response = HttpResponse(given.text, content_type="application/json", headers=headers)
    return get_conditional_response(request._request, etag=given.etag, response=response) or response


def read_question(request: Request, now: datetime) -> tuple[Scope, tuple[str, ...]]:
    """The scope and the metrics that a request asks for. Raises `ScopeError`, `NotShown` and `Problem`."""
    scope = read_scope(request, now, (*PARAMETERS, "metrics"))
    return scope, parse_metrics(dict(request.query_params.lists()), scope.allowed)


def read_scope(request: Request, now: datetime, known: Iterable[str]) -> Scope:
    """The scope that a request asks for by `known` parameters, with what its sender may see.

    Raises `ScopeError` and `Problem`.
    """
    refuse_unknown(request, known)
    return parse(
        dict(request.query_params.lists()),
        now=now,
        time_zone=settings.REPORTING_TIME_ZONE,
        currency=settings.REPORTING_CURRENCY,
        allowed=allowed_of(request),
    )


def refuse_unknown(request: Request, known: Iterable[str]) -> None:
    """A misspelt parameter would silently widen the question, so it is refused."""
    known = tuple(known)
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        way_out = f"known are {', '.join(known)}" if known else "this endpoint has none"
        errors = [FieldError(name, f"There is no such parameter; {way_out}.") for name in unknown]
        raise bad_request("Unknown parameters", f"Leave out {', '.join(unknown)}: {way_out}.", errors)


def read_limit(params: Mapping[str, Sequence[str]], default: int, most: int) -> int:
    """How many rows of a page are asked for; whether there are so many is for the query to say. Raises `ScopeError`."""
    text = given_once(params, "limit") or f"{default}"
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ScopeError("limit", f"{echo(text)!r} is no number of rows; give 1 to {most}.")
    return int(text)


class NothingHereView(APIView):
    """Every other address under /api/v1/, whoever asks and however: a problem, not a page."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise NotFound("There is nothing at this address; /api/docs/ lists what there is.")

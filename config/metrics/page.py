"""`GET /metrics`, for a Prometheus that shows a key as `Authorization: Bearer …`, or for somebody of the operation."""

import hashlib
from time import monotonic
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import APIException, AuthenticationFailed
from rest_framework.request import Request
from rest_framework.views import APIView, exception_handler

from analytics.outages import FAILURES
from compliance.api_keys import ApiKeyAuthentication, scope_required
from compliance.models import ApiKey

from . import processes
from .facts import Facts

TEXT = "text/plain; charset=utf-8"
TRUSTED = 3600  # seconds


class BearerKey(ApiKeyAuthentication):
    """The same keys as Prometheus sends them.

    While the database is away nobody can be looked up, and that is when the answer is wanted most: a key that was good
    within the hour still is.
    """

    keyword = "Bearer"
    seen: dict[str, tuple[float, tuple[Any, ApiKey]]] = {}

    def authenticate(self, request: Request) -> tuple[Any, ApiKey] | None:
        given = hashlib.sha256((self._shown(request) or "").encode()).hexdigest()
        try:
            found = super().authenticate(request)
        except FAILURES:
            known = self.seen.get(given)
            if known is None or monotonic() - known[0] > TRUSTED:
                raise
            return known[1]
        except AuthenticationFailed:
            self.seen.pop(given, None)
            raise
        if found:
            self.seen[given] = monotonic(), found
        return found


class Unavailable(APIException):
    status_code = 503
    default_detail = "The database cannot be reached, so nobody can be let in."


@extend_schema(exclude=True)
class MetricsPage(APIView):
    """Counters of all processes, and the facts. What is refused is told in plain text, for a person who tries."""

    authentication_classes = [BearerKey, ApiKeyAuthentication, SessionAuthentication]
    permission_classes = [scope_required("metrics:scrape", "compliance.view_jobrun")]
    throttle_classes: list[Any] = []

    def get(self, _request: Request) -> HttpResponse:
        facts = CollectorRegistry()
        facts.register(Facts())
        text = generate_latest(processes.registry()) + generate_latest(facts)
        return HttpResponse(text, CONTENT_TYPE_PLAIN_0_0_4, headers={"Cache-Control": "no-store"})

    def handle_exception(self, error: Exception) -> Any:
        return super().handle_exception(Unavailable() if isinstance(error, FAILURES) else error)

    def get_exception_handler(self) -> Any:
        return _refuse


def _refuse(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    answer = exception_handler(error, context)
    if answer is None:
        return None
    detail = answer.data["detail"]
    kept = {name: answer[name] for name in ("WWW-Authenticate", "Allow") if answer.has_header(name)}
    return HttpResponse(f"{detail}\n", TEXT, status=answer.status_code, headers=kept)

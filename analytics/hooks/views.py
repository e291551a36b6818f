"""`POST /hooks/<provider>/<secret>/`: what a provider reports. Who knows the address may; it never stands in a log."""

import logging
from collections import Counter
from datetime import datetime
from http import HTTPStatus
from typing import Any

from anymail.exceptions import AnymailError, AnymailWebhookValidationFailure
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from ..api import problems
from ..ingest import dead_letters, others, record_events, stubs
from ..ingest.dead_letters import Rejected
from ..ingest.values import Rejection
from ..models import Hook
from . import addresses
from .providers import BY_NAME, AsksAPerson
from .reading import events_of

LARGEST_BODY = 5 * 1024 * 1024  # bytes; providers send at most about 1 MB
MOST_REPORTS = 5_000  # at once, in seconds
CHANNEL = "email"

logger = logging.getLogger(__name__)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def hook(request: HttpRequest, provider: str, secret: str) -> HttpResponse:
    """Providers try an address by GET or HEAD before they use it."""
    now = timezone.now()
    found = addresses.find(provider, secret, now)
    if found is None:
        return problems.outside(HTTPStatus.NOT_FOUND, "There is no such address; the Data page makes one.")
    if request.method != "POST":
        return HttpResponse()
    request._body = request.read(LARGEST_BODY + 1)  # Django bounds it lower
    if len(request.body) > LARGEST_BODY:
        return problems.outside(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"Send at most {LARGEST_BODY:,} bytes at once.")
    return _taken(request, found, now)


def _taken(request: HttpRequest, found: Hook, now: datetime) -> HttpResponse:
    provider = BY_NAME[found.provider]
    reader = provider.reader(addresses.key_of(found))
    try:
        reader.run_validators(request)
    except AnymailWebhookValidationFailure:
        logger.warning("A report to the webhook %s is not signed as it should be.", found.name)
        addresses.refused(found, now)
        return problems.outside(
            HTTPStatus.FORBIDDEN, "The report is not signed with the key that this address was made with."
        )
    except (AnymailError, AttributeError, LookupError, RecursionError, TypeError, ValueError):  # of an odd body
        return problems.outside(HTTPStatus.BAD_REQUEST, f"This is no report of {provider.label}.")
    addresses.seen(found, now)
    try:
        reports = reader.parse_events(request)
        if len(reports) > MOST_REPORTS:
            return problems.outside(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"Send at most {MOST_REPORTS:,} reports at once."
            )
        read = [(str(report.event_type), list(events_of(report, provider, now))) for report in reports]
    except AsksAPerson as asked:
        return _kept(request, found, f"{provider.label} {asked}", now)
    except Exception as error:  # noqa: BLE001  whatever a provider sends that anymail has not met before
        logger.warning("A report to the webhook %s could not be read: %s", found.name, type(error).__name__)
        return _kept(request, found, f"{provider.label} sent what is not understood ({type(error).__name__})", now)
    told = Counter(name for name, events in read if not events)
    return _recorded(found, [event for _, events in read for event in events], told, now)


def _recorded(found: Hook, items: list[dict[str, Any]], told: Counter[str], now: datetime) -> HttpResponse:
    stubs.add({stubs.Named(item["campaign"], item["campaign"], CHANNEL) for item in items if item["campaign"]}, now)
    with transaction.atomic():
        verdicts = record_events(items, source=found.name, at=now)
        others.count(told, found.name, now)
    return JsonResponse({"accepted": verdicts.accepted, "rejected": verdicts.rejected, "others": told.total()})


def _kept(request: HttpRequest, found: Hook, reason: str, now: datetime) -> HttpResponse:
    """Kept, encrypted, and answered well: the provider would send the same again, for days."""
    item = request.body.decode(errors="replace")
    dead_letters.keep([Rejected(0, item, Rejection("", reason))], source=found.name, at=now)
    return JsonResponse({"accepted": 0, "rejected": 1, "others": 0})


urlpatterns = [
    path("<slug:provider>/<str:secret>/", hook, name="hook"),
    path("<slug:provider>/<str:secret>", hook, name="hook-bare"),  # as some forms of providers keep it
]

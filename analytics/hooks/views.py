"""`POST /hooks/<provider>/<secret>/`: what a provider reports. Who knows the address may; it never stands in a log."""

import hashlib
import json
import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from anymail.exceptions import AnymailWebhookValidationFailure
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from compliance import audit
from compliance.idempotency import KEPT, KeyReused, once

from ..api import problems
from ..ingest import dead_letters, others, record_events, stubs
from ..ingest.dead_letters import Rejected
from ..ingest.values import Rejection
from ..models import Hook
from ..outages import RETRY_AFTER
from . import addresses
from .batches import batch_of
from .providers import BY_NAME, AsksAPerson, Confirms, Provider
from .reading import events_of
from .signatures import KNOWN, SignedAtAnotherTime, too_old
from .sns import CannotTell, confirm

METHODS = ("GET", "HEAD", "POST")
LARGEST_BODY = 5 * 1024 * 1024  # bytes; providers send at most about 1 MB
MOST_REPORTS = 5_000  # at once, in seconds
CHANNEL = "email"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Read:
    """What a call of so many reports says: events, what is no event of ours by name, what is kept as it came, when the
    newest happened, and the address that confirms what it asks, if anything.
    """

    reports: int = 1
    events: Sequence[dict[str, Any]] = ()
    told: Mapping[str, int] = field(default_factory=dict)
    odd: Sequence[Rejected] = ()
    newest: datetime | None = None
    confirms: str = ""


@csrf_exempt
def hook(request: HttpRequest, provider: str, secret: str) -> HttpResponse:
    """Providers try an address by GET or HEAD before they use it."""
    now = timezone.now()
    if request.method not in METHODS:
        refused = problems.outside(HTTPStatus.METHOD_NOT_ALLOWED, f"Send one of {', '.join(METHODS)}.")
        refused.headers["Allow"] = ", ".join(METHODS)
        return refused
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
    provider, keys = BY_NAME[found.provider], addresses.keys_of(found, now)
    try:
        reader, key = _checked(request, provider, keys)
        call = provider.call(request) or hashlib.sha256(request.body).hexdigest()
    except Exception as error:  # noqa: BLE001  not signed as it should be, or an odd body
        return _refused(error, found, provider, now)
    read, signed = _read(request, reader, provider, now), provider.signs(key)
    if read.reports > MOST_REPORTS:
        return problems.outside(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"Send at most {MOST_REPORTS:,} reports at once.")
    if signed and not provider.timed and (why := too_old(read.newest)):
        return problems.outside(HTTPStatus.FORBIDDEN, why)
    return _once(request, found, read, call, signed=signed)


def _refused(error: Exception, found: Hook, provider: Provider, now: datetime) -> HttpResponse:
    if isinstance(error, CannotTell):
        return _later(found)
    if isinstance(error, SignedAtAnotherTime):
        logger.warning("A report to the webhook %s is signed too long ago, or ahead of our clock.", found.name)
        return problems.outside(HTTPStatus.FORBIDDEN, str(error))
    if isinstance(error, AnymailWebhookValidationFailure):
        logger.warning("A report to the webhook %s is not signed as it should be.", found.name)
        addresses.refused(found, now)
        how = f"by {provider.label} for its topic" if provider.always else "with the key this address was made with"
        return problems.outside(HTTPStatus.FORBIDDEN, f"The report is not signed {how}.")
    logger.warning("A call of the webhook %s could not be checked: %s", found.name, type(error).__name__)
    return problems.outside(HTTPStatus.BAD_REQUEST, f"This is no report of {provider.label}.")


def _once(request: HttpRequest, found: Hook, read: Read, call: str, *, signed: bool) -> HttpResponse:
    """What is signed is taken once. What is not, since whoever knows the address may send it, is answered as before."""
    provider, now = BY_NAME[found.provider], timezone.now()
    try:
        who, kept = f"hook {found.pk}", KNOWN if signed else KEPT
        answer, again = once(who, call, request.body, now, lambda: _recorded(found, read, now), kept)
    except KeyReused:
        logger.warning("The webhook %s was given something else by the id of a call before.", found.name)
        status = provider.again if signed else HTTPStatus.UNPROCESSABLE_ENTITY
        return problems.outside(status, "Something else was reported by this id before.")
    except CannotTell:
        return _later(found)
    if not (signed and again):
        addresses.seen(found, now)
        return JsonResponse(answer)
    logger.info("A call of the webhook %s came again.", found.name)
    refused = problems.outside(provider.again, "This was taken before and has no effect again; nothing is to be done.")
    for name, said in provider.ends.items():
        refused.headers[name] = said
    return refused


def _later(found: Hook) -> HttpResponse:
    logger.warning("A call of the webhook %s waits for Amazon, which cannot be asked.", found.name)
    answer = problems.outside(
        HTTPStatus.SERVICE_UNAVAILABLE, "Amazon cannot be asked now; nothing was taken, send the same again."
    )
    answer.headers["Retry-After"] = str(RETRY_AFTER)
    return answer


def _checked(request: HttpRequest, provider: Provider, keys: Sequence[str]) -> tuple[Any, str]:
    """A reader of anymail that found it signed with one of these, and which. Raises AnymailWebhookValidationFailure."""
    *others, last = keys
    for key in others:
        reader = provider.reader(key)
        try:
            reader.run_validators(request)
        except SignedAtAnotherTime:
            raise
        except AnymailWebhookValidationFailure:
            continue
        return reader, key
    reader = provider.reader(last)
    reader.run_validators(request)
    return reader, last


def _read(request: HttpRequest, reader: Any, provider: Provider, now: datetime) -> Read:
    """A batch that cannot be read as a whole is read report by report."""
    whole = _read_whole(request, reader, provider, now, request.body.decode(errors="replace"))
    if not whole.odd:
        return whole
    batch = batch_of(request.POST.get(provider.form, "") if provider.form else request.body, provider.form)
    if batch is None:
        return whole
    if len(batch.reports) > MOST_REPORTS:
        return Read(len(batch.reports))
    read = [
        _read_whole(batch.alone(one, in_list=provider.lists), copy(reader), provider, now, json.dumps(one), line)
        for line, one in enumerate(batch.reports)
    ]
    return Read(
        len(read),
        [event for one in read for event in one.events],
        sum((Counter(one.told) for one in read), Counter()),
        [odd for one in read for odd in one.odd],
        _newest(one.newest for one in read),
    )


def _read_whole(request: Any, reader: Any, provider: Provider, now: datetime, said: str, line: int = 0) -> Read:
    """All of a request, or why it is kept as it was `said`."""
    try:
        reports = list(reader.parse_events(request))
        read = [(str(one.event_type), list(events_of(one, provider, now))) for one in reports]
        newest = _newest(one.timestamp for one in reports)
    except Confirms as asked:
        return Read(confirms=asked.url)
    except AsksAPerson as asked:
        why = f"{provider.label} {asked}"
    except Exception as error:  # noqa: BLE001  whatever a provider sends that anymail has not met before
        why = f"{provider.label} sent what is not understood ({type(error).__name__})"
    else:
        told = Counter(name for name, events in read if not events)
        return Read(len(read), [event for _, events in read for event in events], told, newest=newest)
    return Read(odd=[Rejected(line, said, Rejection("", why))])


def _newest(moments: Iterable[datetime | None]) -> datetime | None:
    return max((one.astimezone(UTC) for one in moments if one), default=None)


def _recorded(found: Hook, read: Read, now: datetime) -> dict[str, int]:
    """What became of it. What cannot be read is kept, encrypted, and answered well: the provider would send the same
    again, for days.
    """
    if read.confirms:
        audit.note("confirmed", addresses.OBJECT, found.name, None, now)
        confirm(read.confirms)
    if read.odd:
        logger.warning("Of a call of the webhook %s %d could not be read and are kept.", found.name, len(read.odd))
        dead_letters.keep(read.odd, source=found.name, at=now)
    named = {one["campaign"] for one in read.events if one["campaign"]}
    stubs.add({stubs.Named(one, one, CHANNEL) for one in named}, now)
    verdicts = record_events(read.events, source=found.name, at=now)
    others.count(read.told, found.name, now)
    rejected = verdicts.rejected + len(read.odd)
    return {"accepted": verdicts.accepted, "rejected": rejected, "others": sum(read.told.values())}


urlpatterns = [
    path("<slug:provider>/<str:secret>/", hook, name="hook"),
    path("<slug:provider>/<str:secret>", hook, name="hook-bare"),  # as some forms of providers keep it
]

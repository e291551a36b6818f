"""The contacts of a campaign as JSON, masked: the contact level of the drilldown. Only behind an open grant."""

from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from compliance import grants, reasons
from compliance.acting import actor_of
from compliance.models import ConsentGrant

from .. import people
from ..allowed import Allowed
from ..asker import allowed_of
from ..catalogue import DEFINITION_VERSION
from ..cursors import FIELD as CURSOR
from ..people import Listed
from ..queries import contacts, state
from ..queries.campaign import campaign_of
from ..queries.contacts import COUNTS, SMALLEST_GROUP, Contacts, ContactSlot, Deeds
from ..scope import BasisName
from .asking import refuse_unknown
from .figures import Json, instant
from .problems import Problem

KNOWN = ("level", "date", "hour", CURSOR)
NO_STORE = {"Cache-Control": "no-store, private"}
TAKES: Json = {
    "purpose": list(grants.LABELS),
    "reason": f"{reasons.SHORTEST} to {reasons.LONGEST:,} characters; no e-mail addresses, no phone numbers",
}


def contact_level(request: Request, campaign: int) -> HttpResponse:
    """A page of a slot's contacts with masked ids. Raises `Problem`: 403 without a grant, which says how to get one."""
    by, now = actor_of(request), timezone.now()
    campaign_of(campaign)
    try:
        grant = grants.required(by, campaign, now)
        found = people.listed(grant, *_asked(request, campaign, now), by=by, at=now)
    except PermissionError as error:
        raise forbidden(error, campaign) from None
    return Response(_answer(request, found, grant, now), headers=NO_STORE)


def forbidden(error: PermissionError, campaign: int = 0) -> Problem:
    """The 403 of somebody who may see nobody, or could open a grant: then with where and by which fields."""
    if isinstance(error, grants.NotAllowed):
        return Problem(HTTPStatus.FORBIDDEN, "You may not see contacts", str(error))
    url, page = reverse("api-consent"), reverse("analytics:contacts", args=[campaign])
    minutes = grants.LIVES.seconds // 60
    detail = f"{error} Open one by POST {url} with what it takes, or on the page; it lives for {minutes} minutes."
    way = {"method": "POST", "url": url, "takes": TAKES | {"campaign": campaign}, "page": page}
    return Problem(HTTPStatus.FORBIDDEN, "Contacts need a grant", detail, grant=way)


def grant_answer(grant: ConsentGrant, now: datetime) -> Json:
    return {
        "id": str(grant.id),
        "campaign": grant.campaign,
        "purpose": grant.purpose,
        "opened_at": instant(grant.opened_at),
        "expires_at": instant(grant.expires_at),
        "seconds_left": grants.seconds_left(grant, now),
    }


def _asked(request: Request, campaign: int, now: datetime) -> tuple[ContactSlot, str]:
    refuse_unknown(request, KNOWN)
    params = dict(request.query_params.lists())
    slot = contacts.slot_asked(params, campaign, time_zone=settings.REPORTING_TIME_ZONE, now=now)
    return slot, contacts.cursor_asked(params)


def _answer(request: Request, found: Listed, grant: ConsentGrant, now: datetime) -> Json:
    slot, allowed = found.contacts.slot, allowed_of(request)
    return {
        "results": [_deeds(row, found.names[row.contact_id], allowed) for row in found.contacts.rows],
        "next": _next(request, found.contacts),
        "count": found.contacts.count,
        "grant": grant_answer(grant, now),
        "last_refreshed_at": instant(state.read()["changed_at"]),
        "meta": {
            "date": slot.day.isoformat(),
            "hour": slot.hour,
            "start": instant(slot.starts_at),
            "end": instant(slot.ends_at),
            "basis": BasisName.EVENT.value,
            "time_zone": settings.REPORTING_TIME_ZONE,
            "definition_version": DEFINITION_VERSION,
            "smallest_group": SMALLEST_GROUP,
            "warnings": list(warnings(found.contacts)),
        },
    }


def warnings(found: Contacts) -> tuple[str, ...]:
    if found.too_few:
        way = "ask for another day" if found.slot.hour is None else "leave out the hour"
        return (f"A group of fewer than {SMALLEST_GROUP} contacts is counted and not broken down; {way}.",)
    if found.count is None:
        return (f"There are more than {contacts.COUNTED:,} contacts; beyond that they are not counted.",)
    return ()


def _next(request: Request, found: Contacts) -> str | None:
    if not found.next:
        return None
    return f"{request.path}?{urlencode({'level': 'contact', **found.slot.asked, CURSOR: found.next})}"


def _deeds(row: Deeds, name: str | None, allowed: Allowed) -> Json:
    last = {"type": row.last_type, "at": instant(row.last_at), "machine": row.last_by_machine}
    counts = {kind: getattr(row, kind) if allowed.sees(*of) else None for kind, of in COUNTS.items()}
    return {"id": row.contact_id, "contact": name, **counts, "last_event": last}

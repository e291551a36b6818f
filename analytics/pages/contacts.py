"""The contacts of a campaign, masked; one of them and what they did; and the one value that somebody reveals.

Shown only behind an open grant. Each look leaves its row in the log before anything is returned.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django_htmx.http import HttpResponseClientRedirect

from compliance import grants
from compliance.acting import Actor, actor_of
from compliance.grants import NoGrant, NotAllowed
from compliance.models import ConsentGrant

from .. import people, presentation
from ..asker import allowed_of
from ..clock import time_of_day
from ..cursors import FIELD as CURSOR
from ..people import NoContact
from ..queries.contacts import AMOUNTS, COUNTED, COUNTS, SMALLEST_GROUP, Contacts, Deeds, Moment
from ..scope import ScopeError
from .access import PageRequest, staff_act, staff_page, wants_fragment
from .campaign import campaign_or_404
from .consent import FORBIDDEN, ask
from .people import Place, granted, place_of, refused, show

LISTED = ("sent", "opened", "clicked", "converted")
LARGEST = 2**63 - 1
LABELS: dict[str, str] = {
    "sent": "Sent",
    "delivered": "Delivered",
    "bounced": "Bounced",
    "opened": "Opened",
    "clicked": "Clicked",
    "converted": "Converted",
    "refunded": "Refunded",
    "unsubscribed": "Unsubscribed",
    "complained": "Complained",
    "impression": "Saw it",
    "held_out": "Held out",
}


@dataclass(frozen=True, slots=True)
class Person:
    """One contact of a list; the name is masked, and None where the identity was erased."""

    number: int
    name: str | None
    counts: tuple[int, ...]
    last: str
    last_at: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a timeline."""

    at: str
    what: str
    more: str


Shown = Callable[[Place, ConsentGrant, Actor, datetime], HttpResponse]


@staff_page
def contacts(request: PageRequest, pk: int) -> HttpResponse:
    def page(place: Place, grant: ConsentGrant, by: Actor, now: datetime) -> HttpResponse:
        assert place.slot is not None
        shown = [kind for kind in LISTED if allowed_of(request).sees(*COUNTS[kind])]
        listed = people.listed(grant, place.slot, request.GET.get(CURSOR, ""), by=by, at=now)
        context = {
            "people": [_person(row, listed.names[row.contact_id], shown) for row in listed.contacts.rows],
            "counted": [LABELS[kind] for kind in shown],
            "found": listed.contacts,
            "summary": _summary(listed.contacts),
            "next": f"{place.url}&{CURSOR}={listed.contacts.next}" if listed.contacts.next else "",
            "first": CURSOR not in request.GET,
            "smallest": SMALLEST_GROUP,
        }
        return show(request, "analytics/contacts.html", place, context | granted(grant, now), title=place.words)

    return _behind_a_grant(request, pk, None, page)


@staff_page
def contact(request: PageRequest, pk: int, contact: int) -> HttpResponse:
    def page(place: Place, grant: ConsentGrant, by: Actor, now: datetime) -> HttpResponse:
        return _timeline(request, place, grant, by, now)

    return _behind_a_grant(request, pk, contact, page)


@staff_act
def reveal(request: PageRequest, pk: int, contact: int) -> HttpResponse:
    """One value in full: in its place, or, without scripts, on the contact's page. Once only: no address has it."""

    def page(place: Place, grant: ConsentGrant, by: Actor, now: datetime) -> HttpResponse:
        name = people.revealed(grant, contact, by=by, at=now)
        if wants_fragment(request):
            return render(request, "analytics/_name.html", {"name": name, "revealed": True})
        return _timeline(request, place, grant, by, now, revealed=name)

    return _behind_a_grant(request, pk, contact, page)


def _behind_a_grant(request: PageRequest, pk: int, contact: int | None, page: Shown) -> HttpResponse:
    """The page if a grant is open, else the question for one. To a dialog's request for a page it names the page."""
    found, by, now = campaign_or_404(pk), actor_of(request), timezone.now()
    try:
        place = place_of(request, found, now) if contact is None else Place(found, None, _known_number(contact))
        looks = request.method != "POST"
        grant = grants.current(request.user, pk, now) if looks else grants.required(by, pk, now, [place.contact or 0])
        if grant is None:
            return ask(request, place, by, now)
        if looks and wants_fragment(request):
            return HttpResponseClientRedirect(place.url)
        return page(place, grant, by, now)
    except ScopeError as error:
        return refused(request, found, error)
    except NoContact as error:
        raise Http404(str(error)) from error
    except (NoGrant, NotAllowed):
        if wants_fragment(request) and request.method == "POST":
            return HttpResponse(status=FORBIDDEN)
        return ask(request, place, by, now)


def _known_number(contact: int) -> int:
    if contact > LARGEST:
        raise Http404("There is no such contact.")
    return contact


def _timeline(
    request: PageRequest, place: Place, grant: ConsentGrant, by: Actor, now: datetime, revealed: str | None = None
) -> HttpResponse:
    assert place.contact is not None
    known = people.known(grant, place.contact, request.GET.get(CURSOR, ""), by=by, at=now)
    amounts = allowed_of(request).sees(*AMOUNTS)
    context = {
        "number": place.contact,
        "name": revealed or known.name,
        "revealed": revealed is not None,
        "lines": [_line(moment, amounts=amounts) for moment in known.timeline.rows],
        "amounts": amounts,
        "next": f"{place.url}?{CURSOR}={known.timeline.next}" if known.timeline.next else "",
        "first": CURSOR not in request.GET,
    }
    return show(request, "analytics/contact.html", place, context | granted(grant, now), title=place.words)


def _summary(found: Contacts) -> str:
    if found.count is None:
        return f"More than {COUNTED:,} contacts"
    return "1 contact" if found.count == 1 else f"{found.count:,} contacts"


def _person(row: Deeds, name: str | None, shown: Sequence[str]) -> Person:
    return Person(
        row.contact_id,
        name,
        tuple(getattr(row, kind) for kind in shown),
        _what(row.last_type, row.last_by_machine),
        time_of_day(_local(row.last_at), "%H:%M:%S"),
    )


def _line(moment: Moment, *, amounts: bool) -> Line:
    at, amount = _local(moment.at), moment.amount if amounts else None
    money = "" if amount is None else presentation.money(amount, moment.currency or "")
    return Line(
        f"{at.day} {at:%b %Y}, {time_of_day(at, '%H:%M:%S')}",
        _what(moment.type, moment.machine),
        money or moment.message,
    )


def _what(kind: str, by_machine: bool) -> str:
    return f"{LABELS[kind]}, by a machine" if by_machine else LABELS[kind]


def _local(moment: datetime) -> datetime:
    return moment.astimezone(ZoneInfo(settings.REPORTING_TIME_ZONE))

"""The consent dialog: what for, why, and what will be logged. Over the drilldown, or as a page of its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django_htmx.http import HttpResponseClientRedirect

from compliance import grants, reasons
from compliance.acting import Actor, actor_of
from compliance.grants import CannotGrant, NoGrant, NotAllowed

from ..queries import contacts as queries
from ..scope import ScopeError
from .access import PageRequest, staff_act, wants_fragment
from .campaign import campaign_or_404
from .people import BAD_REQUEST, Place, place_of, refusal, refused, show

FORBIDDEN = 403
NO_PURPOSE = "Choose what you need this for."


@dataclass(frozen=True, slots=True)
class Form:
    """What was typed, and by field what is wrong with it."""

    purpose: str = ""
    reason: str = ""
    errors: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@staff_act
def consent(request: PageRequest, pk: int) -> HttpResponse:
    """Opens a grant and goes to the contacts, or says which fields were wrong."""
    found, by, now = campaign_or_404(pk), actor_of(request), timezone.now()
    asked = {name: request.POST.get(name, "") for name in ("purpose", "reason")}
    try:
        place = place_of(request, found, now)
        grants.open(pk, **asked, by=by, at=now)
    except ScopeError as error:
        return refused(request, found, error)
    except NotAllowed:
        return ask(request, place, by, now)
    except CannotGrant as error:
        instead = {"purpose": NO_PURPOSE} if "purpose" in error.errors else {}
        return ask(request, place, by, now, Form(**asked, errors={**error.errors, **instead}))
    return HttpResponseClientRedirect(place.url) if wants_fragment(request) else HttpResponseRedirect(place.url)


@staff_act
def end(request: PageRequest, pk: int, grant: UUID) -> HttpResponse:
    """Ends a grant early; one that is over stays so."""
    campaign_or_404(pk)
    try:
        grants.end(grant, by=actor_of(request), at=timezone.now())
    except NoGrant as error:
        raise Http404(str(error)) from error
    return HttpResponseRedirect(reverse("analytics:drilldown", args=[pk]))


def ask(request: PageRequest, place: Place, by: Actor, now: datetime, form: Form | None = None) -> HttpResponse:
    """The question for a grant, or who may not be asked; its errors by field."""
    form, count = form or Form(), _count(place)
    context = {
        "place": place,
        "form": form,
        "purposes": grants.PURPOSES,
        "longest": reasons.LONGEST,
        "minutes": grants.LIVES.seconds // 60,
        "people": _people(count),
        "too_few": count is not None and place.slot is not None and count < queries.SMALLEST_GROUP,
        "smallest": queries.SMALLEST_GROUP,
        "not_allowed": refusal(by, place.campaign, now),
    }
    status = FORBIDDEN if context["not_allowed"] else BAD_REQUEST if form.errors else 200
    if wants_fragment(request):
        return render(request, "analytics/_consent.html", context | {"beside": True}, status=status)
    return show(request, "analytics/consent.html", place, context, title=place.words, status=status)


def _count(place: Place) -> int | None:
    """How many people a grant would be opened for the sake of; None where they are too many to be counted."""
    return 1 if place.slot is None else queries.count(place.campaign.pk, place.slot)


def _people(count: int | None) -> str:
    if count is None:
        return f"more than {queries.COUNTED:,} people"
    return "1 person" if count == 1 else f"{count:,} people"

"""What the pages about people share: which of them are looked at, and the frame around them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from compliance import grants
from compliance.acting import Actor
from compliance.models import ConsentGrant

from ..models import Campaign
from ..queries.contacts import ContactSlot, slot_asked
from ..scope import DEFAULT_DAYS, Grain, ScopeError, echo
from .access import PageRequest
from .campaign import Crumb
from .navigation import page_context
from .slots import slot_label

BAD_REQUEST = 400
SHOWN = timedelta(days=DEFAULT_DAYS - 1)  # before today, wherever that begins


@dataclass(frozen=True, slots=True)
class Place:
    """The people looked at: those of a slot, or one contact."""

    campaign: Campaign
    slot: ContactSlot | None
    contact: int | None = None

    @property
    def query(self) -> str:
        if self.slot is None:
            return urlencode({"contact": self.contact})
        return urlencode(self.slot.asked)

    @property
    def url(self) -> str:
        if self.slot is None:
            return reverse("analytics:contact", args=[self.campaign.pk, self.contact])
        return f"{reverse('analytics:contacts', args=[self.campaign.pk])}?{self.query}"

    @property
    def consent_url(self) -> str:
        return f"{reverse('analytics:consent', args=[self.campaign.pk])}?{self.query}"

    @property
    def drilldown_url(self) -> str:
        """The day among its days: those before it, where the page by itself would not go back so far."""
        drilldown = reverse("analytics:drilldown", args=[self.campaign.pk])
        if self.slot is None:
            return drilldown
        day = self.slot.day
        days = {} if timezone.now().date() - day < SHOWN else {"from": day - SHOWN + timedelta(days=1), "to": day}
        return f"{drilldown}?{urlencode({**days, 'date': day})}"

    @property
    def words(self) -> str:
        if self.slot is None:
            return f"Contact {self.contact}"
        return ", ".join(filter(None, (slot_label(self.slot.day, Grain.DAY), self.slot.clock)))

    @property
    def name(self) -> str:
        return self.campaign.name or self.campaign.external_id


def place_of(request: PageRequest, campaign: Campaign, now: datetime) -> Place:
    """What `date` and `hour`, or `contact`, name. Raises `ScopeError`."""
    contact = request.GET.get("contact", "")
    if not contact:
        params = dict(request.GET.lists())
        return Place(campaign, slot_asked(params, campaign.pk, time_zone=settings.REPORTING_TIME_ZONE, now=now))
    if not (contact.isascii() and contact.isdecimal() and len(contact) < 19):
        raise ScopeError("contact", f"{echo(contact)!r} is no number of a contact.")
    return Place(campaign, None, int(contact))


def show(
    request: PageRequest, template: str, place: Place, context: Mapping[str, Any], *, title: str, status: int = 200
) -> HttpResponse:
    """A page about people; nothing of it is kept by anybody."""
    frame = {"place": place, "title": title, "crumbs": _crumbs(place), "time_zone": settings.REPORTING_TIME_ZONE}
    whole = {**frame, **context, **page_context(request, "analytics:campaigns")}
    return render(request, template, whole, status=status)


def refused(request: PageRequest, campaign: Campaign, error: ScopeError) -> HttpResponse:
    """What was asked for cannot be: which field, and the way out."""
    place = Place(campaign, None)
    context = {"problem": error, "crumbs": _crumbs(place)[:-1]}
    return show(request, "analytics/no_people.html", place, context, title="Contacts", status=BAD_REQUEST)


def granted(grant: ConsentGrant, now: datetime) -> dict[str, Any]:
    """What a page says of the grant it stands on."""
    seconds = grants.seconds_left(grant, now)
    return {
        "grant": grant,
        "purpose": grants.LABELS[grant.purpose],
        "seconds": seconds,
        "minutes": max(1, seconds // 60),
    }


def refusal(by: Actor, campaign: Campaign, now: datetime) -> str:
    """Why whoever asks may see nobody, which is logged as refused; empty if they may."""
    try:
        grants.check_allowed(by)
    except grants.NotAllowed as error:
        grants.refused(by, campaign.pk, now)
        return str(error)
    return ""


def _crumbs(place: Place) -> tuple[Crumb, ...]:
    pk = place.campaign.pk
    up = (Crumb(place.name, reverse("analytics:campaign", args=[pk])), Crumb("Day by day", place.drilldown_url))
    return (Crumb("Campaigns", reverse("analytics:campaigns")), *up, Crumb(place.words))

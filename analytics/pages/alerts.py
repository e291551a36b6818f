"""Alerts: what is unusual now, what was, and what people do about it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from compliance.acting import Actor, actor_of

from ..alerts import acts
from ..alerts.acts import CannotAct, NoAlert
from ..asker import allowed_of
from ..changes import kept_cut
from ..models import AlertWatch, MarketingAlert
from . import usage
from .access import PageRequest, staff_act, staff_page, wants_fragment
from .alert_cards import ACKNOWLEDGE, SNOOZE, SNOOZES, WAKE, Card, News, cards, snooze_until
from .alert_rules import Form, table
from .campaign import Crumb
from .fields import Field, Fields
from .filters import Filters
from .frame import BAD_REQUEST, read_query
from .navigation import page_context, push_url
from .options import select

TAB = "analytics:alerts"
MAY_ACT, MAY_SET = "analytics.change_marketingalert", "analytics.change_alertrule"
PAST = timedelta(days=30)
MOST = 100
STATES = {"open": "Open", "over": "As usual again", "all": "All of 30 days"}
FIELDS: Fields = (Field("state", "open", label="Show", known=STATES),)
SAID = {ACKNOWLEDGE: "Acknowledged.", SNOOZE: "Snoozed.", WAKE: "No longer snoozed."}
PANEL = 3
Act = Callable[[int, Actor, datetime], MarketingAlert]


@staff_page
def alerts(request: PageRequest) -> HttpResponse:
    usage.count("alerts", str(request.user.pk), timezone.now())
    return show_list(request)


def show_list(request: PageRequest, *, of: str = "", form: Form | None = None, status: int = 200) -> HttpResponse:
    """The list with the rules below it; `form` is the one of a rule that was refused."""
    now, allowed = timezone.now(), allowed_of(request)
    asked = read_query(request.GET, FIELDS, now, allowed)
    if asked.problems:
        status = BAD_REQUEST
    context = {
        "title": "Alerts",
        "url": reverse(TAB),
        "filters": asked,
        "query": asked.query,
        "selects": (select("state", "Show", list(STATES.items()), asked.values["state"]),),
        "cards": _cards(request, _of_state(asked, now), now),
        "judged": AlertWatch.objects.first(),
        **rules_context(request, of=of, form=form),
    }
    if not wants_fragment(request):
        return render(request, "analytics/alerts.html", context | page_context(request, TAB), status=status)
    response = render(request, "analytics/_alerts.html", context, status=status)
    response["HX-Push-Url"] = push_url(request, asked.query)
    return response


def rules_context(request: PageRequest, *, of: str = "", form: Form | None = None) -> dict[str, Any]:
    return {
        "table": table(allowed_of(request), kept_cut().currency, of=of, form=form),
        "may_set": request.user.has_perm(MAY_SET),
        "may_act": request.user.has_perm(MAY_ACT),
        "snoozes": SNOOZES,
    }


@staff_page
def alert(request: PageRequest, pk: int) -> HttpResponse:
    return _one(request, _card_or_404(request, pk))


@staff_page
def panel(request: PageRequest) -> HttpResponse:
    """The newest open ones, for other pages; nothing where there are none."""
    opened = MarketingAlert.objects.filter(closed_at=None).order_by("-opened_at")[:MOST]
    found = _cards(request, list(opened), timezone.now())
    context = {"cards": found[:PANEL], "count": len(found), "all": reverse(TAB)}
    return render(request, "analytics/_alerts_panel.html", context) if found else HttpResponse("")


@staff_act
def acknowledge(request: PageRequest, pk: int) -> HttpResponse:
    return _act(request, pk, ACKNOWLEDGE, acts.acknowledge)


@staff_act
def snooze(request: PageRequest, pk: int) -> HttpResponse:
    def act(pk: int, by: Actor, at: datetime) -> MarketingAlert:
        until = snooze_until(request.POST.get("hours", ""), at)
        if until is None:
            raise CannotAct("hours", "Choose for how long.")
        return acts.snooze(pk, by, at, until)

    return _act(request, pk, SNOOZE, act)


@staff_act
def wake(request: PageRequest, pk: int) -> HttpResponse:
    return _act(request, pk, WAKE, acts.wake)


def _act(request: PageRequest, pk: int, name: str, act: Act) -> HttpResponse:
    """Acts, and shows the card as it stands then, with what was done or what keeps it from being done."""
    if not request.user.has_perm(MAY_ACT):
        raise PermissionDenied("This needs the permission to change marketing alerts.")
    _card_or_404(request, pk)
    try:
        act(pk, actor_of(request), timezone.now())
        status, news = HTTPStatus.OK, News(SAID[name])
    except NoAlert as error:
        raise Http404(str(error)) from error
    except CannotAct as error:
        status = HTTPStatus.BAD_REQUEST if error.field else HTTPStatus.CONFLICT
        news = News(open=name, errors={error.field: error.reason}) if error.field else News(error.reason, refused=True)
    card = replace(_card_or_404(request, pk), news=news)
    if wants_fragment(request):
        context = {"card": card, "snoozes": SNOOZES, "beside": True}
        return render(request, "analytics/_alert.html", context, status=status)
    return redirect("analytics:alert", pk) if status == HTTPStatus.OK else _one(request, card, status)


def _one(request: PageRequest, card: Card, status: int = 200) -> HttpResponse:
    crumbs = (Crumb("Alerts", reverse(TAB)), Crumb(card.title))
    context = {"card": card, "crumbs": crumbs, "snoozes": SNOOZES, "may_act": request.user.has_perm(MAY_ACT)}
    return render(request, "analytics/alert.html", context | page_context(request, TAB), status=status)


def _card_or_404(request: PageRequest, pk: int) -> Card:
    """One whose figures are all denied is not there."""
    found = _cards(request, list(MarketingAlert.objects.filter(pk=pk)), timezone.now())
    if not found:
        raise Http404(f"There is no alert {pk}; the list has those there are.")
    return found[0]


def _cards(request: PageRequest, found: Sequence[MarketingAlert], now: datetime) -> list[Card]:
    return cards(found, allowed_of(request), kept_cut(), now, may=request.user.has_perm(MAY_ACT))


def _of_state(asked: Filters, now: datetime) -> list[MarketingAlert]:
    """Open ones first, those that nobody has seen before the others, the newest first; then what is over."""
    recent = Q(closed_at__gt=now - PAST)
    wanted = {"open": Q(closed_at=None), "over": recent, "all": Q(closed_at=None) | recent}[asked.values["state"]]
    found = MarketingAlert.objects.filter(wanted).order_by("-opened_at")[:MOST]
    return sorted(found, key=lambda one: (one.closed_at is not None, one.acknowledged_at is not None))

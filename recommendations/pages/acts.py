"""What people decide, in the card itself: by HTMX in place, else the recommendation's own page comes back."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from analytics.pages.access import PageRequest, staff_act, wants_fragment
from analytics.scope import ScopeError, parse_day
from compliance.acting import Actor, actor_of

from .. import decisions, steps
from ..decisions import CannotDecide, Changed, Decided, NoRecommendation
from ..models import Recommendation
from ..scoreboard import scores
from .cards import FORMS, SNOOZES, News
from .listing import card_of, find_or_404, may_decide, show_one

BAD_REQUEST, CONFLICT = 400, 409
SAID: dict[str, str] = {
    steps.ACCEPT: "Accepted.",
    steps.DISMISS: "Dismissed.",
    steps.SNOOZE: "Put off.",
    steps.IMPLEMENT: "Marked as done.",
    steps.UNDO: "Undone.",
}
Act = Callable[[int, Actor, datetime, Mapping[str, str]], Recommendation]


@staff_act
def accept(request: PageRequest, pk: int) -> HttpResponse:
    return _decide(request, pk, steps.ACCEPT, lambda pk, by, at, _given: decisions.accept(pk, by, at))


@staff_act
def dismiss(request: PageRequest, pk: int) -> HttpResponse:
    return _decide(request, pk, steps.DISMISS, _dismiss)


@staff_act
def snooze(request: PageRequest, pk: int) -> HttpResponse:
    return _decide(request, pk, steps.SNOOZE, _snooze)


@staff_act
def implement(request: PageRequest, pk: int) -> HttpResponse:
    return _decide(request, pk, steps.IMPLEMENT, _implement)


@staff_act
def undo(request: PageRequest, pk: int) -> HttpResponse:
    return _decide(request, pk, steps.UNDO, lambda pk, by, at, _given: decisions.undo(pk, by, at))


def _dismiss(pk: int, by: Actor, at: datetime, given: Mapping[str, str]) -> Recommendation:
    if not given["reason"]:
        raise CannotDecide("reason", "Choose why.")
    return decisions.dismiss(pk, by, at, given["reason"], given["note"])


def _snooze(pk: int, by: Actor, at: datetime, given: Mapping[str, str]) -> Recommendation:
    days = {str(days): days for days, _ in SNOOZES}.get(given["days"])
    if days is None:
        raise CannotDecide("days", "Choose for how long.")
    return decisions.snooze(pk, by, at, at + timedelta(days=days))


def _implement(pk: int, by: Actor, at: datetime, given: Mapping[str, str]) -> Recommendation:
    try:
        on = parse_day("on", given["on"])
    except ScopeError as error:
        raise CannotDecide("on", error.message) from error
    if on is None:
        raise CannotDecide("on", "Choose the day on which it was done.")
    return decisions.implement(pk, by, at, on)


def _decide(request: PageRequest, pk: int, decision: str, act: Act) -> HttpResponse:
    """Decides, and shows the card as it stands then: what was decided, what else stands, or which field is wrong."""
    if not may_decide(request):
        raise PermissionDenied("Deciding needs the permission to change recommendations.")
    given = {name: request.POST.get(name, "") for name in ("reason", "note", "days", "on")}
    now = timezone.now()
    try:
        act(pk, actor_of(request), now, given)
        status, news = 200, News(SAID[decision])
    except NoRecommendation as error:
        raise Http404(str(error)) from error
    except (Decided, Changed) as error:
        status, news = CONFLICT, News(f"Nothing was changed. {error}", refused=True)
    except CannotDecide as error:
        status, news = BAD_REQUEST, News(open=decision, errors={error.field: error.reason}, given=given)
    shown = replace(card_of(request, find_or_404(pk), scores(), now), news=news)
    if wants_fragment(request):
        return render(request, "recommendations/_card.html", FORMS | {"card": shown, "beside": True}, status=status)
    return redirect("recommendations:one", pk) if status == 200 else show_one(request, shown, status)

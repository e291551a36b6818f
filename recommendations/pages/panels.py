"""What recommendations add to the pages of others: the best open ones, those of one campaign, and how they did."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from analytics.allowed import Allowed
from analytics.asker import allowed_of
from analytics.pages.access import PageRequest, staff_page
from analytics.pages.fields import CAMPAIGN, OVERVIEW, Field
from analytics.pages.frame import read_query
from analytics.pages.links import address

from .. import scoreboard
from ..models import MEASURED, STANDING, Recommendation, State
from ..queries import ordered
from ..shown import by_money, proposal_of, shown_of
from .cards import Money, money_of
from .fields import FIELDS, OF_STATE
from .listing import filtered
from .outcome import Outcome, outcome
from .rules import title_of
from .scores import kept as kept_of

TOP, OF_CAMPAIGN = 3, 10
NO_CONTENT = 204


@dataclass(frozen=True, slots=True)
class Row:
    proposal: str
    url: str
    campaign: str
    rule: str
    state: str
    money: Money | None  # None for who may not see it
    outcome: Outcome | None


@staff_page
def top(request: PageRequest) -> HttpResponse:
    """The open ones that are worth most, of the channels and campaigns that the page is filtered by."""
    allowed = allowed_of(request)
    asked = read_query(request.GET, OVERVIEW, timezone.now(), allowed)
    found = filtered(asked, Recommendation.objects.filter(state=State.OPEN))
    best = list(ordered(found.select_related("campaign"), by_money(allowed))[:TOP])
    more, rows = found.count() if len(best) == TOP else len(best), [_row(each, allowed) for each in best]
    context = {"rows": rows, "count": more, "all": address(_list(), asked.for_(FIELDS))}
    return render(request, "recommendations/_top.html", context)


@staff_page
def of_campaign(request: PageRequest) -> HttpResponse:
    """Those of the campaign that stand or were measured, the newest first; nothing where there are none."""
    allowed = allowed_of(request)
    asked = read_query(request.GET, (*CAMPAIGN, Field("campaign", (), several=True)), timezone.now(), allowed)
    found = filtered(asked, Recommendation.objects.filter(state__in=(*STANDING, *MEASURED)))
    rows = found.select_related("campaign").order_by("-proposed_at", "-pk")[:OF_CAMPAIGN]
    if not asked.scope.campaigns or not rows:
        return HttpResponse(status=NO_CONTENT)
    context = {"rows": [_row(each, allowed) for each in rows], "all": address(_list(), asked.for_(FIELDS, state="all"))}
    return render(request, "recommendations/_of_campaign.html", context)


@staff_page
def kept(request: PageRequest) -> HttpResponse:
    """How many are accepted, and what came of that as it was measured."""
    whole = scoreboard.total(scoreboard.scores().values())
    return render(request, "recommendations/_kept.html", {"figures": kept_of(whole), "all": f"{_list()}?state=all"})


def _list() -> str:
    return reverse("recommendations:list")


def _row(found: Recommendation, allowed: Allowed) -> Row:
    shown = shown_of(found, allowed)
    return Row(
        proposal=proposal_of(found, shown),
        url=reverse("recommendations:one", args=[found.pk]),
        campaign=found.campaign.name or found.campaign.external_id,
        rule=title_of(found.rule),
        state=OF_STATE[found.state].label,
        money=money_of(found) if shown.money else None,
        outcome=outcome(found, shown),
    )

"""The list: what to do next, by what it is worth; and one recommendation by itself."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.db import DatabaseError
from django.db.models import Count, Prefetch, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from analytics.asker import allowed_of
from analytics.models import Campaign
from analytics.pages import usage
from analytics.pages.access import PageRequest, staff_page, wants_fragment
from analytics.pages.campaign import Crumb
from analytics.pages.filters import Filters
from analytics.pages.frame import BAD_REQUEST, UNAVAILABLE, read_query
from analytics.pages.navigation import page_context, push_url
from analytics.pages.options import Select, campaign_selects, channel_selects, select, with_campaigns
from analytics.scope import echo
from compliance.acting import actor_of

from ..models import Decision, Recommendation
from ..queries import Wanted, ordered
from ..scoreboard import Score, scores
from ..shown import by_money, shown_of
from .cards import FORMS, Card, card
from .fields import ALL, BY_NAME, FIELDS, GROUPS
from .freshness import looked
from .rules import TITLES, standings
from .scores import columns, held, scoreboard

logger = logging.getLogger(__name__)

PER_PAGE = 20
MAY_DECIDE = "recommendations.change_recommendation"
TAB = "recommendations:list"


@dataclass(frozen=True, slots=True)
class Pages:
    """Which part of the list is shown, and the queries of those beside it; empty where there is none."""

    place: str
    first: str | None
    previous: str | None
    next: str | None


@staff_page
def recommendations(request: PageRequest) -> HttpResponse:
    now = timezone.now()
    usage.count("recommendations", str(request.user.pk), now)
    asked = read_query(request.GET, FIELDS, now, allowed_of(request))
    try:
        asked, context = _content(request, asked, now)
        status = BAD_REQUEST if asked.problems else 200
    except DatabaseError:
        logger.exception("The recommendations could not be read")
        context, status = {"failed": True, "selects": _selects(asked, {}, ())}, UNAVAILABLE
    context |= {"filters": asked, "query": asked.query, "url": request.path, "title": "Recommendations"}
    if not wants_fragment(request):
        frame = page_context(request, TAB)
        return render(request, "recommendations/page.html", context | frame, status=status)
    response = render(request, "recommendations/_page.html", context, status=status)
    response["HX-Push-Url"] = push_url(request, asked.query)
    return response


@staff_page
def one(request: PageRequest, pk: int) -> HttpResponse:
    return show_one(request, card_of(request, find_or_404(pk), scores(), timezone.now()))


def show_one(request: PageRequest, found: Card, status: int = 200) -> HttpResponse:
    """One recommendation on a page of its own."""
    crumbs = (Crumb("Recommendations", reverse(TAB)), Crumb(found.proposal))
    context = FORMS | {"card": found, "crumbs": crumbs, "may_decide": may_decide(request)}
    return render(request, "recommendations/one.html", context | page_context(request, TAB), status=status)


def may_decide(request: PageRequest) -> bool:
    return request.user.has_perm(MAY_DECIDE)


def with_decisions() -> QuerySet[Recommendation]:
    """Recommendations with all that a card tells, newest decisions first."""
    taken = Prefetch("decisions", Decision.objects.order_by("-id"), to_attr="taken")
    return Recommendation.objects.select_related("campaign").prefetch_related(taken)


def find_or_404(pk: int) -> Recommendation:
    found = with_decisions().filter(pk=pk).first()
    if found is None:
        raise Http404(f"There is no recommendation {pk}; the list has those there are.")
    return found


def card_of(request: PageRequest, found: Recommendation, known: Mapping[str, Score], now: datetime) -> Card:
    """One of `with_decisions` as a card; `known` are the scores of rules."""
    taken: list[Decision] = found.taken  # type: ignore[attr-defined]
    shown = shown_of(found, allowed_of(request))
    made = card(found, taken, actor_of(request), now, shown, may=may_decide(request))
    return replace(made, held=held(known.get(found.rule)))


def filtered(asked: Filters, found: QuerySet[Recommendation]) -> QuerySet[Recommendation]:
    """Those of the rule, the channels and the campaigns asked for, in whatever state."""
    scope, rule = asked.scope, asked.values.get("rule", ALL)
    rules = () if rule == ALL else (rule,)
    return Wanted(states=(), rules=rules, campaigns=scope.campaigns, channels=scope.channels).among(found)


def _content(request: PageRequest, asked: Filters, now: datetime) -> tuple[Filters, dict[str, Any]]:
    known = Campaign.objects.filter(pk__in=Recommendation.objects.values("campaign"))
    asked, campaigns = with_campaigns(asked, known)
    by_state = _by_state(asked)
    counts = {group.name: sum(by_state.get(state, 0) for state in group.states) for group in GROUPS}
    asked, page = _page(asked, counts[asked.values["state"]])
    group = BY_NAME[asked.values["state"]]
    money = by_money(asked.allowed)
    whole = ordered(filtered(asked, with_decisions()).filter(state__in=group.states), money)
    known_scores = scores()
    rows = list(whole[(page - 1) * PER_PAGE : page * PER_PAGE])
    return asked, FORMS | {
        "selects": _selects(asked, counts, campaigns),
        "cards": [card_of(request, found, known_scores, now) for found in rows],
        "pages": _pages(asked, counts[group.name], page),
        "group": group,
        "by_money": money,
        "converted": money and any(found.currency != settings.REPORTING_CURRENCY for found in rows),
        "looked": looked(now),
        "may_decide": may_decide(request),
        "rules": standings(),
        "scoreboard": scoreboard(known_scores, money),
        "columns": columns(money),
        "may_change_rules": request.user.has_perm("recommendations.change_rulesetting"),
    }


def _by_state(asked: Filters) -> dict[str, int]:
    counted = filtered(asked, Recommendation.objects.all()).values("state").annotate(count=Count("pk")).order_by()
    return {row["state"]: row["count"] for row in counted}


def _page(asked: Filters, count: int) -> tuple[Filters, int]:
    """The number of the page asked for, and the filters with what is wrong with it."""
    text, last = asked.values["page"], Paginator(range(count), PER_PAGE).num_pages
    if text.isascii() and text.isdecimal() and len(text) < 10 and 1 <= int(text) <= last:
        return asked, int(text)
    pages = "There is 1 page" if last == 1 else f"There are {last:,} pages"
    return asked.without("page", f"“{echo(text)}” is none of them: {pages}.", "This is the first."), 1


def _pages(asked: Filters, count: int, page: int) -> Pages:
    first = (page - 1) * PER_PAGE
    last = min(first + PER_PAGE, count)
    return Pages(
        place=f"{first + 1:,}–{last:,} of {count:,}" if count > PER_PAGE else f"{count:,}",
        first=asked.with_(page="1") if page > 1 else None,
        previous=asked.with_(page=str(page - 1)) if page > 1 else None,
        next=asked.with_(page=str(page + 1)) if last < count else None,
    )


def _selects(asked: Filters, counts: Mapping[str, int], campaigns: Sequence[Campaign]) -> tuple[Select, ...]:
    """Show · Rule · Channel · Campaign."""
    states = [
        (group.name, f"{group.label} ({counts[group.name]:,})" if group.name in counts else group.label)
        for group in GROUPS
    ]
    return (
        select("state", "Show", states, asked.values["state"]),
        select("rule", "Rule", [(ALL, "All"), *TITLES.items()], asked.values["rule"]),
        *channel_selects(asked),
        *campaign_selects(asked, campaigns),
    )

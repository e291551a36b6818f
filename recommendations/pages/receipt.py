"""The receipt of a figure that a recommendation stands on: as it was then, and what is counted for it now."""

from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from analytics.allowed import ASK, Allowed
from analytics.asker import allowed_of
from analytics.catalogue import Sums, compute
from analytics.channels import BY_NAME as CHANNELS
from analytics.history import Hour
from analytics.pages import receipts
from analytics.pages.access import PageRequest, staff_page, wants_fragment
from analytics.pages.links import api
from analytics.pages.navigation import page_context
from analytics.pages.receipts import Line, Receipt
from analytics.queries import history, kpis
from analytics.queries.answers import Kpis
from analytics.scope import Period, Scope

from ..findings import Figure
from ..frozen import evidence_of
from ..models import Recommendation
from ..outcomes import WIDE
from ..shown import NOT_SHOWN, shown_of
from . import matched, words
from .listing import TAB, find_or_404

MEAN = "the mean of campaigns, each as surely as it is known (random effects), so it is not the ratio of all their sums"


@staff_page
def figure(request: PageRequest, pk: int, number: int) -> HttpResponse:
    """The figure of this number in the evidence, from 0."""
    found = find_or_404(pk)
    evidence, allowed = evidence_of(found), allowed_of(request)
    if number >= len(evidence):
        raise Http404(f"Recommendation {pk} stands on {len(evidence)} figures, counted from 0.")
    status, context = HTTPStatus.OK, dict[str, Any]()
    if shown_of(found, allowed).figures:
        context["receipt"] = _receipt(found, evidence[number], timezone.now(), allowed)
    else:
        message = f"The figures of this recommendation are {NOT_SHOWN}; {ASK}."
        status, context = HTTPStatus.FORBIDDEN, {"problem": {"field": "figure", "message": message}}
    if wants_fragment(request):
        return render(request, "analytics/_receipt.html", context | {"beside": True}, status=status)
    return render(request, "analytics/receipt.html", context | page_context(request, TAB), status=status)


def _receipt(recommendation: Recommendation, figure: Figure, now: datetime, allowed: Allowed) -> Receipt:
    campaign = recommendation.campaign
    scope = Scope(
        Period(figure.start, figure.end),
        settings.REPORTING_TIME_ZONE,
        settings.REPORTING_CURRENCY,
        campaigns=(campaign.external_id,) if figure.of_campaign else (),
        channels=() if figure.of_campaign or _wide(recommendation) else (campaign.channel,),
        allowed=allowed,
    )
    counted = _counted(recommendation, figure, scope, now)
    return replace(
        counted,
        label=figure.label,
        value=words.value(figure.value, figure.metric, recommendation.currency),
        lines=(
            *_then(recommendation, figure),
            Line("Counted now", _now(counted, figure, recommendation)),
            *counted.lines,
        ),
    )


def _counted(recommendation: Recommendation, figure: Figure, scope: Scope, now: datetime) -> Receipt:
    """What is counted for it now, in one of three ways."""
    if figure.of_people:
        return matched.receipt(recommendation, figure, kpis.summary(scope, ("delivered",), now=now).meta)
    found = kpis.summary(scope, (figure.metric,), now=now)
    if figure.hour is not None:
        return _of_hour(recommendation, figure, figure.hour, found)
    return receipts.of_kpi(found, figure.metric, api("kpi", scope, metrics=figure.metric))


def _of_hour(recommendation: Recommendation, figure: Figure, hour: int, found: Kpis) -> Receipt:
    """Of the campaign's messages those that left in this hour of the day; which of their clicks machines made is kept
    by the day alone.
    """
    pk, scope = recommendation.campaign_id, found.meta.scope
    rows = history.hours(figure.start, figure.end, scope.time_zone, [pk]).get(pk, ())
    left = next((row for row in rows if row.hour == hour), Hour(hour, 0, 0))
    sums = Sums(delivered=left.delivered, unique_clicks=left.unique_clicks, message_unique_clicks=left.unique_clicks)
    value = compute(sums, (figure.metric,), scope.currency)[figure.metric]
    url = reverse("api-recommendation", args=[recommendation.pk])
    told = receipts.of_metric(figure.metric, value, sums, found.meta, url, Line("Left at", words.hour(hour)))
    return replace(told, lines=tuple(line for line in told.lines if line.term != "Left out"))


def _then(recommendation: Recommendation, figure: Figure) -> list[Line]:
    currency = recommendation.currency
    lines = [Line("Frozen", f"as of {words.minute(recommendation.as_of, settings.REPORTING_TIME_ZONE)}")]
    if ends := words.ends(figure.low, figure.high, figure.metric, currency):
        lines.append(Line("95 % interval", ends))
    if sample := words.divided_by(figure.sample, figure.metric, currency):
        lines.append(Line("Sample", sample))
    if not figure.of_campaign:
        lines.append(Line("How", MEAN))
    return lines


def _now(counted: Receipt, figure: Figure, recommendation: Recommendation) -> str:
    """What the figure was computed from may have come in since, and a rule looks at a part of it or weighs it."""
    if figure.of_people:
        return f"{counted.value}, by what people were sent and did; what follows is of this"
    if figure.hour is not None:
        return f"{counted.value}, what left at {words.hour(figure.hour)}; what follows is of this"
    others = "" if _wide(recommendation) else f"{CHANNELS[recommendation.campaign.channel].label} "
    whose = "the campaign" if figure.of_campaign else f"all {others}campaigns, this one included"
    return f"{counted.value}, {whose}; what follows is of this"


def _wide(recommendation: Recommendation) -> bool:
    """Whether the others are those of all channels."""
    return recommendation.plan["metric"] in WIDE

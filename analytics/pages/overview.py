"""The Overview: how did we do, on one screen."""

import logging
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.utils import timezone

from ..queries.freshness import freshness
from ..queries.funnel import funnel
from ..queries.kpis import by_campaign, by_channel, summary, timeseries
from ..queries.snapshot import snapshot
from . import usage
from .access import PageRequest, is_poll, staff_page, wants_fragment
from .filters import SORTABLE, Filters, read
from .freshness import AGE, fresh, tag
from .navigation import page_context, panels, push_url
from .options import selects, trend_select, with_campaigns
from .tables import CHANNEL_COLUMNS, campaign_table, channel_table, funnel_steps
from .tiles import METRICS, tiles
from .trend import trend

logger = logging.getLogger(__name__)

VIEW = "analytics:overview"
CAMPAIGNS_SHOWN = 8
BAD_REQUEST, UNAVAILABLE = 400, 503


@staff_page
def overview(request: PageRequest) -> HttpResponse:
    """The page, its fragment after a change of filter, and the poll for newer figures: 304 when there are none."""
    now = timezone.now()
    params = dict(request.GET.lists())
    asked = read(params, now=now, time_zone=settings.REPORTING_TIME_ZONE, currency=settings.REPORTING_CURRENCY)
    if not is_poll(request):
        usage.count("overview", str(request.user.pk), now)
    try:
        asked, campaigns = with_campaigns(asked)
        if is_poll(request) and request.headers.get("If-None-Match") == _tag_now(asked, now):
            return HttpResponseNotModified(headers={AGE: "0"})  # nothing waits, or the tag would differ
        with snapshot():
            context = {"selects": selects(asked, campaigns), **_figures(asked, now)}
        status = BAD_REQUEST if asked.problems else 200
    except DatabaseError:
        logger.exception("The Overview could not read its figures")
        context, status = {"failed": True, "selects": selects(asked, [])}, UNAVAILABLE
    return _respond(request, asked, context, status)


def _tag_now(asked: Filters, now: datetime) -> str:
    state = freshness(now=now)
    return tag(asked, state.data_version, fresh(state.completeness, now), now)


def _figures(asked: Filters, now: datetime) -> dict[str, Any]:
    """Everything that the page shows of one scope."""
    scope, metric = asked.scope, asked.values["metric"]
    kpis = summary(scope, METRICS, now=now)
    series = timeseries(scope, tuple(dict.fromkeys((*METRICS, metric))), now=now)
    channels = by_channel(scope, CHANNEL_COLUMNS, now=now)
    ranking = by_campaign(scope, SORTABLE, order=asked.values["sort"], limit=CAMPAIGNS_SHOWN, now=now)
    people = funnel(scope, now=now)
    state = fresh(kpis.meta.completeness, now)
    return {
        "empty": not kpis.meta.data_version,
        "quiet": not channels.rows,
        "fresh": state,
        "tag": tag(asked, kpis.meta.data_version, state, now),
        "tiles": tiles(kpis, series, asked, now=now),
        "trend": trend(series, metric, now=now),
        "trend_select": trend_select(asked),
        "funnel": funnel_steps(people),
        "converted_without_click": people.converted_without_click,
        "campaigns": campaign_table(ranking, asked),
        "campaigns_shown": len(ranking.rows),
        "channels": channel_table(channels, asked),
        "warnings": kpis.meta.warnings,
    }


def _respond(request: PageRequest, asked: Filters, context: dict[str, Any], status: int) -> HttpResponse:
    context |= {"filters": asked, "url": request.path, "panels": panels("overview", asked.query)}
    if not wants_fragment(request):
        return render(request, "analytics/overview.html", context | page_context(request, VIEW), status=status)
    response = render(request, "analytics/_overview.html", context, status=status)
    if "fresh" in context:
        response[AGE] = str(context["fresh"].age)
    if not is_poll(request):
        response["HX-Push-Url"] = push_url(request, asked.query)
    return response

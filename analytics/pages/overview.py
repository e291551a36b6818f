"""The Overview: how did we do, on one screen."""

import logging
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import mark_safe

from ..queries.cache import LISTS, Answer, Question, answer
from ..queries.funnel import funnel
from ..queries.kpis import by_campaign, by_channel, summary, timeseries
from ..queries.meta import completeness
from . import usage
from .access import PageRequest, is_poll, staff_page, wants_fragment
from .filters import SORTABLE, Filters, read
from .freshness import AGE, fresh
from .navigation import page_context, panels, push_url
from .options import selects, trend_select, with_campaigns
from .tables import CHANNEL_COLUMNS, campaign_table, channel_table, funnel_steps
from .tiles import METRICS, tiles
from .trend import trend

logger = logging.getLogger(__name__)

VIEW = "analytics:overview"
TOP, BOTTOM = 5, 3  # campaigns of the ranking
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
        given = answer(_question(request, asked), lambda: _figures(request, asked, now), now=now)
        context = {"selects": selects(asked, campaigns), **_shown(given, now)}
        if is_poll(request) and context["tag"] and request.headers.get("If-None-Match") == context["tag"]:
            return HttpResponseNotModified(headers={AGE: str(context["fresh"].age)})
        status = BAD_REQUEST if asked.problems else 200
    except DatabaseError:
        logger.exception("The Overview could not read its figures")
        context, status = {"failed": True, "selects": selects(asked, [])}, UNAVAILABLE
    return _respond(request, asked, context, status)


def _question(request: PageRequest, asked: Filters) -> Question:
    return Question("overview", (asked.query, asked.scope, request.path, *panels("overview", asked.query)), LISTS)


def _shown(given: Answer, now: datetime) -> dict[str, Any]:
    """The figures, how fresh they are, and the tag of a poll: none while they are late, for the page says how late."""
    state = fresh(completeness(given.state, now), given.as_of, now)
    return {
        "empty": not given.version,
        "fresh": state,
        "tag": "" if state.late else given.etag,
        "figures": mark_safe(given.text),  # noqa: S308  a template of ours made it
    }


def _figures(request: PageRequest, asked: Filters, now: datetime) -> str:
    """Everything that the page shows of one scope, the same for whoever asks."""
    scope, metric = asked.scope, asked.values["metric"]
    kpis = summary(scope, METRICS, now=now)
    series = timeseries(scope, tuple(dict.fromkeys((*METRICS, metric))), now=now)
    channels = by_channel(scope, CHANNEL_COLUMNS, now=now)
    ranking = by_campaign(scope, SORTABLE, order=asked.values["sort"], limit=TOP, last=BOTTOM, now=now)
    people = funnel(scope, now=now)
    context = {
        "quiet": not channels.rows,
        "tiles": tiles(kpis, series, asked, now=now),
        "trend": trend(series, metric, now=now),
        "trend_select": trend_select(asked),
        "funnel": funnel_steps(people),
        "delivers": people.delivers,
        "converted_without_click": people.converted_without_click,
        "campaigns": campaign_table(ranking, asked),
        "channels": channel_table(channels, asked),
        "warnings": kpis.meta.warnings,
    }
    return render_to_string("analytics/_figures.html", context | _frame(request, asked))


def _frame(request: PageRequest, asked: Filters) -> dict[str, Any]:
    return {"filters": asked, "url": request.path, "panels": panels("overview", asked.query)}


def _respond(request: PageRequest, asked: Filters, context: dict[str, Any], status: int) -> HttpResponse:
    context |= _frame(request, asked)
    if not wants_fragment(request):
        return render(request, "analytics/overview.html", context | page_context(request, VIEW), status=status)
    response = render(request, "analytics/_overview.html", context, status=status)
    if "fresh" in context:
        response[AGE] = str(context["fresh"].age)
    if not is_poll(request):
        response["HX-Push-Url"] = push_url(request, asked.query)
    return response

"""The Overview: how did we do, on one screen."""

from datetime import datetime

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone

from ..queries.funnel import funnel
from ..queries.kpis import by_campaign, by_channel, summary, timeseries
from . import fields
from .access import PageRequest, staff_page
from .fields import SORTABLE
from .filters import Filters
from .frame import Content, Page, panel_addresses, read, show
from .links import Receipts
from .options import selects, trend_select, with_campaigns
from .tables import campaign_table, channel_columns, channel_table, funnel_steps
from .tiles import TILES, tiles
from .trend import trend

OVERVIEW = Page("overview", "Overview", "analytics:overview", fields.OVERVIEW, lambda asked: selects(asked, []))
TOP, BOTTOM = 5, 3  # campaigns of the ranking


@staff_page
def overview(request: PageRequest) -> HttpResponse:
    now = timezone.now()
    asked = read(request, OVERVIEW, now)
    return show(request, OVERVIEW, asked, lambda asked: _content(request, asked, now), now=now)


def _content(request: PageRequest, asked: Filters, now: datetime) -> Content:
    asked, campaigns = with_campaigns(asked)
    return Content(
        asked=asked,
        selects=selects(asked, campaigns),
        figures=lambda: _figures(request, asked, now),
    )


def _figures(request: PageRequest, asked: Filters, now: datetime) -> str:
    """Everything that the page shows of one scope, the same for whoever asks."""
    scope, metric = asked.scope, asked.values["metric"]
    sources = Receipts(scope)
    shown, order = scope.allowed.of(TILES), asked.values["sort"]
    kpis = summary(scope, shown, now=now)
    series = timeseries(scope, tuple(dict.fromkeys((*shown, *filter(None, [metric])))), now=now)
    channels = by_channel(scope, channel_columns(scope.allowed), now=now)
    columns = scope.allowed.of(SORTABLE)
    ranking = by_campaign(scope, columns, order=order, limit=TOP, last=BOTTOM, now=now) if order else None
    people = funnel(scope, now=now)
    context = {
        "quiet": not channels.rows,
        "tiles": tiles(kpis, series, sources, now=now, names=shown),
        "trend": trend(series, metric, sources, now=now) if metric else None,
        "trend_select": trend_select(asked),
        "funnel": funnel_steps(people, sources),
        "delivers": people.delivers,
        "converted_without_click": people.converted_without_click,
        "campaigns": campaign_table(ranking, asked) if ranking else None,
        "channels": channel_table(channels, asked),
        "warnings": kpis.meta.warnings,
        "filters": asked,
        "url": request.path,
        "panels": panel_addresses(OVERVIEW, asked),
    }
    return render_to_string("analytics/_figures.html", context)

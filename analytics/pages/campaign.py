"""One campaign's page: how it did against before, and against its channel."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from ..channels import BY_NAME as CHANNELS
from ..models import Campaign
from ..queries.answers import Medians, Values
from ..queries.campaign import NoCampaignError, campaign_of
from ..queries.details import details
from . import fields
from .access import PageRequest, staff_page
from .cards import facts, funnel_card, hour_card, losses, machine_rows, pacing_card
from .filters import Filters
from .frame import Content, Page, panel_addresses, read, show
from .links import Receipts, address
from .options import Select, basis_select, compare_select, period_select, trend_select
from .tiles import AD_TILES, TILES, tiles
from .trend import trend


def _selects(asked: Filters) -> tuple[Select, ...]:
    return period_select(asked), compare_select(asked), basis_select(asked)


CAMPAIGN = Page("campaign", "Campaign", "analytics:campaigns", fields.CAMPAIGN, _selects)


@dataclass(frozen=True, slots=True)
class Crumb:
    label: str
    url: str = ""  # empty for where one is


@staff_page
def campaign(request: PageRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    asked = read(request, CAMPAIGN, now)
    return show(request, CAMPAIGN, asked, lambda asked: _content(request, pk, asked, now), now=now)


def _content(request: PageRequest, pk: int, asked: Filters, now: datetime) -> Content:
    found = campaign_or_404(pk)
    return Content(
        asked=asked,
        selects=_selects(asked),
        figures=lambda: _figures(request, pk, asked, now),
        context={
            "title": found.name or found.external_id,
            "head": "analytics/_facts.html",
            "facts": facts(found, asked.scope.time_zone),
            "crumbs": (*campaigns_crumb(asked), Crumb(found.name or found.external_id)),
        },
    )


def campaign_or_404(pk: int) -> Campaign:
    try:
        return campaign_of(pk)
    except NoCampaignError as error:
        raise Http404(f"There is no campaign {pk}.") from error


def campaigns_crumb(asked: Filters | None = None) -> tuple[Crumb, ...]:
    """The way up."""
    query = asked.for_(fields.CAMPAIGNS) if asked else ""
    return (Crumb("Campaigns", address(reverse("analytics:campaigns"), query)),)


def _figures(request: PageRequest, pk: int, asked: Filters, now: datetime) -> str:
    """Everything that the page shows of one scope, the same for whoever asks."""
    found = details(asked.scope, pk, now=now)
    channel = CHANNELS[found.campaign.channel]
    sources = Receipts(found.meta.scope)
    allowed, metric = asked.allowed, asked.values["metric"]
    names = allowed.of(TILES if channel.has_delivery else AD_TILES)
    context: dict[str, Any] = {
        "tiles": tiles(
            found.kpis,
            found.trend,
            sources.of(of="campaign"),
            now=now,
            names=names,
            medians=_known(found.medians),
        ),
        "peers": found.medians.campaigns,
        "channel": channel.label,
        "trend": trend(found.trend, metric, sources, now=now) if metric else None,
        "trend_select": trend_select(asked),
        "funnel": funnel_card(found.funnel, sources),
        "pacing": found.pacing and pacing_card(found.pacing, found.meta.scope.currency, sources),
        "hours": found.best_hour and hour_card(found.best_hour, found.meta.scope.time_zone, sources),
        "losses": losses(found, sources) if channel.has_delivery else (),
        "compared": found.kpis.comparison is not None,
        "machines": machine_rows(found, sources),
        "warnings": found.meta.warnings,
        "drilldown": address(reverse("analytics:drilldown", args=[pk]), asked.query),
        "filters": asked,
        "url": request.path,
        "panels": panel_addresses(CAMPAIGN, asked, campaign=found.campaign.external_id),
    }
    return render_to_string("analytics/_campaign.html", context)


def _known(medians: Medians) -> Values | None:
    """None where all would be unknown."""
    return medians.values if any(value is not None for value in medians.values.values()) else None

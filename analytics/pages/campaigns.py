"""The ranking: which campaigns do well, by any figure, a page at a time."""

from datetime import datetime

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from ..queries.kpis import summary
from ..queries.ranking import ranking
from ..queries.tags import tags
from . import fields
from .access import PageRequest, staff_page
from .filters import Filters
from .frame import Content, Page, panel_addresses, read, show
from .labels import label_of
from .links import address
from .options import Select, basis_select, channel_selects, compare_select, period_select, status_selects, tag_selects
from .ranking import groups, table
from .saved_views import views_context

PAGE = 25  # rows
TAGS_OFFERED = 100
SPARKS = ("net_revenue", "conversions", "unique_clicks", "sends")  # each row draws the first that may be seen


def _selects(asked: Filters, offered: tuple[str, ...] = ()) -> tuple[Select, ...]:
    return (
        period_select(asked),
        compare_select(asked),
        *channel_selects(asked),
        *status_selects(asked),
        *tag_selects(asked, offered),
        basis_select(asked),
    )


CAMPAIGNS = Page("campaigns", "Campaigns", "analytics:campaigns", fields.CAMPAIGNS, _selects)


@staff_page
def campaigns(request: PageRequest) -> HttpResponse:
    now = timezone.now()
    asked = read(request, CAMPAIGNS, now)
    return show(request, CAMPAIGNS, asked, lambda asked: _content(request, asked, now), now=now)


def _content(request: PageRequest, asked: Filters, now: datetime) -> Content:
    return Content(
        asked=asked,
        selects=_selects(asked, tags(TAGS_OFFERED, now=now)),
        figures=lambda: _figures(request, asked, now),
        context={"head": "analytics/_views.html", **views_context(request, asked.with_(cursor=""))},
    )


def _figures(request: PageRequest, asked: Filters, now: datetime) -> str:
    """One page of the ranking, the same for whoever asks."""
    scope, names = asked.scope, asked.values["columns"]
    order, spark = asked.values["sort"] or "name", next(iter(scope.allowed.of(SPARKS)), "")
    cursor = asked.values["cursor"]
    found = ranking(scope, names, ordering=order, limit=PAGE, cursor=cursor, spark=spark, now=now)
    kpis = summary(scope, names, now=now, keep=True) if scope.compared else None
    context = {
        "table": table(found, kpis, asked, now=now),
        "groups": groups(asked),
        "standard": asked.with_(columns=asked.standard("columns")),
        "grain": scope.grain.value,
        "spark": label_of(spark) if spark else "",
        "width": len(names) + 2,
        "first": asked.with_(cursor="") if found.previous else None,
        "csv": address(reverse("analytics:campaigns_csv"), asked.with_(cursor="")),
        "warnings": (kpis or found).meta.warnings,
        "filters": asked,
        "url": request.path,
        "panels": panel_addresses(CAMPAIGNS, asked),
    }
    return render_to_string("analytics/_ranking.html", context)

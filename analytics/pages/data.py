"""Data: where it comes from, whether it comes as usual, what could not be taken in, and what to do about it."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from compliance.reasons import without_addresses

from ..asker import allowed_of
from ..hooks.guides import GUIDES
from ..hooks.providers import BY_NAME, PROVIDERS
from ..sources import apart, telling
from ..sources.coming import by_source
from ..sources.reading import flows
from . import usage
from .access import PageRequest, is_poll, staff_page, wants_fragment
from .freshness import Fresh
from .navigation import page_context, panels
from .source_rows import HEADS, gravest_first, sentence, source_row

TAB = "analytics:data"
LABELS = {name: provider.label for name, provider in BY_NAME.items()}
MAY_MAKE, MAY_CHANGE, MAY_RETRY, MAY_DISCARD, SEES_KEYS = (
    "analytics.add_hook",
    "analytics.change_hook",
    "analytics.change_inboxbatch",
    "analytics.delete_deadletterrow",
    "compliance.view_apikey",
)


@staff_page
def data(request: PageRequest) -> HttpResponse:
    if not is_poll(request):
        usage.count("data", str(request.user.pk), timezone.now())
    return show(request)


def show(request: PageRequest, status: int = HTTPStatus.OK, **more: Any) -> HttpResponse:
    """The page, or its fragment; `more` is what a form of it has to say."""
    context = _context(request, timezone.now()) | more
    if wants_fragment(request):
        return render(request, "analytics/_data.html", context, status=status)
    return render(request, "analytics/data.html", context | page_context(request, TAB), status=status)


def _context(request: PageRequest, now: datetime) -> dict[str, Any]:
    allowed = allowed_of(request)
    coming = by_source(now, allowed)
    rows = gravest_first(source_row(flow, LABELS, now, coming) for flow in flows(now, allowed))
    reason = sentence(rows)
    return {
        "title": "Data",
        "url": reverse(TAB),
        "heads": HEADS,
        "sources": [row for row in rows if not row.old],
        "old": sorted((row for row in rows if row.old), key=lambda row: row.last_at or now, reverse=True),
        "coming": bool(coming),
        "fresh": Fresh(now, 0, bool(reason), reason),
        "providers": [(provider, GUIDES[provider.name]) for provider in PROVIDERS],
        "stubs": [(stub, telling.events_of(stub, allowed)) for stub in telling.stubs()],
        "others": telling.others(now),
        "panels": [reverse("analytics:imports_panel"), *panels("data", "")],
        **apart_context(request),
        "may_make": request.user.has_perm(MAY_MAKE),
    }


def apart_context(request: PageRequest, source: str | None = None) -> dict[str, Any]:
    """What was set apart, of a source or of all, and what may be done about it."""
    rejected, dead = ([_shown(row) for row in groups] for groups in (apart.rejected(source), apart.dead(source)))
    return {
        "rejected": rejected,
        "dead": dead,
        "seen": apart.SEEN if source is None else 0,
        "may_retry": request.user.has_perm(MAY_RETRY),
        "may_discard": request.user.has_perm(MAY_DISCARD),
        "at_once": apart.AT_ONCE,
        "newest": apart.NEWEST,
    }


def _shown(group: Mapping[str, Any]) -> dict[str, Any]:
    """A client may call a source what it likes."""
    return {**group, "source": without_addresses(group["source"]), "reason": without_addresses(group["reason"])}

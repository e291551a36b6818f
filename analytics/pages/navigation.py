"""The tabs of the pages there are, one visible table; other apps add theirs by `PAGE_TABS`, (label, view)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.admin import site
from django.urls import reverse

from .access import PageRequest


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    view: str


TABS: tuple[Tab, ...] = (Tab("Overview", "analytics:overview"), Tab("Campaigns", "analytics:campaigns"))
LAST_TABS: tuple[Tab, ...] = (
    Tab("Data", "analytics:data"),
    Tab("Alerts", "analytics:alerts"),
    Tab("Health", "analytics:health"),
)


def page_context(request: PageRequest, view: str) -> dict[str, Any]:
    """What every page's frame needs: the portal's own context, the tabs, and which of them is open."""
    all_tabs = (*TABS, *(Tab(*row) for row in getattr(settings, "PAGE_TABS", ())), *LAST_TABS)
    tabs = [{"label": tab.label, "url": reverse(tab.view), "current": tab.view == view} for tab in all_tabs]
    return {**site.each_context(request), "is_nav_sidebar_enabled": False, "tabs": tabs}


def panels(page: str, query: str, **more: str) -> list[str]:
    """The addresses of what other apps add to a page, each asked for by the page itself with its query string, and
    with what else the page is about.
    """
    names: Sequence[str] = getattr(settings, "PAGE_PANELS", {}).get(page, ())
    whole = "&".join(filter(None, (query, urlencode(more))))
    return [f"{reverse(name)}?{whole}" if whole else reverse(name) for name in names]


def push_url(request: PageRequest, query: str) -> str:
    """What the browser's address becomes after a fragment: the shortest URL of its state; `false` leaves it alone."""
    url = f"{request.path}?{query}" if query else request.path
    return "false" if url == request.htmx.current_url_abs_path else url

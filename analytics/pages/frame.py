"""A page of kept figures: the page itself, its fragment after a change of filter, and the poll for newer figures."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpResponse, HttpResponseNotModified, QueryDict
from django.shortcuts import render
from django.utils.safestring import mark_safe

from ..allowed import Allowed
from ..asker import allowed_of
from ..queries.cache import LISTS, Answer, Question, answer
from ..queries.meta import completeness
from ..scope import ScopeError
from . import usage
from .access import PageRequest, is_poll, wants_fragment
from .fields import Fields
from .filters import Filters
from .filters import read as read_filters
from .freshness import AGE, fresh
from .navigation import page_context, panels, push_url
from .options import Select

logger = logging.getLogger(__name__)

BAD_REQUEST, UNAVAILABLE = 400, 503


@dataclass(frozen=True, slots=True)
class Page:
    """`name` is its root element's id and what its looks are counted by; `tab` the view whose tab is open."""

    name: str
    title: str
    tab: str
    fields: Fields
    selects: Callable[[Filters], tuple[Select, ...]]  # of the filters alone, for when the database is away


@dataclass(frozen=True, slots=True)
class Content:
    """What a page shows. `figures` makes what is kept and depends on the page's address and on what whoever asks may
    see alone; `context` is made anew for each request.
    """

    asked: Filters
    selects: tuple[Select, ...]
    figures: Callable[[], str]
    context: Mapping[str, Any] = field(default_factory=dict)


def read(request: PageRequest, page: Page, now: datetime) -> Filters:
    return read_query(request.GET, page.fields, now, allowed_of(request))


def read_query(params: QueryDict, fields: Fields, now: datetime, allowed: Allowed) -> Filters:
    return read_filters(
        dict(params.lists()),
        fields,
        now=now,
        time_zone=settings.REPORTING_TIME_ZONE,
        currency=settings.REPORTING_CURRENCY,
        allowed=allowed,
    )


def show(
    request: PageRequest,
    page: Page,
    asked: Filters,
    ask: Callable[[Filters], Content],
    *,
    now: datetime,
) -> HttpResponse:
    """Page, fragment or poll: 304 when nothing is newer, 400 when a filter cannot be used, 503 without figures."""
    if not is_poll(request):
        usage.count(page.name, str(request.user.pk), now)
    try:
        content, given = _answered(request, page, asked, ask, now)
        asked = content.asked
        context = {"selects": content.selects, **content.context, **_shown(given, now)}
        if is_poll(request) and context["tag"] and request.headers.get("If-None-Match") == context["tag"]:
            return HttpResponseNotModified(headers={AGE: str(context["fresh"].age)})
        status = BAD_REQUEST if asked.problems else 200
    except DatabaseError:
        logger.exception("The page %s could not read its figures", page.name)
        context, status = {"failed": True, "selects": page.selects(asked)}, UNAVAILABLE
    frame = {"page": page, "title": page.title, "filters": asked, "query": asked.query}
    return _respond(request, page, frame | {"url": request.path} | context, status)


def panel_addresses(page: Page, asked: Filters, **more: str) -> Sequence[str]:
    return panels(page.name, asked.query, **more)


def _answered(
    request: PageRequest, page: Page, asked: Filters, ask: Callable[[Filters], Content], now: datetime
) -> tuple[Content, Answer]:
    """What cannot be answered as asked is answered without that field."""
    content = ask(asked)
    try:
        return content, answer(_question(request, page, content), content.figures, now=now)
    except ScopeError as error:
        content = ask(content.asked.without(error.field, error.message))
        return content, answer(_question(request, page, content), content.figures, now=now)


def _question(request: PageRequest, page: Page, content: Content) -> Question:
    asked = content.asked
    whole = (asked.query, asked.scope, request.path, *panel_addresses(page, asked))
    return Question(page.name, whole, LISTS, asked.allowed)


def _shown(given: Answer, now: datetime) -> dict[str, Any]:
    """The figures, how fresh they are, and the tag of a poll: none while they are late, for the page says how late."""
    state = fresh(completeness(given.state, now), given.as_of, now)
    return {
        "empty": not given.version,
        "fresh": state,
        "tag": "" if state.late else given.etag,
        "figures": mark_safe(given.text),  # noqa: S308  a template of ours made it
    }


def _respond(request: PageRequest, page: Page, context: dict[str, Any], status: int) -> HttpResponse:
    if not wants_fragment(request):
        return render(request, "analytics/page.html", context | page_context(request, page.tab), status=status)
    response = render(request, "analytics/_page.html", context, status=status)
    if "fresh" in context:
        response[AGE] = str(context["fresh"].age)
    if not is_poll(request):
        response["HX-Push-Url"] = push_url(request, context["query"])
    return response

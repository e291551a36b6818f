"""One source: what it sent by day and by type, what else it told, what was rejected, and its address or its keys."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from compliance import api_keys
from compliance.models import ApiKey

from ..asker import allowed_of
from ..charts import arrivals, daily
from ..hooks import addresses
from ..hooks.guides import GUIDES
from ..hooks.providers import BY_NAME
from ..models import Hook
from ..presentation import UNKNOWN, percent
from ..sources import telling
from ..sources.coming import Coming, by_source
from ..sources.judging import DAYS, Flow
from ..sources.kinds import Kind, label
from ..sources.reading import flow_of
from . import usage
from .access import PageRequest, staff_page
from .campaign import Crumb
from .data import LABELS, MAY_CHANGE, SEES_KEYS, TAB, apart_context
from .navigation import page_context
from .source_rows import source_row

SCOPE = "events:write"
MOST_KEYS = 20


@staff_page
def source(request: PageRequest, pk: int) -> HttpResponse:
    usage.count("source", str(request.user.pk), timezone.now())
    return show_source(request, pk)


def show_source(request: PageRequest, pk: int, status: int = HTTPStatus.OK, **more: Any) -> HttpResponse:
    """The page of a source; `more` is what an act of it has to say."""
    now = timezone.now()
    allowed = allowed_of(request)
    flow = flow_of(pk, now, allowed)
    if flow is None:
        raise Http404(f"There is no source {pk}; the Data page has those there are.")
    row = source_row(flow, LABELS, now)
    context = {
        "title": row.name,
        "crumbs": (Crumb("Data", reverse(TAB)), Crumb(row.name)),
        "row": row,
        "volume": _volume(flow, now),
        "delay": _delay(by_source(now, allowed).get(pk)),
        "types": [(label(row["type"]), row) for row in telling.by_type(pk, now, allowed)],
        "others": telling.others(now, pk),
        **apart_context(request, flow.name),
        "of": pk,
        **_ways_in(request, flow, now),
        "may_change": request.user.has_perm(MAY_CHANGE),
    }
    return render(request, "analytics/source.html", context | page_context(request, TAB) | more, status=status)


def _volume(flow: Flow, now: datetime) -> dict[str, Any]:
    """The figure of a bar for each day, and the same as rows, the newest first."""
    today = now.astimezone(UTC).date()
    days = [today - timedelta(days=back) for back in reversed(range(DAYS))]
    texts = [f"{day.day} {day:%b}: {count:,}" for day, count in zip(days, flow.days, strict=True)]
    rows = [(day, f"{count:,}") for day, count in zip(days, flow.days, strict=True)]
    return {"figure": daily(days, flow.days, texts), "rows": rows[::-1], "known": any(flow.days)}


def _delay(coming: Coming | None) -> dict[str, Any] | None:
    """The figure of how much is usually here by when, and the same as rows; None where nobody knows."""
    if coming is None or not coming.curve:
        return None
    rows = [(hours, percent(share)) for hours, share in coming.curve]
    texts = [f"after {hours:,} h: {share}" for hours, share in rows]
    figure = arrivals([hours for hours, _ in coming.curve], [share for _, share in coming.curve], texts)
    half, nearly = coming.hours_until(0.5), coming.hours_until(0.95)
    return {"figure": figure, "rows": rows, "half": half, "nearly": nearly, "to_come": coming.still_to_come}


def _ways_in(request: PageRequest, flow: Flow, now: datetime) -> dict[str, Any]:
    """The address of a webhook; of other events the keys that may send them, for who may see keys."""
    if flow.hook is not None:
        return {"hook": _hook(request, Hook.objects.get(pk=flow.hook), now)}
    sees = request.user.has_perm(SEES_KEYS)
    return {"sees_keys": sees, "keys": _keys(now) if sees else (), "segment": flow.kind is Kind.SEGMENT}


def _hook(request: PageRequest, hook: Hook, now: datetime) -> dict[str, Any]:
    earlier = hook.earlier_until
    return {
        "pk": hook.pk,
        "provider": BY_NAME[hook.provider],
        "guide": GUIDES[hook.provider],
        "form": address_form(request, hook),
        "signed": bool(hook.key),
        "made_at": hook.made_at,
        "last_at": hook.last_at,
        "refused_at": hook.refused_at,
        "earlier_until": earlier if earlier and earlier > now else None,
    }


def address_form(request: PageRequest, hook: Hook) -> str:
    """The address of a webhook without its secret, which nobody here knows."""
    return request.build_absolute_uri(addresses.path_of(hook, "secret")).replace("/secret/", "/…/")


def _keys(now: datetime) -> list[dict[str, Any]]:
    """Those that hold, the newest first."""
    holds = Q(expiry_date=None) | Q(expiry_date__gt=now)
    found = ApiKey.objects.filter(holds, scopes__overlap=[SCOPE, api_keys.ALL], revoked=False).select_related("owner")
    return [
        {
            "name": key.name,
            "prefix": key.prefix,
            "owner": key.owner.get_username() if key.owner else UNKNOWN,
            "used": key.last_used_on,
            "left": api_keys.days_left(key, now),
        }
        for key in found.order_by("-created")[:MOST_KEYS]
    ]

"""What I looked at: one's own rows of the log of looks at people, by day. Nobody sees others' here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from compliance import grants, own_looks
from compliance.models import AccessAlert
from compliance.own_looks import Look, Place
from compliance.watching import alerts
from compliance.watching.rules import BY_NAME

from .. import cursors
from ..clock import time_of_day
from ..cursors import FIELD as CURSOR
from ..models import Campaign
from ..scope import Grain, ScopeError
from . import usage
from .access import PageRequest, staff_page
from .navigation import page_context
from .slots import slot_label

PAGE = "looks"
BAD_REQUEST = 400
ALERTS_SHOWN = timedelta(days=90)
ACTS: dict[str, str] = {
    "granted": "Opened a grant",
    "ended": "Ended the grant",
    "listed": "Listed contacts, masked",
    "timeline": "Saw what a contact did",
    "revealed": "Revealed in full",
    "refused": "Was refused",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One row; `campaign` is its name, empty where it is gone or none was named."""

    clock: str
    what: str
    contacts: int
    campaign: str
    url: str
    purpose: str
    reason: str
    where: str
    key: str
    refused: bool


@dataclass(frozen=True, slots=True)
class Noticed:
    """An alert about oneself."""

    title: str
    at: datetime
    count: int
    usual: int | None
    open: bool


@staff_page
def looks(request: PageRequest) -> HttpResponse:
    now, user_id = timezone.now(), int(request.user.pk or 0)
    usage.count(PAGE, str(user_id), now)
    cursor, problem = request.GET.get(CURSOR, ""), None
    try:
        before = _place(user_id, cursor)
    except ScopeError as error:
        before, problem, cursor = None, error, ""
    found = own_looks.of(user_id, before)
    context = {
        "days": _days(found.rows),
        "noticed": [_noticed(row) for row in alerts.of_user(user_id, now - ALERTS_SHOWN)],
        "next": f"?{CURSOR}={_written(user_id, found.next)}" if found.next else "",
        "url": request.path,
        "first": not cursor,
        "problem": problem,
        "time_zone": settings.REPORTING_TIME_ZONE,
        **page_context(request, "analytics:looks"),
        "title": "What I looked at",
    }
    return render(request, "analytics/looks.html", context, status=BAD_REQUEST if problem else 200)


def _written(user_id: int, place: Place) -> str:
    return cursors.write(f"{PAGE} {user_id}", [place[0].isoformat(), place[1]])


def _place(user_id: int, cursor: str) -> Place | None:
    """Where a cursor of this person's list points. Raises `ScopeError`."""
    place = cursors.read(f"{PAGE} {user_id}", cursor)
    return None if place is None else (datetime.fromisoformat(str(place[0])), int(place[1]))


def _days(rows: Iterable[Look]) -> list[tuple[str, list[Line]]]:
    """The rows by day of the reporting zone."""
    rows, zone = list(rows), ZoneInfo(settings.REPORTING_TIME_ZONE)
    named = _campaigns({row.campaign for row in rows if row.campaign is not None})
    by_day = groupby(rows, key=lambda row: row.at.astimezone(zone).date())
    return [(slot_label(day, Grain.DAY), [_line(row, named, zone) for row in group]) for day, group in by_day]


def _campaigns(numbers: set[int]) -> dict[int, str]:
    rows = Campaign.objects.filter(pk__in=numbers).values_list("pk", "name", "external_id") if numbers else ()
    return {pk: name or external_id for pk, name, external_id in rows}


def _line(row: Look, named: dict[int, str], zone: ZoneInfo) -> Line:
    known = named.get(row.campaign or 0, "")
    return Line(
        time_of_day(row.at.astimezone(zone)),
        ACTS.get(row.act, row.act),
        row.contacts,
        known,
        reverse("analytics:campaign", args=[row.campaign]) if known else "",
        grants.LABELS.get(row.purpose, row.purpose),
        row.reason,
        row.ip or "",
        row.key,
        row.act == "refused",
    )


def _noticed(row: AccessAlert) -> Noticed:
    title = BY_NAME[row.rule].title if row.rule in BY_NAME else row.rule
    return Noticed(title, row.ends_at, row.count, row.usual, row.acknowledged_at is None)

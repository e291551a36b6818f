"""What else is known of sources: types of their events, stubs of campaigns, and what no figure is made of."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Max, Sum

from ..allowed import Allowed
from ..event_types import EventType
from ..models import OtherEvents, SourceDay
from ..models.totals import Basis
from ..queries.running import Row, rows_of
from ..sql import load
from .judging import DAYS
from .kinds import MEASURES, types_seen

MOST = 30  # rows of a list
COUNTS = tuple(dict.fromkeys(name for name in MEASURES.values() if name != "refunds"))  # those are money


def by_type(source: int, now: datetime, allowed: Allowed) -> Sequence[dict[str, Any]]:
    """One dict per type that the source sent in 30 days and whose count may be seen: type, taken, known, last_at."""
    since = now.astimezone(UTC).date() - timedelta(days=DAYS - 1)
    days = SourceDay.objects.filter(source_id=source, day__gte=since, type__in=types_seen(allowed))
    sums = days.values("type").annotate(taken=Sum("taken"), known=Sum("known"), last_at=Max("last_at"))
    return [dict(row) for row in sums.order_by("-taken", "type")]


def others(now: datetime, source: int | None = None) -> Sequence[dict[str, Any]]:
    """What came in 30 days and no figure is made of, the most first: source, name, events, day last seen."""
    since = now.astimezone(UTC).date() - timedelta(days=DAYS - 1)
    found = OtherEvents.objects.filter(day__gte=since, **({} if source is None else {"source_id": source}))
    sums = found.values("source_id", "source__name", "name").annotate(events=Sum("events"), last=Max("day"))
    return [dict(row) for row in sums.order_by("-events", "name")[:MOST]]


def has_revenue() -> bool:
    """Whether any conversion ever came; without one there is nothing that costs could be compared with."""
    return SourceDay.objects.filter(type=EventType.CONVERTED).exists()


def stubs() -> Sequence[Row]:
    return rows_of(load("sources/stubs"), {"most": MOST, "basis": Basis.EVENT})


def events_of(stub: Row, allowed: Allowed) -> int | None:
    """How many events a stub has of those that somebody may see counted; None where they may see none."""
    seen = allowed.of(COUNTS)
    return sum(stub[name] or 0 for name in seen) if seen else None

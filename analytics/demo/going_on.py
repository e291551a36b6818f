"""A demo goes on: what has happened in it since its last event comes in by the doors, like anybody's data."""

from datetime import datetime, timedelta

from django.db.models import Max

from ..changes import kept_cut
from ..ingest import record_costs, record_events
from ..models import Campaign, DataVersion, InboxBatch, SourceDay
from . import later
from .fill import SOURCE
from .world import PREFIX

LONGEST_TAG = len(PREFIX) + 6
MOST = timedelta(days=14)  # so far back it catches up after a time away


def go_on(at: datetime) -> int:
    """Record it; how many events, whatever else there is. None where the one of an empty installation is not there."""
    campaigns = Campaign.objects.filter(external_id__startswith=PREFIX)
    tags = {name[:LONGEST_TAG] for name in campaigns.values_list("external_id", flat=True)}
    tag = later.newest(tags, at.date()) if tags else None
    since = _until(at) if tag else None
    return _catch_up(tag, since, at) if tag and since else 0


def _until(at: datetime) -> datetime | None:
    """Until when the demo has come in, at most `MOST` before `at`: its own events alone tell, those that wait too."""
    counted = SourceDay.objects.filter(source__name=SOURCE).aggregate(last=Max("last_at"))["last"]
    waiting = InboxBatch.objects.filter(source__name=SOURCE).aggregate(last=Max("received_at"))["last"]
    counted_at_all = DataVersion.objects.aggregate(last=Max("last_event_at"))["last"]  # of before sources were counted
    last: datetime | None = max(filter(None, (counted, waiting)), default=counted_at_all)
    return last and max(last, at - MOST)


def _catch_up(tag: str, since: datetime, at: datetime) -> int:
    taken, currency = 0, kept_cut().currency
    for number in range((at.date() - since.date()).days + 1):
        day = later.day_of(since.date() + timedelta(days=number), tag, currency)
        events = day.between(since, at)
        if events or day.begins.date() < at.date():
            record_costs(day.costs_by(at), source=SOURCE, at=at)
            taken += record_events(events, source=SOURCE, at=at).accepted if events else 0
    return taken

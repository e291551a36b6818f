"""A demo goes on: what has happened in it since its last event comes in by the doors, like anybody's data."""

from datetime import datetime, timedelta

from ..changes import kept_cut
from ..ingest import record_costs, record_events
from ..models import Campaign, DataVersion
from . import later
from .fill import SOURCE
from .world import PREFIX

LONGEST_TAG = len(PREFIX) + 6
MOST = timedelta(days=14)  # so far back it catches up after a time away


def go_on(at: datetime) -> int:
    """Record it; how many events. None where there is more than a demo, or not the one of an empty installation."""
    version, campaigns = DataVersion.objects.first(), Campaign.objects.all()
    if version is None or version.last_event_at is None or campaigns.exclude(external_id__startswith=PREFIX).exists():
        return 0
    tags = {name[:LONGEST_TAG] for name in campaigns.values_list("external_id", flat=True)}
    tag = later.newest(tags, at.date())
    return _catch_up(tag, max(version.last_event_at, at - MOST), at) if tag else 0


def _catch_up(tag: str, since: datetime, at: datetime) -> int:
    taken, currency = 0, kept_cut().currency
    for number in range((at.date() - since.date()).days + 1):
        day = later.day_of(since.date() + timedelta(days=number), tag, currency)
        events = day.between(since, at)
        if events or day.begins.date() < at.date():
            record_costs(day.costs_by(at), source=SOURCE, at=at)
            taken += record_events(events, source=SOURCE, at=at).accepted if events else 0
    return taken

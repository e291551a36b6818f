"""The snapshot that rules look at, out of the database."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from analytics.arriving import settled_until
from analytics.changes import kept_cut
from analytics.history import RECENT
from analytics.models import Campaign as Row
from analytics.queries import history
from analytics.queries.snapshot import one_moment

from .snapshot import Campaign, Day, Snapshot


def snapshot(at: datetime, line: float | None = None) -> Snapshot:
    """The days of `RECENT` before the one that runs at `at`, or before one of which much is usually still to come then;
    by the zone and in the currency that totals stand in. And what people did over weeks; who got more than `line`
    messages in 28 days got many, and without one nobody counts.

    All of it is of one state of the database.
    """
    with one_moment():  # for what is temporary in `of_people`, and nothing else
        cut = kept_cut()
        zone = ZoneInfo(cut.time_zone)
        end = settled_until(at.astimezone(zone).date(), zone, at)
        start = end - RECENT
        days = history.days(start, end)
        hours = history.hours(start, end, cut.time_zone)
        click_hours, crowds = history.of_people(end, cut.time_zone, line)
        campaigns = tuple(
            replace(
                _campaign(row, zone, days[row.pk]),
                hours=hours.get(row.pk, ()),
                click_hours=click_hours.get(row.pk, ()),
                crowd=crowds.get(row.pk),
            )
            for row in Row.objects.order_by("pk").iterator()
            if row.pk in days
        )
    return Snapshot(at, start, end, cut.currency, campaigns)


def _campaign(row: Row, zone: ZoneInfo, days: tuple[Day, ...]) -> Campaign:
    return Campaign(
        id=row.pk,
        external_id=row.external_id,
        name=row.name,
        channel=row.channel,
        status=row.status,
        ends_on=row.ends_at and row.ends_at.astimezone(zone).date(),
        days=days,
    )

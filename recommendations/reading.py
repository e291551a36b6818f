"""The snapshot that rules look at, out of the database."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from analytics.changes import kept_cut
from analytics.models import Campaign as Row
from analytics.queries import history
from analytics.queries.snapshot import one_moment

from .snapshot import Campaign, Day, Hour, Snapshot

WINDOW = timedelta(days=28)  # four of each day of the week


def snapshot(at: datetime) -> Snapshot:
    """The days of `WINDOW` before the one that runs at `at`, by the zone and in the currency that totals stand in.

    All of it is of one state of the database.
    """
    with one_moment("READ ONLY"):
        cut = kept_cut()
        zone = ZoneInfo(cut.time_zone)
        end = at.astimezone(zone).date()
        start = end - WINDOW
        days = history.days(start, end)
        hours = history.hours(start, end, cut.time_zone)
        rows = Row.objects.order_by("pk").iterator()
        campaigns = tuple(_campaign(row, zone, days[row.pk], hours.get(row.pk, ())) for row in rows if row.pk in days)
    return Snapshot(at, start, end, cut.currency, campaigns)


def _campaign(row: Row, zone: ZoneInfo, days: tuple[Day, ...], hours: tuple[Hour, ...]) -> Campaign:
    return Campaign(
        id=row.pk,
        external_id=row.external_id,
        name=row.name,
        channel=row.channel,
        status=row.status,
        ends_on=row.ends_at and row.ends_at.astimezone(zone).date(),
        days=days,
        hours=hours,
    )

"""The monthly partitions of `event`: made ahead by a job, and by the fold where a late event asks for an old month."""

from collections.abc import Iterable
from datetime import UTC, datetime

from django.db.backends.utils import CursorWrapper


def name_of(month: datetime) -> str:
    """The partition's table name for the month that begins at `month` (UTC)."""
    return f"event_{month:%Y_%m}"


def month_of(moment: datetime) -> datetime:
    """The first instant of the month (UTC) that `moment` lies in."""
    return moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def next_month(month: datetime) -> datetime:
    """The first instant of the month after."""
    return month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)


def ensure(cursor: CursorWrapper, months: Iterable[datetime]) -> list[str]:
    """Make the partitions that are missing for the months that begin at `months`; the names of those made.

    A table is made first and attached then: a lighter lock than that of CREATE TABLE … PARTITION OF, so readers go on.
    """
    wanted = {name_of(month.astimezone(UTC)): month.astimezone(UTC) for month in months}
    cursor.execute("SELECT relname FROM pg_class WHERE relname = ANY(%s) AND relispartition", [list(wanted)])
    there = {name for (name,) in cursor.fetchall()}
    made = sorted(set(wanted) - there)
    for name in made:
        month = wanted[name]
        cursor.execute(f"CREATE TABLE IF NOT EXISTS {name} (LIKE event INCLUDING ALL)")
        cursor.execute(
            f"ALTER TABLE event ATTACH PARTITION {name} FOR VALUES FROM (%s) TO (%s)", [month, next_month(month)]
        )
    return made


def ensure_ahead(cursor: CursorWrapper, now: datetime, months: int = 3) -> list[str]:
    """Make the partitions of this month and the next `months`; the names of those made."""
    wanted = [month_of(now)]
    for _ in range(months):
        wanted.append(next_month(wanted[-1]))
    return ensure(cursor, wanted)

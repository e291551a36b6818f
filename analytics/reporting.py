"""The materialized views of schema `reporting`: which there are, and how they are kept fresh."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from django.db import connection
from django.db.backends.utils import CursorWrapper

from .models import ViewRefresh
from .queries.snapshot import one_moment

VIEWS: tuple[str, ...] = (
    "kpi_metrics_daily_mv",
    "roi_metrics_daily_mv",
    "funnel_metrics_mv",
    "campaign_performance_mv",
    "channel_metrics_daily_mv",
    "engagement_hourly_mv",
    "cohort_retention_mv",
)
REFRESH_LOCK = 7_305_002  # the advisory lock's key; any number of its own
REST = 10  # a view that takes a second or more rests ten times as long, so refreshing never eats the machine

Note = tuple[int, object, str]  # basis, day, and which writing of the row it was


@dataclass(frozen=True, slots=True)
class Refreshed:
    """Which views were refreshed; none when all are up to date or rest, or another refresh was at it (`busy`)."""

    views: tuple[str, ...] = ()
    busy: bool = False


def refresh_views(now: datetime) -> Refreshed:
    """Bring the views that show an older data version up to the present one, unless they rest."""
    with refreshing(now) as refreshed:
        return refreshed


@contextmanager
def refreshing(now: datetime, *, at_once: bool = False) -> Iterator[Refreshed]:
    """The same, `at_once` even those that rest; inside, totals and refreshed views are of one moment.

    One REPEATABLE READ transaction; readers of a view go on meanwhile. Raises what PostgreSQL raises: then every view
    keeps its old rows and its old `ViewRefresh`, which tells their age.

    Once all views are up to date, the notes of changed days that it saw are deleted, right after and not within: the
    fold writes the running day's note every other second, and deleting it here would make one of the two wait for, or
    fail because of, the other. Between the two commits a day counts as changed that is not any more: harmless.
    """
    with one_moment() as cursor:
        refreshed, notes = _refresh_stale(cursor, now, at_once)
        yield refreshed
    _drop(notes)


def _refresh_stale(cursor: CursorWrapper, now: datetime, at_once: bool) -> tuple[Refreshed, list[Note]]:
    """What was refreshed, and the notes of changed days that it makes void."""
    cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [REFRESH_LOCK])
    if not cursor.fetchone()[0]:
        return Refreshed(busy=True), []
    version = _data_version(cursor)
    kept = {refresh.name: refresh for refresh in ViewRefresh.objects.all()}
    stale = [view for view in VIEWS if view not in kept or kept[view].data_version != version]
    due = tuple(view for view in stale if at_once or view not in kept or _rested(kept[view], now))
    notes = _notes(cursor) if stale and len(due) == len(stale) else []
    for view in due:
        _refresh(cursor, view, version, now)
    return Refreshed(due), notes


def _rested(last: ViewRefresh, now: datetime) -> bool:
    return last.seconds < 1 or now - last.refreshed_at >= timedelta(seconds=REST * last.seconds)


def _refresh(cursor: CursorWrapper, view: str, version: int, now: datetime) -> None:
    started = monotonic()
    cursor.execute(f"REFRESH MATERIALIZED VIEW CONCURRENTLY reporting.{view}")
    ViewRefresh.objects.update_or_create(
        name=view, defaults={"refreshed_at": now, "data_version": version, "seconds": round(monotonic() - started, 3)}
    )


def _data_version(cursor: CursorWrapper) -> int:
    cursor.execute("SELECT coalesce(max(version), 0) FROM data_version")
    version: int = cursor.fetchone()[0]
    return version


def _notes(cursor: CursorWrapper) -> list[Note]:
    cursor.execute("SELECT basis, day, xmin::text FROM changed_day")
    return list(cursor.fetchall())


def _drop(notes: list[Note]) -> None:
    """Delete these notes, unless they were written again since."""
    if not notes:
        return
    bases, days, writings = zip(*notes, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM changed_day
            USING unnest(%s::smallint[], %s::date[], %s::text[]) AS seen (basis, day, writing)
            WHERE (changed_day.basis, changed_day.day, changed_day.xmin::text) = (seen.basis, seen.day, seen.writing)
            """,
            [list(bases), list(days), list(writings)],
        )

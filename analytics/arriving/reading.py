"""What is known of it, as the job last wrote it down."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from math import floor, log10
from zoneinfo import ZoneInfo

from analytics import sql

from ..models import SourceForecast
from ..models.totals import Basis
from ..queries.running import Row, rows, rows_of
from .span import HOUR, NEARLY_ALL, SHOWN, YOUNG_HOURS

HOLDS = timedelta(minutes=10)  # a forecast that is older says nothing of now
WAITS = timedelta(days=2)
UNKNOWN = 0.1  # of what came lately; with more from sources whose delay nobody knows, nothing is said of all
LEAST = 0.5  # events: what is less is none
PLACES = 3


@dataclass(frozen=True, slots=True)
class Arriving:
    """One source. `usual`: (hours after the end of an hour, share of its events that is here by then), of `seen`
    events; empty where those are too few, and then nothing else is known. `still_to_come` are the events of the last
    two weeks that are expected yet, `of_day` the share of yesterday's that is usually here by now, `day_events` those
    that are.
    """

    usual: tuple[tuple[int, float], ...]
    seen: int
    still_to_come: int | None
    of_day: float | None
    day_events: int


@dataclass(frozen=True, slots=True)
class Arrived:
    """What is here of the events of a period, from all sources and whatever the filters.

    `share` and `conversions` (the share of these) are null where nobody knows; `still_to_come` are events, to
    two digits. `missing_costs` are (source, day) of which costs usually are here by now.
    """

    share: float | None = None
    conversions: float | None = None
    still_to_come: int | None = None
    missing_costs: tuple[tuple[str, date], ...] = ()


NOTHING_KNOWN = Arrived()
ALL_HERE = Arrived(1.0, 1.0, 0)


def by_source(now: datetime) -> Mapping[int, Arriving]:
    """By the id of each source that sent something lately; none while the job does not run."""
    return {row.source_id: _of_source(row) for row in SourceForecast.objects.filter(at__gt=now - HOLDS)}


def of_period(start: date, end: date, zone: str, now: datetime) -> Arrived:
    """The days `[start, end)` of a zone. What is older than two weeks is here, for nothing later is waited for."""
    young = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) - YOUNG_HOURS * HOUR
    begins, over = (datetime.combine(day, time(), ZoneInfo(zone)) for day in (start, end))
    if over <= young:
        return ALL_HERE
    young_day = young.astimezone(ZoneInfo(zone)).date() + timedelta(days=1)
    values = {
        "event": Basis.EVENT.value,
        "start_day": start,
        "end_day": end,
        "young_day": young_day,
        "young": max(begins, datetime.combine(young_day, time(), ZoneInfo(zone))),
        "over": over,
    }
    found = rows("arrived", values)[0]
    costs = tuple((source, date.fromisoformat(day)) for source, day in found["costs"] or ())
    holds = found["at"] is not None and found["at"] > now - HOLDS
    return replace(_of_row(found) if holds else NOTHING_KNOWN, missing_costs=costs)


def first_late_hour(start: datetime, now: datetime) -> datetime | None:
    """The first hour from `start` on of which not nearly all is usually here by now; None while nobody knows."""
    if not SourceForecast.objects.filter(at__gt=now - HOLDS).exists():
        return None
    values = {"start": start, "least": NEARLY_ALL}
    hour: datetime | None = rows_of(sql.load("arriving/late_hour"), values)[0]["hour"]
    return hour


def settled_until(today: date, zone: ZoneInfo, now: datetime) -> date:
    """The first day of which not nearly all is usually here by now, `today` if none before it is.

    Where days are late for longer than `WAITS`, to wait is of no use.
    """
    late = first_late_hour(datetime.combine(today - WAITS - timedelta(days=1), time(), zone), now)
    day = today if late is None else late.astimezone(zone).date()
    return today if day < today - WAITS else min(day, today)


def _of_source(row: SourceForecast) -> Arriving:
    usual = tuple(zip(SHOWN, row.usual, strict=True)) if row.usual else ()
    to_come = None if row.to_come is None else two_digits(row.to_come)
    return Arriving(usual, row.seen, to_come, row.of_day, row.day_events)


def _of_row(row: Row) -> Arrived:
    share = _share(row["settled"], row["events"], row["unknown"], row["to_come"])
    conversions = _share(
        row["settled_conversions"], row["conversions"], row["unknown_conversions"], row["conversions_to_come"]
    )
    to_come = None if share is None else two_digits(row["to_come"])
    return Arrived(share, conversions, to_come)


def _share(settled: int, arrived: int, unknown: int, to_come: float) -> float | None:
    """Never rounded up, but for a part of an event."""
    here = settled + arrived + unknown
    if not here + to_come or unknown > UNKNOWN * (arrived + unknown):
        return None
    return 1.0 if to_come < LEAST else floor(here / (here + to_come) * 10**PLACES) / 10**PLACES


def two_digits(events: float) -> int:
    """To two digits, for a forecast has no more."""
    whole = round(events)
    return round(whole, 1 - floor(log10(whole))) if whole >= 1 else 0

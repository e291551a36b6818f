"""The job: reads when events came, and writes down what is still to come; one transaction for all of it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings
from django.db import connection, transaction

from analytics import sql

from ..changes import kept_cut
from ..models import Arrival, HourForecast, MissingCosts, Source, SourceForecast
from ..queries.running import Row
from .delays import Array, Forecast, Hours, Stream, curve, expect, known
from .span import HOUR, KEPT, KINDS, PAST_HOURS, QUARTER, QUARTERS, WEEK_HOURS, YOUNG_HOURS

DAY = timedelta(days=1)
FRACTIONS = 4  # digits of what is kept: what differs by less is no other forecast
Key = tuple[int, int]  # source, kind


@dataclass(frozen=True, slots=True)
class Times:
    """The moments of one run: `first` is the oldest young hour, `over` the end of the last hour that is over."""

    at: datetime
    zone: ZoneInfo

    @property
    def over(self) -> datetime:
        return self.at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)

    @property
    def first(self) -> datetime:
        return self.over - YOUNG_HOURS * HOUR

    @property
    def young(self) -> list[datetime]:
        return [self.first + number * HOUR for number in range(YOUNG_HOURS)]

    @property
    def past(self) -> list[datetime]:
        return [self.first - number * HOUR for number in range(PAST_HOURS, 0, -1)]

    @property
    def hours(self) -> Hours:
        return Hours(self.places(self.young), np.array([(self.at - hour) / QUARTER for hour in self.young]))

    def places(self, hours: Sequence[datetime]) -> Any:
        """Which hour of the week each is, by the zone's clock."""
        local = [hour.astimezone(self.zone) for hour in hours]
        return np.array([hour.weekday() * 24 + hour.hour for hour in local])

    def of_yesterday(self) -> Any:
        """Which young hours are those of the last full day."""
        today = self.at.astimezone(self.zone).date()
        return np.array([hour.astimezone(self.zone).date() == today - DAY for hour in self.young])


@dataclass(slots=True)
class Sums:
    """What all sources have and are to have of one kind, by young hour."""

    arrived: Array = field(default_factory=lambda: np.zeros(YOUNG_HOURS))
    unknown: Array = field(default_factory=lambda: np.zeros(YOUNG_HOURS))
    to_come: Array = field(default_factory=lambda: np.zeros(YOUNG_HOURS))
    usual: Array = field(default_factory=lambda: np.zeros(YOUNG_HOURS))
    due: Array = field(default_factory=lambda: np.zeros(YOUNG_HOURS))

    def add(self, arrived: Array, found: Forecast | None) -> None:
        if found is None:
            self.unknown += arrived
            return
        self.arrived += arrived
        self.to_come += found.to_come
        self.usual += found.usual
        self.due += found.usual * found.share

    @property
    def share(self) -> Array:
        return np.where(self.usual > 0, self.due / np.maximum(self.usual, 1e-9), 1.0)


@dataclass(slots=True)
class OfSource:
    """The streams of one source, gathered."""

    past: Array = field(default_factory=lambda: np.zeros((WEEK_HOURS, QUARTERS)))
    known: bool = False
    to_come: float = 0.0
    day_due: float = 0.0
    day_usual: float = 0.0
    day_events: int = 0


def forecast(at: datetime) -> int:
    """Look ahead from `at`: how many sources there is something to say of. Safe to repeat."""
    times = Times(at, ZoneInfo(kept_cut().time_zone))
    with transaction.atomic():
        sums, sources = _forecasts(times)
        _write_sources(times, sources)
        _write_hours(times, sums)
        _write_costs(times)
        Arrival.objects.filter(hour__lt=times.over - KEPT).delete()
    return len(sources)


def _forecasts(times: Times) -> tuple[dict[int, Sums], dict[int, OfSource]]:
    sums = {kind: Sums() for kind in KINDS}
    sources: dict[int, OfSource] = defaultdict(OfSource)
    arrived = _arrived(times)
    yesterday, hours, begins = times.of_yesterday(), times.hours, dict(Source.objects.values_list("id", "created_at"))
    for (source, kind), past in _past(times, arrived):
        came, of = arrived.get((source, kind), np.zeros(YOUNG_HOURS)), sources[source]
        of.past += past
        of.day_events += int(came[yesterday].sum())
        found = expect(Stream(past, _weeks(times, begins[source]), came), hours) if known(past) else None
        sums[kind].add(came, found)
        if found is not None:
            of.known = True
            of.to_come += float(found.to_come.sum())
            of.day_usual += float(found.usual[yesterday].sum())
            of.day_due += float((found.usual * found.share)[yesterday].sum())
    return sums, dict(sources)


def _past(times: Times, also: Mapping[Key, Array]) -> Iterator[tuple[Key, Array]]:
    """What each stream reported in the weeks that are compared with; nothing of those that `also` came and had none."""
    left = set(also)
    values = {"hours": times.past, "places": times.places(times.past).tolist()}
    for key, rows in groupby(_rows("past", values), key=lambda row: (row["source_id"], row["kind"])):
        counts = np.zeros((WEEK_HOURS, QUARTERS))
        found = np.array([(row["place"], row["quarter"], row["events"]) for row in rows])
        np.add.at(counts, (found[:, 0], found[:, 1]), found[:, 2])
        left.discard(key)
        yield key, counts
    for key in sorted(left):
        yield key, np.zeros((WEEK_HOURS, QUARTERS))


def _arrived(times: Times) -> dict[Key, Array]:
    found: dict[Key, Array] = defaultdict(lambda: np.zeros(YOUNG_HOURS))
    for row in _rows("young", {"first": times.first, "last": times.over}):
        found[row["source_id"], row["kind"]][int((row["hour"] - times.first) / HOUR)] = row["events"]
    return dict(found)


def _weeks(times: Times, since: datetime) -> Array:
    """Of how many weeks there is something, by hour of the week, of a source that is known `since` then."""
    weeks = np.zeros(WEEK_HOURS)
    there = [hour for hour in times.past if hour >= since]
    if there:
        np.add.at(weeks, times.places(there), 1)
    return weeks


def _write_sources(times: Times, sources: Mapping[int, OfSource]) -> None:
    rows = [
        SourceForecast(
            source_id=number,
            at=times.at,
            usual=[round(each, FRACTIONS) for each in curve(of.past)] if of.known else [],
            seen=int(of.past.sum()),
            to_come=round(of.to_come, FRACTIONS) if of.known else None,
            of_day=round(of.day_due / of.day_usual, FRACTIONS) if of.day_usual else None,
            day_events=of.day_events,
        )
        for number, of in sources.items()
    ]
    SourceForecast.objects.exclude(source_id__in=sources).delete()
    fields = ["at", "usual", "seen", "to_come", "of_day", "day_events"]
    SourceForecast.objects.bulk_create(rows, update_conflicts=True, unique_fields=["source_id"], update_fields=fields)


def _write_hours(times: Times, sums: Mapping[int, Sums]) -> None:
    values: dict[str, list[Any]] = defaultdict(list)
    for kind, each in sums.items():
        values["hours"] += times.young
        values["kinds"] += [kind] * YOUNG_HOURS
        for name in ("arrived", "unknown"):
            values[name] += getattr(each, name).astype(int).tolist()
        for name in ("to_come", "usual", "share"):
            values[name] += np.round(getattr(each, name), FRACTIONS).tolist()
    with connection.cursor() as cursor:
        cursor.execute(sql.load("arriving/hours"), values)
    HourForecast.objects.filter(hour__lt=times.first).delete()


def _write_costs(times: Times) -> None:
    """Yesterday's costs are due from the hour on at which its alerts wait for them no longer."""
    local = times.at.astimezone(times.zone)
    last = local.date() - DAY * (1 if local.hour >= settings.ALERT_COSTS_IN else 2)
    values = {"first": times.first.date(), "last": last, "time_zone": times.zone.key}
    found = _rows("missing_costs", values)
    missing = {(row["source"], row["day"]) for row in found}
    kept = set(MissingCosts.objects.values_list("source", "day"))
    for source, day in kept - missing:
        MissingCosts.objects.filter(source=source, day=day).delete()
    MissingCosts.objects.bulk_create(MissingCosts(source=source, day=day) for source, day in missing - kept)


def _rows(name: str, values: Mapping[str, Any]) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(sql.load(f"arriving/{name}"), values)
        columns = [column.name for column in cursor.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]

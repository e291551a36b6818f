"""The job: judges every hour that is complete, once, and keeps what comes of it; one transaction for all of it.

An hour is complete when it is over, something later than its end was counted, nothing waits that came in before
`ALERT_WAIT` had passed since, and nearly all of such an hour is usually here by then (`arriving`). What is not complete
waits for a later run, so that nothing falls because it is late.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings
from django.db import transaction

from .. import arriving
from ..changes import Cut, kept_cut
from ..models import AlertRule, AlertWatch
from ..queries import state as states
from ..queries.running import Row
from . import lines, reading, spending
from .anomalies import anomalies
from .finding import Finding
from .keeping import Kept
from .rules import BUDGET, BY_DAY, BY_HOUR, IDLE, LISTENED, SILENCE, Chosen
from .setting import chosen, drawn
from .watched import HOUR, LEAST

AT_FIRST = timedelta(hours=24)  # so far it looks back when it never ran, or was away for longer than MOST
MOST = timedelta(hours=48)
LATEST = timedelta(hours=36)  # no hour waits longer until nearly all of it is here; shorter than MOST
NEVER_SILENT = 1.5 * LEAST  # events: a silence in which fewer are usual is none


@dataclass(frozen=True, slots=True)
class Watched:
    """How many hours were judged, and how many alerts opened, closed, or came back."""

    hours: int
    opened: int
    changed: int


@dataclass(slots=True)
class Watch:
    """What one run knows."""

    at: datetime
    cut: Cut
    rules: Chosen
    drawn: list[AlertRule]
    kept: Kept = field(default_factory=Kept)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.cut.time_zone)


def watch(at: datetime) -> Watched:
    """Judge what is complete at `at`. Safe to repeat, and safe beside another run, which waits for this one."""
    with transaction.atomic():
        mark = _mark(at)
        run = Watch(at, kept_cut(), chosen(), [line for line in drawn() if not line.muted])
        spending.note(at, run.zone)
        state = states.read()
        end = usually_here(complete_until(state, at, run.zone), at, run.zone)
        away = at - mark.judged_until > MOST
        start = reading.floor(at - AT_FIRST, run.zone) if away else mark.judged_until
        _judge(run, start, end)
        _listen(run, state)
        if end > mark.judged_until:
            mark.judged_until = end
            mark.save()
        run.kept.finish(at, run.cut)
    return Watched(max(0, int((end - start) / HOUR)), run.kept.opened, run.kept.changed)


def complete_until(state: Row, at: datetime, zone: ZoneInfo) -> datetime:
    """The end of the last hour of which everything is known, by a row of `state.sql`."""
    moments = [at - settings.ALERT_WAIT]
    if state["oldest_at"] is not None:
        moments.append(state["oldest_at"] - settings.ALERT_WAIT)
    if state["last_event_at"] is not None:
        moments.append(state["last_event_at"])
    return reading.floor(min(moments), zone)


def usually_here(end: datetime, at: datetime, zone: ZoneInfo) -> datetime:
    """`end`, or that of the last hour before it of which nearly all is usually here by now.

    Where hours are late that waited for as long as any would, to wait for the others is of no use either.
    """
    late = arriving.first_late_hour(at - LATEST - timedelta(days=1), at)
    return end if late is None or late < at - LATEST else min(end, reading.floor(late, zone))


def _mark(at: datetime) -> AlertWatch:
    first = reading.floor(at - AT_FIRST, ZoneInfo(kept_cut().time_zone))
    AlertWatch.objects.bulk_create([AlertWatch(judged_until=first)], ignore_conflicts=True)
    return AlertWatch.objects.select_for_update().get()


def _judge(run: Watch, start: datetime, end: datetime) -> None:
    """The hours `[start, end)`, each in its turn."""
    if end <= start:
        return
    window = reading.window(start, end, run.zone)
    places = range(window.place(start), window.hours)
    for place, found in zip(places, anomalies(window, places, run.rules.lines), strict=True):
        begins = window.begins(place).astimezone(run.zone)
        due = _Due.after(begins)
        all_found = [
            replace(one, currency=run.cut.currency)
            for one in (*found, *_of_lines(run, begins, due), *_of_costs(run, due))
        ]
        known = not np.isnan(window.values["cost"][0, place])
        run.kept.follow(all_found, due.judges(cost_by_hour=known), begins.astimezone(UTC) + HOUR, window)


@dataclass(frozen=True, slots=True)
class _Due:
    """The days that are judged with an hour: the one that it ends, and the one whose costs are in by its end."""

    day: date | None
    costs: date | None

    @classmethod
    def after(cls, begins: datetime) -> "_Due":
        ends = (begins.astimezone(UTC) + HOUR).astimezone(begins.tzinfo)
        day = begins.date() if ends.date() != begins.date() else None
        noon = settings.ALERT_COSTS_IN
        costs = ends.date() - timedelta(days=1) if ends.hour == noon and begins.hour != noon else None
        return cls(day, costs)

    def judges(self, *, cost_by_hour: bool) -> "_Judges":
        return _Judges(self, cost_by_hour)


@dataclass(frozen=True, slots=True)
class _Judges:
    """Whether a part of an alert was looked at with this hour."""

    due: _Due
    cost_by_hour: bool

    def __call__(self, part: Finding) -> bool:
        if part.rule == SILENCE:
            return False
        if not part.whole_day:
            return part.metric != "cost" or self.cost_by_hour
        waits = part.rule in (BUDGET, IDLE) or lines.waits_for_costs(part.metric)
        return (self.due.costs if waits else self.due.day) is not None


def _of_lines(run: Watch, begins: datetime, due: _Due) -> Iterator[Finding]:
    by_day = [line for line in run.drawn if line.span == BY_DAY]
    yield from lines.of_hour(begins, [line for line in run.drawn if line.span == BY_HOUR], run.cut, run.at)
    for day, waiting in ((due.day, False), (due.costs, True)):
        if day is not None:
            these = [line for line in by_day if lines.waits_for_costs(line.metric) is waiting]
            yield from lines.of_day(day, these, run.cut, run.at)


def _of_costs(run: Watch, due: _Due) -> Iterator[Finding]:
    if due.costs is None:
        return
    if (line := run.rules.lines.get("cost")) is not None:
        yield from spending.unusual(due.costs, run.cut, line)
    if (share := run.rules.of(BUDGET)) is not None:
        yield from spending.over_budget(due.costs, run.cut, share)
    if (least := run.rules.of(IDLE)) is not None:
        yield from spending.idle(due.costs, run.cut, least)


def _listen(run: Watch, state: Row) -> None:
    """Whether events still arrive: in the hours since the last one, some would have."""
    last: datetime | None = state["last_event_at"]
    patience = run.rules.of(SILENCE)
    found = []
    if patience is not None and last is not None and state["oldest_at"] is None:
        silent = (run.at - last) / HOUR
        if silent >= patience:
            usual = _usual_events(last, run)
            if usual >= NEVER_SILENT:
                found.append(Finding(SILENCE, "", False, silent, last, run.at, usual=usual, high=patience))
    run.kept.follow(found, lambda part: part.rule == SILENCE, run.at, None)


def _usual_events(last: datetime, run: Watch) -> float:
    """How many events past weeks had in the hours between the last one and now."""
    start, end = reading.floor(last, run.zone) + HOUR, reading.floor(run.at, run.zone)
    if end <= start:
        return 0.0
    start = max(start, end - timedelta(days=1))
    window = reading.window(start, end, run.zone)
    events = sum(window.values[metric][0] for metric in LISTENED)
    before = window.before(range(window.place(start), window.hours))
    return float(np.median([events[week[week >= 0]].sum() for week in before]))

"""Alerts as rows: what becomes of them hour by hour, written once at the end of a run, with what is told of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q

from ..changes import Cut
from ..models import MarketingAlert
from . import telling
from .finding import Finding, of_json, to_json
from .standing import COOL_DOWN, IsJudged, Standing, Step, Turn, step
from .watched import LINE, WATCHED
from .window import Window, judge

SERIES = 48  # hours that an alert shows


@dataclass(slots=True)
class Kept:
    """The alerts of a run: those that are open or may come back, as rows that are not written yet."""

    rows: list[MarketingAlert] = field(default_factory=list)
    new: list[MarketingAlert] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)  # places in `rows`
    windows: dict[int, Window] = field(default_factory=dict)
    loaded: bool = False

    @property
    def opened(self) -> int:
        return len(self.new)

    @property
    def changed(self) -> int:
        return len(self.touched)

    def follow(self, found: Sequence[Finding], judged: IsJudged, until: datetime, window: Window | None) -> None:
        """Go on with what was found of an hour that ends at `until`."""
        if not self.loaded:
            self.rows, self.loaded = open_standing(until), True
        known = [
            Standing(place, of_json(row.parts), row.closed_at, row.snoozed_until) for place, row in enumerate(self.rows)
        ]
        for one in step(known, found, judged, until):
            self._turn(one, until, window)

    def _turn(self, one: Step[int], until: datetime, window: Window | None) -> None:
        if one.alert is None:
            place = len(self.rows)
            self.rows.append(MarketingAlert(since=min(part.since for part in one.parts), seen_at=until))
            self.new.append(self.rows[place])
        else:
            place = one.alert.id
        row = self.rows[place]
        row.closed_at = until if one.turn is Turn.OVER else None
        row.seen_at = until
        _name(row, one.parts)
        self.touched.add(place)
        if window is not None and one.turn is not Turn.OVER:
            self.windows[place] = window

    def finish(self, at: datetime, cut: Cut) -> None:
        """Write the rows, and tell of those that are new and still open, or whose snooze has ended."""
        for row in self.new:
            row.opened_at = at
        for place in sorted(self.touched):
            row = self.rows[place]
            if place in self.windows:
                row.series = series(self.windows[place], of_json(row.parts)[0], row.seen_at) or row.series
            row.save()
        for row in self.new:
            if row.closed_at is None:
                telling.tell(row, of_json(row.parts), cut, at)
        self._remind(cut, at)

    def _remind(self, cut: Cut, at: datetime) -> None:
        """A snooze that has ended while the alert stands: it is told once more."""
        for row in MarketingAlert.objects.select_for_update().filter(closed_at=None, snoozed_until__lte=at):
            telling.tell(row, of_json(row.parts), cut, at, again=True)
            row.snoozed_until, row.snoozed_by = None, ""
            row.save(update_fields=["snoozed_until", "snoozed_by"])


def open_standing(at: datetime) -> list[MarketingAlert]:
    """Rows of alerts that are open, or may come back at `at`; locked, for people act on them meanwhile."""
    fresh = Q(closed_at=None) | Q(closed_at__gt=at - COOL_DOWN) | Q(snoozed_until__gt=at)
    return list(MarketingAlert.objects.select_for_update().filter(fresh).order_by("pk"))


def _name(row: MarketingAlert, parts: Sequence[Finding]) -> None:
    head = parts[0]
    row.rule, row.metric, row.channel, row.campaign_id = head.rule, head.metric, head.channel, head.campaign
    row.over, row.parts = head.over, to_json(parts)


def series(window: Window, head: Finding, until: datetime) -> list[list[float | None]]:
    """What was and what was usual in each of the hours up to `until`; empty for what is not known by the hour."""
    watched = next((one for one in WATCHED if one.metric == head.metric), None)
    if watched is None or head.campaign or head.whole_day or head.channel not in window.scopes:
        return []
    last = window.place(until)
    places = range(max(0, last - SERIES), last)
    judged = judge(window, watched, 1, places, window.before(places), LINE)
    row = window.scopes.index(head.channel)
    return [
        [_known(value), _known(usual)] for value, usual in zip(judged.value[row], judged.range.usual[row], strict=True)
    ]


def _known(value: float) -> float | None:
    return None if value != value else round(float(value), 2)

"""Worlds of the demo's generator without a database, counted into days and hours by send date in plain Python.

Machines are told as the generator makes them, by events without an address; the tests hold this to the oracle, which
tells them by the rules. All in UTC and USD.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import groupby
from typing import Any, NamedTuple

from analytics.demo import Change, Size
from analytics.demo.blueprints import BLUEPRINTS, Blueprint, Mailing
from analytics.demo.books import Cost, planned_end, rates
from analytics.demo.chance import generator
from analytics.demo.people import Person
from analytics.demo.period import DAY, HOUR, Period
from analytics.demo.plan import Campaign
from analytics.demo.stream import Stream
from analytics.demo.world import live
from recommendations import snapshot as seen
from recommendations.rules import defaults
from tests.analytics import matching

UNTIL = date(2026, 11, 19)
SIZE = Size(contacts=4_000, campaigns=24, days=63)
WINDOW = timedelta(days=28)
CREDITED = 7 * DAY  # a conversion goes to the last click, else the last open, of so long before
FOREIGN = "EUR"
COUNTS = tuple(one.name for one in fields(seen.Day) if one.name not in ("day", "revenue", "cost"))
LINE = defaults()["list_health"]["frequency"]
ONCE = {"bounced": "bounces", "unsubscribed": "unsubscribes", "complained": "complaints"}
Group = tuple[str, int, str]  # campaign, contact, message
Sums = dict[str, float]


class Row(NamedTuple):
    moment: int
    kind: str
    contact: int
    campaign: str
    more: dict[str, Any]

    @property
    def group(self) -> Group:
        return self.campaign, self.contact, self.more.get("message", "")


class Log(Stream):
    """Takes what happens as it is, which costs a fraction of making events of it."""

    def __init__(self, period: Period) -> None:
        super().__init__("", period)
        self.rows: list[Row] = []

    def add(self, moment: int, kind: str, person: Person, campaign: str = "", **more: object) -> None:
        if kind != "held_out":
            self.rows.append(Row(moment, kind, person.number, campaign, more))


@dataclass(frozen=True)
class World:
    """What became of each campaign over the days of `period`; `rows` are all that happened."""

    seed: int
    period: Period
    campaigns: list[Campaign]
    costs: dict[str, list[tuple[int, Cost]]]
    rows: list[Row]

    def days(self, start: date, end: date, as_of: date | None = None) -> dict[str, tuple[seen.Day, ...]]:
        """By slug, what each campaign did on the days `[start, end)`, as it was known when `as_of` began."""
        by_hour = self._counted(as_of or self.period.day(self.period.end))
        return {_slug(one): tuple(self._days(one, by_hour[one.external_id], start, end)) for one in self.campaigns}

    def snapshot(self, end: date | None = None) -> seen.Snapshot:
        """What rules see when `end` begins, by default the day after the last."""
        end = end or self.period.day(self.period.end)
        start, by_hour = end - WINDOW, self._counted(end)
        found = [
            self._campaign(place, by_hour[one.external_id], start, end) for place, one in enumerate(self.campaigns)
        ]
        as_of = datetime.combine(end, time(), UTC)
        return seen.Snapshot(as_of, start, end, "USD", self._with_people([one for one in found if one.days], end))

    def _with_people(self, found: Sequence[seen.Campaign], end: date) -> tuple[seen.Campaign, ...]:
        messages = self._messages(end)
        usual = {
            one.id: max(one.hours, key=lambda hour: (hour.delivered, -hour.hour)).hour for one in found if one.hours
        }
        click_hours = matching.click_hours(messages, usual, end)
        crowds = matching.crowds(messages, LINE, end)
        return tuple(replace(one, click_hours=click_hours.get(one.id, ()), crowd=crowds.get(one.id)) for one in found)

    def _messages(self, end: date) -> list[matching.Message]:
        """Those that had reached somebody when `end` began, and what had become of them by then."""
        before = (end - self.period.first).days * DAY
        kinds: dict[Group, dict[str, int]] = defaultdict(dict)
        for row in self.rows:
            if row.moment < before and human(row):
                at = kinds[row.group].get(row.kind)
                kinds[row.group][row.kind] = row.moment if at is None else min(at, row.moment)
        mailings = {
            one.external_id: (place, one.blueprint)
            for place, one in enumerate(self.campaigns, 1)
            if isinstance(one.blueprint, Mailing)
        }
        found = []
        for (name, contact, _), did in kinds.items():
            if name not in mailings or "sent" not in did:
                continue
            place, mailing = mailings[name]
            if "delivered" in did if mailing.reports_deliveries else "bounced" not in did:
                left_at = self.period.at(did["sent"])
                one = matching.Message(
                    contact, place, mailing.channel, left_at, "clicked" in did, "unsubscribed" in did
                )
                found.append(one)
        return found

    def _campaign(self, place: int, by_hour: dict[int, Sums], start: date, end: date) -> seen.Campaign:
        one, today = self.campaigns[place], (end - self.period.first).days * DAY
        ends = planned_end(one, self.period, generator(self.seed, "budget", one.external_id))
        over = one.ends is not None and today >= one.ends
        status = "planned" if today < one.starts else "running"
        if over:
            status = "paused" if one.blueprint.paused else "ended"
        return seen.Campaign(
            id=place + 1,
            external_id=one.external_id,
            name=one.name,
            channel=one.blueprint.channel,
            status=status,
            ends_on=None if ends is None else self.period.day(ends),
            days=tuple(self._days(one, by_hour, start, end)),
            hours=tuple(self._hours(by_hour, start, end)),
        )

    def _days(self, one: Campaign, by_hour: dict[int, Sums], start: date, end: date) -> Iterator[seen.Day]:
        spent = {self.period.day(day): self.money(cost, day) for day, cost in self.costs[one.external_id]}
        by_day: dict[date, Sums] = {}
        for hour, sums in sorted(by_hour.items()):
            day = by_day.setdefault(self.period.day(hour * HOUR), defaultdict(float))
            for name, number in sums.items():
                day[name] += number
        for on in sorted({*by_day, *spent}):
            if start <= on < end:
                sums = by_day.get(on, {})
                counts = {name: int(sums.get(name, 0)) for name in COUNTS}
                yield seen.Day(on, **counts, revenue=sums.get("revenue", 0.0), cost=spent.get(on, 0.0))

    def _hours(self, by_hour: dict[int, Sums], start: date, end: date) -> Iterator[seen.Hour]:
        inside = [hour for hour in by_hour if start <= self.period.day(hour * HOUR) < end]
        for of_day, hours in groupby(sorted(inside, key=lambda hour: hour % 24), key=lambda hour: hour % 24):
            sums = [by_hour[hour] for hour in hours]
            delivered = sum(int(one.get("delivered", 0)) for one in sums)
            if delivered:
                yield seen.Hour(of_day, delivered, sum(int(one.get("unique_clicks", 0)) for one in sums))

    def _counted(self, as_of: date) -> dict[str, dict[int, Sums]]:
        """By campaign and hour since the first midnight, the sums of what had happened by then."""
        before = (as_of - self.period.first).days * DAY
        rows = sorted((row for row in self.rows if row.moment < before), key=lambda row: row.moment)
        cells: dict[str, dict[int, Sums]] = defaultdict(lambda: defaultdict(lambda: defaultdict(float)))
        sent: dict[Group, int] = {}
        for row in rows:
            if row.kind == "sent":
                sent.setdefault(row.group, row.moment)
        for group, moment, name, amount in (*self._engagement(rows), *self._money_of(rows)):
            cells[group[0]][sent.get(group, moment) // HOUR][name] += amount
        for one in self.campaigns:
            if isinstance(one.blueprint, Mailing) and not one.blueprint.reports_deliveries:
                for sums in cells[one.external_id].values():
                    sums["delivered"] = sums["sends"] - sums["bounces"]
        return cells

    def _engagement(self, rows: list[Row]) -> Iterator[tuple[Group, int, str, float]]:
        """Each count, with its group and moment; rows come in the order of time, so a first is the first met."""
        met: set[tuple[Group, str]] = set()
        for row in rows:
            if row.kind in ("converted", "refunded") or not human(row):
                continue
            if row.kind in ("sent", "delivered"):
                yield row.group, row.moment, "sends" if row.kind == "sent" else "delivered", 1
                continue
            for name in _firsts(row.kind):
                if (row.group, name) not in met:
                    met.add((row.group, name))
                    yield row.group, row.moment, name, 1

    def _money_of(self, rows: list[Row]) -> Iterator[tuple[Group, int, str, float]]:
        """Each conversion and refund that a campaign is credited with."""
        known = touches(rows)
        orders: dict[str, Group] = {}
        converted: set[Group] = set()
        for row in rows:
            if row.kind == "converted":
                group = orders[row.more["order"]] = row.group if row.campaign else credited(row, known)
                if group[0] and group not in converted:
                    converted.add(group)
                    yield group, row.moment, "converters", 1
            elif row.kind == "refunded":
                group = orders[row.more["order"]]
            else:
                continue
            if group[0]:
                amount = self.money(row.more, row.moment)
                yield group, row.moment, "revenue", -amount if row.kind == "refunded" else amount

    def money(self, priced: dict[str, Any], moment: int) -> float:
        rate = self._rates[self.period.day(moment)] if priced.get("currency") == FOREIGN else 1
        return float(priced["amount"]) * rate

    @cached_property
    def _rates(self) -> dict[date, float]:
        return {
            day: float(rate) for day, rate in rates(self.period, generator(self.seed, "rates"), foreign_is_dearer=True)
        }


def _slug(one: Campaign) -> str:
    return one.external_id.split("-", 2)[2]


def human(row: Row) -> bool:
    return row.kind not in ("opened", "clicked") or "ip" in row.more


def _firsts(kind: str) -> tuple[str, ...]:
    if kind == "clicked":  # a click implies an open
        return "unique_opens", "unique_clicks"
    return ("unique_opens",) if kind == "opened" else (ONCE[kind],)


Touches = dict[tuple[int, str], tuple[list[int], list[Group]]]


def touches(rows: list[Row]) -> Touches:
    """The opens and clicks of people, by contact and kind, in the order of time."""
    found: Touches = defaultdict(lambda: ([], []))
    for row in rows:
        if row.kind in ("opened", "clicked") and human(row):
            moments, groups = found[row.contact, row.kind]
            moments.append(row.moment)
            groups.append(row.group)
    return found


def credited(row: Row, known: Touches) -> Group:
    for kind in ("clicked", "opened"):
        moments, groups = known.get((row.contact, kind), ([], []))
        place = bisect_right(moments, row.moment) - 1
        if place >= 0 and moments[place] >= row.moment - CREDITED:
            return groups[place]
    return "", row.contact, ""


def world(
    seed: int,
    size: Size = SIZE,
    until: date = UNTIL,
    changes: Iterable[Change] = (),
    blueprints: Sequence[Blueprint] = BLUEPRINTS,
) -> World:
    """A demo of its own, of which `until` is the last day."""
    period = Period.until(until, size.days)
    log = Log(period)
    campaigns, costs = live(size, seed, f"demo-{seed}", log, period, FOREIGN, changes, blueprints)
    return World(seed, period, campaigns, costs, [row for row in log.rows if row.moment < period.end])


def snapshot(
    seed: int,
    size: Size = SIZE,
    until: date = UNTIL,
    changes: Iterable[Change] = (),
    blueprints: Sequence[Blueprint] = BLUEPRINTS,
) -> seen.Snapshot:
    """What rules see on the day after `until`."""
    return world(seed, size, until, changes, blueprints).snapshot()

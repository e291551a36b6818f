"""What people got and did over weeks, counted in plain Python: by the textbook's tables of each stratum."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from analytics.history import ClickHour, Crowd, Matched

FEWEST = 5
MONTH = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class Message:
    """One that reached a contact; `left_at` is in the reporting zone."""

    contact: int
    campaign: int
    channel: str
    left_at: datetime
    clicked: bool = False
    unsubscribed: bool = False

    @property
    def day(self) -> date:
        return self.left_at.date()

    @property
    def hour(self) -> int:
        return self.left_at.hour


def in_zone(messages: Iterable[Message], time_zone: str) -> list[Message]:
    zone = ZoneInfo(time_zone)
    return [
        Message(one.contact, one.campaign, one.channel, one.left_at.astimezone(zone), one.clicked, one.unsubscribed)
        for one in messages
    ]


def click_hours(messages: Iterable[Message], usual: Mapping[int, int], today: date) -> dict[int, tuple[ClickHour, ...]]:
    """By campaign; `usual` has the hour of most of each one's messages. 56 settled days, people of the last 28."""
    settled = today - timedelta(days=7)
    read = [one for one in messages if settled - timedelta(days=56) <= one.day < today]
    told: dict[tuple[int, str], list[Message]] = defaultdict(list)
    for one in read:
        if one.day < settled:
            told[one.contact, one.channel].append(one)
    found = {}
    for campaign, hour in usual.items():
        mine = {(one.contact, one.channel) for one in read if one.campaign == campaign and one.day >= today - MONTH}
        history = [one for each in mine for one in told[each]]
        rows = []
        for other in sorted({one.hour for one in history} - {hour}):
            both = [one for one in history if one.hour in (hour, other)]
            matched = match(both, _left_at(other), lambda one: (one.contact, one.campaign), clicked)
            if matched:
                rows.append(ClickHour(other, hour, matched))
        if rows:
            found[campaign] = tuple(rows)
    return found


def crowds(messages: Iterable[Message], line: float, today: date) -> dict[int, Crowd]:
    """By campaign; 28 settled days, before each message 28 more."""
    end = today - timedelta(days=7)
    start = end - MONTH
    read = [one for one in messages if start - MONTH <= one.day < today]
    got: dict[tuple[int, str], list[Message]] = defaultdict(list)
    for one in read:
        got[one.contact, one.channel].append(one)
    counted = {key: sum(1 for one in found if start <= one.day < end) for key, found in got.items()}
    moments = {key: sorted(one.left_at for one in found) for key, found in got.items()}
    by_campaign: dict[int, list[Message]] = defaultdict(list)
    for one in read:
        if start <= one.day < end:
            by_campaign[one.campaign].append(one)

    def ahead(one: Message) -> bool:
        times = moments[one.contact, one.channel]
        return bisect_right(times, one.left_at) - bisect_left(times, one.left_at - MONTH) > line

    found = {}
    for campaign, own in by_campaign.items():
        people = [counted[each] for each in {(one.contact, one.channel) for one in own}]
        if len(people) >= FEWEST:
            above = sum(1 for count in people if count > line)
            left = match(own, ahead, lambda one: one.day, lambda one: one.unsubscribed)
            back = match(own, ahead, lambda one: one.contact, clicked)
            found[campaign] = Crowd(line, len(people), len(people), sum(people), above, left, back)
    return found


def _left_at(hour: int) -> Callable[[Message], bool]:
    return lambda one: one.hour == hour


def clicked(one: Message) -> bool:
    return one.clicked


def match(
    messages: Iterable[Message],
    ahead: Callable[[Message], bool],
    stratum: Callable[[Message], Hashable],
    outcome: Callable[[Message], bool],
) -> Matched | None:
    """Those `ahead` against the others, in strata that have both; None of fewer than five people of either kind."""
    strata: dict[Hashable, tuple[list[Message], list[Message]]] = defaultdict(lambda: ([], []))
    for one in messages:
        strata[stratum(one)][0 if ahead(one) else 1].append(one)
    both = [each for each in strata.values() if all(each)]
    if min((len({one.contact for each in both for one in each[side]}) for side in (0, 1)), default=0) < FEWEST:
        return None
    tops: tuple[dict[int, float], dict[int, float]] = defaultdict(float), defaultdict(float)
    days: tuple[dict[date, float], dict[date, float]] = defaultdict(float), defaultdict(float)
    weight = chance = 0.0
    for each in both:
        (n1, n0), (a, b) = ([len(side) for side in each], [sum(map(outcome, side)) for side in each])
        total = n1 + n0
        weight += n1 * n0 / total
        chance += (n1 * n0 * (a + b) - a * b * total) / total**2
        for side, share in ((0, n0 / total), (1, n1 / total)):
            for one in each[side]:
                tops[side][one.contact] += share * outcome(one)
                days[side][one.day] += share
    people = {one.contact for each in both for side in each for one in side}
    kish = [sum(one.values()) ** 2 / sum(x * x for x in one.values()) for one in days]
    return Matched(
        people=len(people),
        messages=sum(len(each[0]) for each in both),
        others=sum(len(each[1]) for each in both),
        hits=sum(outcome(one) for each in both for one in each[0]),
        other_hits=sum(outcome(one) for each in both for one in each[1]),
        weight=weight,
        weighted=sum(tops[0].values()),
        other_weighted=sum(tops[1].values()),
        chance=chance,
        squares=sum(x * x for x in tops[0].values()),
        products=sum(tops[0][one] * tops[1][one] for one in people),
        other_squares=sum(x * x for x in tops[1].values()),
        days=kish[0],
        other_days=kish[1],
    )

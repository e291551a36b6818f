"""Small companies of people whose habits are known, drawn without a database: what is true of an hour, of much mail.

A letter goes out every Tuesday at nine to everybody; tips of three kinds come on other days, at nine or in the evening,
and some people get more of them than others. Counted as the queries count, by the plain recount of their tests.
"""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

from recommendations.findings import Finding
from recommendations.rules import defaults, find_all
from recommendations.snapshot import Campaign, Day, Hour, Snapshot
from tests.analytics import matching
from tests.analytics.matching import Message

TODAY = date(2026, 11, 20)
START = TODAY - timedelta(days=28)
FIRST = TODAY - timedelta(days=63)
MORNING, EVENING = 9, 18
LETTER, TIPS = 1, (2, 3, 4)
LINE = defaults()["list_health"]["frequency"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How people truly are. `evening` is by how much more they click then; with `keen_in_evening` those who click more
    anyhow get tips in the evening, else chance decides. `weary` is how much more of them unsubscribe at a message with
    which they got more than `LINE` in 28 days, `bored` how much less they click then; with `keen_get_more` those who
    click more get more tips.
    """

    people: int = 800
    evening: float = 1.0
    keen_in_evening: bool = False
    weary: float = 1.0
    bored: float = 1.0
    keen_get_more: bool = False
    tips: tuple[float, ...] = (0.02, 0.1)  # chances of a tip of each kind on a day, one of them for each person
    click: float = 0.12
    leave: float = 0.003
    uneven: float = 0.1  # of days


@cache
def company(seed: int, habits: Habits) -> Snapshot:
    """What rules see of it on `TODAY`."""
    return seen(messages(seed, habits))


def told(rule: str, seed: int, habits: Habits, **settings: float) -> list[Finding]:
    """What a rule finds of any of its campaigns; with `settings` other than its defaults."""
    return find_all(company(seed, habits), {rule: defaults()[rule] | settings})


def messages(seed: int, habits: Habits) -> list[Message]:
    """All that reached somebody in the weeks that are looked back on."""
    dice = random.Random(seed)
    days = [FIRST + timedelta(days=n) for n in range((TODAY - FIRST).days)]
    luck = {(day, kind): dice.lognormvariate(0, habits.uneven) for day in days for kind in (LETTER, *TIPS)}
    found: list[Message] = []
    for person in range(habits.people):
        zeal = dice.lognormvariate(-0.18, 0.6)
        keen = zeal > 1
        tips = habits.tips[-1 if keen else 0] if habits.keen_get_more else dice.choice(habits.tips)
        found += _to_one(dice, habits, person, days, luck, zeal, tips)
    return found


def _to_one(
    dice: random.Random,
    habits: Habits,
    person: int,
    days: Sequence[date],
    luck: dict[tuple[date, int], float],
    zeal: float,
    tips: float,
) -> list[Message]:
    got: list[Message] = []
    for day in days:
        kinds = [LETTER] if day.weekday() == 1 else [kind for kind in TIPS if dice.random() < tips]
        for kind in kinds:
            late = dice.random() < ((0.9 if zeal > 1 else 0.1) if habits.keen_in_evening else 0.5)
            at = datetime.combine(day, time(EVENING if kind != LETTER and late else MORNING, dice.randrange(60)), UTC)
            many = sum(1 for one in got if one.left_at >= at - matching.MONTH) + 1 > LINE
            factor = (habits.evening if at.hour == EVENING else 1) * (habits.bored if many else 1)
            clicked = dice.random() < min(0.9, habits.click * zeal * luck[day, kind] * factor * (1 + 0.3 * (kind == 2)))
            leaves = dice.random() < habits.leave * (habits.weary if many else 1)
            got.append(Message(person, kind, "email", at, clicked, leaves))
            if leaves:
                return got
    return got


def seen(messages: list[Message]) -> Snapshot:
    """What rules see of these."""
    recent = [one for one in messages if one.day >= START]
    hours = {kind: Counter(one.hour for one in recent if one.campaign == kind) for kind in (LETTER, *TIPS)}
    usual = {kind: max(counts, key=lambda hour: (counts[hour], -hour)) for kind, counts in hours.items() if counts}
    click_hours = matching.click_hours(messages, usual, TODAY)
    crowds = matching.crowds(messages, LINE, TODAY)
    campaigns = tuple(
        Campaign(
            kind, f"c{kind}", f"C {kind}", "email", "running", None, _days(own), _hours(own),
            click_hours.get(kind, ()), crowds.get(kind),
        )
        for kind in usual
        if (own := [one for one in recent if one.campaign == kind])
    )  # fmt: skip
    return Snapshot(datetime.combine(TODAY, time(3), UTC), START, TODAY, "USD", campaigns)


def _days(messages: list[Message]) -> tuple[Day, ...]:
    return tuple(
        _day(day, [one for one in messages if one.day == day]) for day in sorted({one.day for one in messages})
    )


def _day(day: date, messages: list[Message]) -> Day:
    """Every tenth click buys."""
    clicks = sum(one.clicked for one in messages)
    return Day(
        day,
        sends=len(messages),
        delivered=len(messages),
        unique_opens=min(len(messages), clicks * 3),
        unique_clicks=clicks,
        converters=clicks // 10,
        unsubscribes=sum(one.unsubscribed for one in messages),
        revenue=clicks // 10 * 60.0,
    )


def _hours(messages: list[Message]) -> tuple[Hour, ...]:
    sent, clicked = Counter(one.hour for one in messages), Counter(one.hour for one in messages if one.clicked)
    return tuple(Hour(hour, sent[hour], clicked[hour]) for hour in sorted(sent))

"""What people got and did over weeks, by SQL and by a plain recount of the same messages."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from analytics.event_types import EventType as T
from analytics.fold import partitions
from analytics.history import ClickHour, Crowd
from analytics.models import Campaign
from analytics.models.totals import Basis
from analytics.queries import history
from tests.analytics import matching
from tests.analytics.matching import Message
from tests.analytics.totals import campaign, in_hour

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 20)  # clocks go back on 25 October in Berlin, on 1 November in New York
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"]
LINE = 4.0
ADD = """
INSERT INTO event (contact_id, occurred_at, received_at, event_id, campaign_id, source_id, type, machine, rules_version,
    flagged, message)
VALUES (%s, %s, %s, %s, %s, 1, %s, %s, 1, false, %s)
"""


def add(rows: Sequence[tuple[Any, ...]]) -> None:
    """Events straight into their table: contact, twice when, id, campaign, type, machine, message."""
    with connection.cursor() as cursor:
        partitions.ensure(cursor, {partitions.month_of(row[1]) for row in rows})
        cursor.executemany(ADD, rows)


class Written:
    """Events written straight into their table, the totals by hour beside them, and what they mean."""

    def __init__(self, time_zone: str, seed: int) -> None:
        self.zone, self.dice = ZoneInfo(time_zone), random.Random(seed)
        self.rows: list[tuple[Any, ...]] = []
        self.messages: list[Message] = []

    def event(self, contact: int, one: Campaign, message: str, kind: T, at: datetime, machine: int = 0) -> None:
        self.rows.append((contact, at, at, UUID(int=len(self.rows)), one.pk, kind, machine, message))

    def message(self, contact: int, one: Campaign, name: str, left_at: datetime) -> None:
        """Sent, and by chance told to have arrived or bounced, clicked by somebody or by a machine, unsubscribed."""
        chance = self.dice.random
        self.event(contact, one, name, T.SENT, left_at)
        if chance() < 0.1:  # the same is told again
            self.event(contact, one, name, T.SENT, left_at + timedelta(hours=3))
        bounced = chance() < 0.05
        if bounced:
            self.event(contact, one, name, self.dice.choice([T.BOUNCED_HARD, T.BOUNCED_SOFT]), left_at)
        elif one.reports_deliveries:
            self.event(contact, one, name, T.DELIVERED, left_at + timedelta(seconds=5))
        if chance() < 0.1:
            self.event(contact, one, name, T.CLICKED, left_at + timedelta(seconds=7), machine=1)
        clicked, unsubscribed = chance() < 0.25, chance() < 0.06
        for happens, kind in (
            (clicked, T.CLICKED),
            (clicked and chance() < 0.3, T.CLICKED),
            (unsubscribed, T.UNSUBSCRIBED),
        ):
            if happens:
                self.event(contact, one, name, kind, left_at + timedelta(minutes=self.dice.randrange(1, 600)))
        if not bounced and one.channel != "search":
            self.messages.append(
                Message(contact, one.pk, one.channel, left_at.astimezone(self.zone), clicked, unsubscribed)
            )

    def keep(self) -> None:
        add(self.rows)
        hours = Counter((one.campaign, one.left_at.replace(minute=0, second=0)) for one in self.messages)
        for (pk, hour), sends in hours.items():
            in_hour(hour, pk, (Basis.SEND,), sends=sends, delivered=sends)

    def usual(self) -> dict[int, int]:
        """The hour of most of each campaign's messages of the last 28 days; of as many the earlier."""
        counts: dict[int, Counter[int]] = {}
        for one in self.messages:
            if TODAY - timedelta(days=28) <= one.day < TODAY:
                counts.setdefault(one.campaign, Counter())[one.hour] += 1
        return {pk: max(hours, key=lambda hour: (hours[hour], -hour)) for pk, hours in counts.items()}


def written(time_zone: str, seed: int) -> Written:
    """Some weeks of six campaigns to sixty people, who get from a few to many of them, at a few hours of the day."""
    made = Written(time_zone, seed)
    sources = [campaign(name) for name in ("news", "deals", "tips")]
    sources += [campaign("text", "sms", reports_deliveries=False), campaign("alert", "sms"), campaign("ads", "search")]
    for contact in range(1, 61):
        for number in range(made.dice.choice([3, 8, 30])):
            one = made.dice.choice(sources if contact > 4 else sources[:1])
            day = TODAY - timedelta(days=made.dice.randrange(1, 66))
            left_at = datetime(day.year, day.month, day.day, made.dice.choice([9, 9, 9, 13, 18]), tzinfo=made.zone)
            made.message(contact, one, f"m{number}", left_at + timedelta(minutes=made.dice.randrange(60)))
    made.keep()
    return made


def plain(found: Mapping[int, Sequence[ClickHour] | Crowd]) -> dict[int, object]:
    """With every number rounded, for the order of a sum shows in its last digits."""

    def rounded(value: object) -> object:
        if isinstance(value, (tuple, list)):
            return tuple(map(rounded, value))
        return pytest.approx(value) if isinstance(value, float) else value

    return {
        pk: rounded(astuple(rows) if isinstance(rows, Crowd) else [astuple(row) for row in rows])
        for pk, rows in found.items()
    }


@pytest.mark.parametrize("time_zone", ZONES)
def test_how_people_click_at_other_hours_is_what_a_plain_recount_says(time_zone: str) -> None:
    made = written(time_zone, seed=1)
    expected = matching.click_hours(made.messages, made.usual(), TODAY)
    assert sum(len(rows) for rows in expected.values()) >= 6
    assert plain(history.of_people(TODAY, time_zone, None)[0]) == plain(expected)
    one = next(iter(expected))
    assert plain(history.click_hours(TODAY, time_zone, [one])) == plain({one: expected[one]})


@pytest.mark.parametrize("time_zone", ZONES)
def test_how_much_people_get_and_what_it_does_is_what_a_plain_recount_says(time_zone: str) -> None:
    made = written(time_zone, seed=2)
    expected = matching.crowds(made.messages, LINE, TODAY)
    assert sum(one.left is not None and one.clicked is not None for one in expected.values()) >= 2
    assert plain(history.of_people(TODAY, time_zone, LINE)[1]) == plain(expected)
    assert plain(history.crowds(TODAY, time_zone, LINE, [min(expected)])) == plain(
        {min(expected): expected[min(expected)]}
    )


def test_of_more_people_than_are_looked_at_their_numbers_draw_the_same_ones_each_time() -> None:
    made = written("UTC", seed=1)
    all_of_them = history.crowds(TODAY, "UTC", LINE, list(made.usual()))
    some, again = (history.crowds(TODAY, "UTC", LINE, list(made.usual()), people=10) for _ in range(2))
    assert some == again
    assert {one.people for one in some.values()} == {10}
    assert {pk: one.of_people for pk, one in some.items()} == {pk: one.of_people for pk, one in all_of_them.items()}
    hours = history.click_hours(TODAY, "UTC", list(made.usual()), people=10)
    assert {one.matched.people for rows in hours.values() for one in rows} <= set(range(5, 11))


@pytest.mark.parametrize(("people", "told"), [(4, False), (5, True)])
def test_of_fewer_than_five_people_nothing_is_told(people: int, told: bool) -> None:
    one = campaign("news")
    made = Written("UTC", seed=3)
    for contact in range(people):
        for number in range(8):
            left_at = datetime(2026, 11, 1 + number, 9 if number < 5 else 18, tzinfo=made.zone)
            made.message(contact, one, f"m{number}", left_at)
    made.rows = [row for row in made.rows if row[5] not in (T.BOUNCED_HARD, T.BOUNCED_SOFT)]
    made.keep()
    hours, crowds = history.of_people(TODAY, "UTC", LINE)
    assert (one.pk in hours, one.pk in crowds) == (told, told)

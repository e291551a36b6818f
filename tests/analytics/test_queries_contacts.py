"""Who did something of a campaign on a day or in an hour, page by page, and what one of them did."""

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analytics import cursors
from analytics.fold import partitions
from analytics.models import Source
from analytics.queries import contacts
from analytics.queries.contacts import COUNTED, Contacts, ContactSlot
from analytics.scope import ScopeError
from tests.analytics.people import CANARY, DAY, NAMES, contact_of, deeds, spring, took_in
from tests.analytics.totals import campaign

pytestmark = pytest.mark.django_db
TODAY = date(2026, 10, 1)


def slot(hour: int | None = None, day: date = TODAY, zone: str = "UTC") -> ContactSlot:
    return ContactSlot.of(day, hour, zone)


def pages(pk: int, of: ContactSlot, limit: int) -> list[Contacts]:
    found = [contacts.contacts(pk, of, limit=limit)]
    while found[-1].next:
        found.append(contacts.contacts(pk, of, found[-1].next, limit=limit))
    return found


def test_a_day_lists_everybody_once_in_the_order_of_their_first_deed_with_what_they_did() -> None:
    found = contacts.contacts(spring().pk, slot())
    first, second = found.rows[:2]

    assert [row.contact_id for row in found.rows] == [contact_of(name) for name in NAMES]
    assert (found.count, found.next, found.too_few) == (7, "", False)
    assert (first.sent, first.opened, first.clicked, first.converted, first.by_machine) == (1, 1, 1, 1, 1)
    assert (first.first_at, first.last_type, first.last_at) == (
        DAY + timedelta(hours=9),
        "unsubscribed",
        DAY + timedelta(hours=12),
    )
    assert (second.sent, second.opened, second.clicked, second.converted, second.by_machine) == (1, 1, 0, 0, 0)


def test_an_hour_counts_what_happened_in_it_alone() -> None:
    events = [event for event in deeds(list(NAMES), DAY) if event["type"] != "unsubscribed"]
    pk = took_in(events, DAY).pk
    with patch.object(contacts, "SMALLEST_GROUP", 1):
        (nine, ten, eleven) = (contacts.contacts(pk, slot(hour)) for hour in (9, 10, 11))

    assert (nine.count, nine.rows[0].last_type, nine.rows[0].last_by_machine) == (7, "opened", True)
    assert [(row.contact_id, row.clicked, row.opened) for row in ten.rows] == [(contact_of(CANARY), 1, 0)]
    assert [(row.contact_id, row.converted, row.last_type) for row in eleven.rows] == [
        (contact_of(CANARY), 1, "converted")
    ]


def at_hour(hour: int, kind: str, names: Iterable[str] = NAMES, **more: Any) -> list[dict[str, Any]]:
    at = (DAY + timedelta(hours=hour)).isoformat()
    return [{"type": kind, "contact": name, "occurred_at": at, "campaign": "spring", **more} for name in names]


def test_a_conversion_belongs_to_the_campaign_that_it_is_credited_to() -> None:
    first = spring().pk
    pk = took_in(at_hour(20, "converted", campaign="autumn", amount="5.00"), DAY, "autumn").pk

    found = contacts.contacts(pk, slot(20))
    assert {row.converted for row in found.rows} == {1}
    assert len(found.rows) == 7
    assert contacts.contacts(first, slot(20)).count == 0


@pytest.mark.parametrize("few", [1, 4, 5])
def test_a_group_smaller_than_five_is_counted_and_not_broken_down(few: int) -> None:
    found = contacts.contacts(took_in(at_hour(9, "sent", NAMES[:few]), DAY).pk, slot(9))

    assert (len(found.rows), found.count, found.too_few) == ((5, 5, False) if few == 5 else (0, few, True))


def test_an_empty_slot_is_not_a_small_group() -> None:
    found = contacts.contacts(spring().pk, slot(3))
    assert (found.rows, found.count, found.too_few) == ((), 0, False)


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 50])
def test_pages_show_everybody_once(limit: int) -> None:
    found = pages(spring().pk, slot(), limit)

    assert [row.contact_id for page in found for row in page.rows] == [contact_of(name) for name in NAMES]
    assert {page.count for page in found} == {7}


def test_contacts_of_one_moment_are_neither_lost_nor_doubled_between_pages() -> None:
    many = [f"person-{number}" for number in range(30)]
    pk = took_in(at_hour(9, "sent", many) + at_hour(9, "delivered", many), DAY).pk
    found = pages(pk, slot(), 4)
    numbers = [row.contact_id for page in found for row in page.rows]
    assert len(numbers) == len(set(numbers)) == 30
    assert [len(page.rows) for page in found] == [4] * 7 + [2]


def test_what_comes_in_meanwhile_loses_and_doubles_nobody() -> None:
    pk = spring().pk
    first = contacts.contacts(pk, slot(), limit=3)
    took_in(at_hour(23, "opened", [NAMES[0], NAMES[4], "new@example.com"]), DAY)
    rest = contacts.contacts(pk, slot(), first.next)
    seen = [row.contact_id for page in (first, rest) for row in page.rows]
    assert seen == [contact_of(name) for name in (*NAMES, "new@example.com")]


@pytest.mark.parametrize("bad", ["x", "W10:abc", '["2026-10-01",1]'])
def test_a_cursor_that_is_not_ours_or_of_another_list_is_refused(bad: str) -> None:
    pk = spring().pk
    other = contacts.contacts(pk, slot(9), limit=1).next
    for cursor in (bad, other, f"{contacts.contacts(pk, slot(), limit=1).next}x"):
        with pytest.raises(ScopeError) as error:
            contacts.contacts(pk, slot(), cursor)
        assert error.value.field == "cursor"


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"date": ["yesterday"]}, "date"),
        ({"date": ["2026-10-01"], "hour": ["24"]}, "hour"),
        ({"date": ["2026-10-01"], "hour": ["-1"]}, "hour"),
        ({"date": ["2026-10-01"], "hour": ["٣"]}, "hour"),
        ({"hour": ["3"]}, "date"),
        ({"hour": ["2026-10-01T14:30+00:00"]}, "hour"),
        ({"hour": ["2026-10-01T14:00"]}, "hour"),
        ({"hour": ["Tea"]}, "hour"),
        ({"hour": ["0001-01-01T00:00+14:00"]}, "hour"),
        ({"date": ["2026-10-02"], "hour": ["2026-10-01T14:00+00:00"]}, "hour"),
        ({"date": ["2026-10-01", "2026-10-02"]}, "date"),
    ],
)
def test_a_slot_that_is_none_names_the_field(asked: dict[str, list[str]], field: str) -> None:
    with pytest.raises(ScopeError) as error:
        contacts.slot_asked(asked, 1, time_zone="UTC", now=DAY)
    assert error.value.field == field


def test_without_a_date_it_is_the_last_day_with_events() -> None:
    pk = spring().pk
    later = DAY + timedelta(days=30)
    assert contacts.slot_asked({}, pk, time_zone="UTC", now=later) == slot()
    assert contacts.slot_asked({}, 999, time_zone="UTC", now=later).day == later.date()


def test_an_hour_may_be_named_by_its_moment_and_each_of_the_two_that_a_clock_shows_is_one() -> None:
    def asked(hour: str, **more: list[str]) -> ContactSlot:
        return contacts.slot_asked({"hour": [hour], **more}, 1, time_zone="Europe/Berlin", now=DAY)

    first, second = asked("2026-10-25T02:00+02:00"), asked("2026-10-25T02:00 01:00", date=["2026-10-25"])
    both = slot(2, date(2026, 10, 25), "Europe/Berlin")
    assert (first.starts_at, first.ends_at, second.ends_at) == (both.starts_at, second.starts_at, both.ends_at)
    assert (first.clock, second.clock, both.clock) == ("02:00 CEST", "02:00 CET", "02:00")
    assert [asked(one.asked["hour"], date=[one.asked["date"]]) for one in (first, second, both)] == [
        first,
        second,
        both,
    ]
    assert asked("2026-10-25T02:00:00Z") == slot(3, date(2026, 10, 25), "Europe/Berlin")


def test_an_hour_that_the_clock_skips_is_refused() -> None:
    asked = {"date": ["2026-03-29"], "hour": ["2"]}
    with pytest.raises(ScopeError, match="There is no 02:00 on 2026-03-29: the clock is put forward then"):
        contacts.slot_asked(asked, 1, time_zone="Europe/Berlin", now=DAY)


def test_hours_of_a_clock_change_cover_the_day_without_a_gap() -> None:
    for day, hours in ((date(2026, 3, 29), 23), (date(2026, 10, 25), 25)):
        cut = [slot(hour, day, "Europe/Berlin") for hour in range(24)]
        whole = slot(None, day, "Europe/Berlin")
        assert [one.ends_at for one in cut[:-1]] == [one.starts_at for one in cut[1:]]
        assert (cut[0].starts_at, cut[-1].ends_at) == (whole.starts_at, whole.ends_at)
        assert whole.ends_at - whole.starts_at == timedelta(hours=hours)


def test_a_timeline_is_of_one_campaign_and_shows_what_is_credited_to_it_the_latest_first() -> None:
    pk = spring().pk
    found = contacts.timeline(pk, contact_of(CANARY))

    assert [(row.type, row.machine) for row in found.rows] == [
        ("unsubscribed", False), ("converted", False), ("clicked", False), ("opened", True), ("opened", False),
        ("delivered", False), ("sent", False),
    ]  # fmt: skip
    assert (f"{found.rows[1].amount:.2f}", found.rows[1].currency) == ("19.90", "USD")
    assert contacts.timeline(campaign("other").pk, contact_of(CANARY)).rows == ()
    assert contacts.belongs(pk, contact_of(CANARY))
    assert not contacts.belongs(pk, 999)


def test_a_timeline_goes_on_behind_its_page() -> None:
    pk, one = spring().pk, contact_of(CANARY)
    whole = contacts.timeline(pk, one).rows
    found, cursor = list(contacts.timeline(pk, one, limit=2).rows), contacts.timeline(pk, one, limit=2).next
    while cursor:
        page = contacts.timeline(pk, one, cursor, limit=2)
        found, cursor = [*found, *page.rows], page.next
    assert tuple(found) == whole
    with pytest.raises(ScopeError):
        contacts.timeline(pk, one, contacts.timeline(pk, contact_of(NAMES[1]), limit=1).next)


MANY = """
INSERT INTO event (contact_id, occurred_at, received_at, event_id, campaign_id, source_id, type, machine, rules_version,
                   flagged, message)
SELECT contact, %(day)s + contact * interval '10 seconds' + type * interval '1 second', now(), gen_random_uuid(),
       %(campaign)s, %(source)s, type, 0, 1, false, ''
FROM generate_series(1, %(contacts)s) AS contact, generate_series(1, 3) AS type
"""


@pytest.fixture(params=[True, False], ids=["analyzed", "never analyzed"])
def many(request: pytest.FixtureRequest) -> int:
    """A campaign with 6,000 contacts on one day, three events each; of which PostgreSQL may not know yet."""
    found, source = campaign("many"), Source.objects.create(name="test")
    with connection.cursor() as cursor:
        partitions.ensure(cursor, [datetime(2026, 10, 1, tzinfo=UTC)])
        cursor.execute(MANY, {"day": DAY, "campaign": found.pk, "source": source.pk, "contacts": 6_000})
        if request.param:
            cursor.execute("ANALYZE event")
    return found.pk


def read(statement: str) -> tuple[int, int]:
    """How many rows and how many blocks PostgreSQL looks at for a statement."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}")
        (plan,) = cursor.fetchone()
    plan = json.loads(plan) if isinstance(plan, str) else plan
    blocks = plan[0]["Plan"]["Shared Hit Blocks"] + plan[0]["Plan"]["Shared Read Blocks"]
    return sum(looked_at(plan[0]["Plan"])), blocks


def forget_dead_rows() -> None:
    """What tests before this one rolled back still stands in the indexes, and is looked at."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'event'::regclass")
        for (table,) in [*cursor.fetchall(), ("campaign_attribution",)]:
            cursor.execute(f"REINDEX TABLE {table}")


def looked_at(node: dict[str, Any]) -> list[int]:
    rows = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
    return [int(rows), *(each for child in node.get("Plans", []) for each in looked_at(child))]


def test_page_one_thousand_costs_what_page_one_costs(many: int) -> None:
    cost, numbers = [], []
    for first in (0, 4_995):
        place = (DAY + timedelta(seconds=10 * first + 1), first) if first else contacts.BEGINNING
        cursor = cursors.write(contacts._list_of(many, slot()), contacts._place(*place))
        with CaptureQueriesContext(connection) as seen:
            page = contacts.contacts(many, slot(), cursor, limit=5)
        numbers.append([row.contact_id for row in page.rows])
        cost.append([read(query["sql"]) for query in seen])

    assert numbers == [[1, 2, 3, 4, 5], [4996, 4997, 4998, 4999, 5000]]
    (page_one, count_one), (page_last, count_last) = cost
    assert page_last[0] <= page_one[0] + 10
    assert page_last[1] <= page_one[1] * 1.2
    assert page_last[0] < 300  # of 18,000 events
    assert count_last[0] <= count_one[0] <= 20 * COUNTED


def test_a_timeline_reads_its_contact_and_not_the_campaign(many: int) -> None:
    forget_dead_rows()
    with CaptureQueriesContext(connection) as seen:
        assert len(contacts.timeline(many, 4_000).rows) == 3
    rows, blocks = read(seen[0]["sql"])
    assert rows < 40
    assert blocks < 40


def test_more_than_are_counted_are_not_counted(many: int) -> None:
    with CaptureQueriesContext(connection) as seen:
        assert contacts.contacts(many, slot()).count is None
    assert len(seen) == 2

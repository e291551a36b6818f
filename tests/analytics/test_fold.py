"""Exactly once: whatever is sent, however often, late or shuffled, the totals are those of one plain count."""

import random
import threading
import zlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from unittest.mock import patch
from uuid import UUID

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics import verify
from analytics.event_types import EventType as T
from analytics.fold import fold_inbox, retry_dead, steps
from analytics.models import CampaignAttribution, DataVersion, Event, InboxBatch
from tests.analytics import inbox, oracle
from tests.analytics.oracle import Happened

START = datetime(2026, 1, 30, 22, tzinfo=UTC)
MONEY = [Decimal("1.10"), Decimal("20.00"), Decimal("0.00"), Decimal("3.33")]
MESSAGES = (T.SENT, T.DELIVERED, T.BOUNCED_HARD, T.BOUNCED_SOFT, T.OPENED, T.CLICKED, T.IMPRESSION, T.HELD_OUT)
LEAVING = (T.UNSUBSCRIBED, T.COMPLAINED)


def moments() -> st.SearchStrategy[datetime]:
    """Times that crowd within seconds (bursts, ties) and that spread over days and a month's end."""
    seconds = st.one_of(st.integers(0, 30), st.integers(0, 20 * 86_400))
    return seconds.map(lambda s: START + timedelta(seconds=s))


@st.composite
def happenings(draw: st.DrawFn) -> Happened:
    kind = draw(st.sampled_from(MESSAGES + LEAVING + (T.CONVERTED, T.CONVERTED, T.REFUNDED, T.CLICKED, T.CLICKED)))
    money = kind in (T.CONVERTED, T.REFUNDED)
    link = draw(st.sampled_from([None, 1, 2, 3])) if kind == T.CLICKED else None
    touch = kind in (T.OPENED, T.CLICKED)
    return Happened(
        event_id=UUID(int=draw(st.integers(1, 60))).hex,
        contact=draw(st.integers(1, 3)),
        type=kind,
        at=draw(moments()),
        campaign=draw(st.integers(1, 2)) if kind in MESSAGES else draw(st.integers(0, 1)),
        message=draw(st.sampled_from(["", "m"])),
        order=draw(st.sampled_from([None, 1, 2])) if money else None,
        amount=draw(st.sampled_from(MONEY)) if money else None,
        flagged=draw(st.sampled_from([False, False, False, True])) if touch else False,
        link=link,
        network=draw(st.sampled_from([None, 1, 2, 3])) if touch else None,
    )


def batches_of(events: list[Happened], cuts: list[int]) -> list[list[Happened]]:
    bounds = [0, *sorted({cut % (len(events) + 1) for cut in cuts}), len(events)]
    return [events[a:b] for a, b in pairwise(bounds) if a < b]


class UndoError(Exception):
    pass


@pytest.mark.django_db
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(happenings(), min_size=1, max_size=40),
    st.lists(st.integers(0, 1000), max_size=6),
    st.booleans(),
    st.sampled_from([1, 3, steps.MOST_READ]),
)
def test_any_batches_count_as_one_plain_count(
    events: list[Happened], cuts: list[int], at_once: bool, most_read: int
) -> None:
    try:
        with transaction.atomic(), patch.object(steps, "MOST_READ", most_read):
            inbox.campaigns(1, 2)
            for part in batches_of(events, cuts):
                inbox.put(part)
                if not at_once:
                    fold_inbox(inbox.NOW)
            fold_inbox(inbox.NOW)
            assert inbox.kept_totals() == oracle.totals(events)
            assert verify.differences() == []
            assert not InboxBatch.objects.exists()
            raise UndoError
    except UndoError:
        pass


@st.composite
def touches(draw: st.DrawFn) -> Happened:
    """Opens and clicks of one message within a minute and a half: bursts, near-bursts, ties, unknown links."""
    kind = draw(st.sampled_from([T.OPENED, T.CLICKED, T.CLICKED]))
    return Happened(
        UUID(int=draw(st.integers(1, 10**6))).hex,
        1,
        kind,
        START + timedelta(seconds=draw(st.integers(0, 90))),
        1,
        link=draw(st.sampled_from([None, 1, 2, 3, 4])) if kind == T.CLICKED else None,
        network=draw(st.sampled_from([None, None, 1, 1, 2, 3])),
    )


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(touches(), min_size=3, max_size=30),
    st.lists(st.integers(0, 1000), max_size=3),
    st.sampled_from([2, steps.MOST_READ]),
)
def test_bursts_are_those_that_a_plain_search_finds(events: list[Happened], cuts: list[int], most_read: int) -> None:
    try:
        with transaction.atomic(), patch.object(steps, "MOST_READ", most_read):
            inbox.campaigns(1)
            for part in batches_of(events, cuts):
                inbox.put(part)
                fold_inbox(inbox.NOW)
            kept = {(e.contact_id, e.event_id.hex) for e in Event.objects.exclude(machine=0)}
            assert kept == oracle.machine_touches(oracle.accepted(events))
            raise UndoError
    except UndoError:
        pass


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(4))
def test_folds_started_at_once_count_each_event_once(seed: int) -> None:
    """Duplicated (some with another time), shuffled, split, and folded by four at once."""
    inbox.campaigns(1, 2)
    luck = random.Random(seed)
    events = [example(luck, number) for number in range(300)]
    for part in range(0, len(events), 15):
        inbox.put(events[part : part + 15])
    repeats = [again(luck, event) for event in luck.sample(events, 200)]
    errors: list[BaseException] = []

    def work(mine: list[Happened]) -> None:
        try:
            for part in range(0, len(mine), 10):
                inbox.put(mine[part : part + 10])
                fold_inbox(inbox.NOW, limit_rows=40)
        except BaseException as error:  # noqa: BLE001
            errors.append(error)
        finally:
            connection.close()

    fold_inbox(inbox.NOW)
    threads = [threading.Thread(target=work, args=(repeats[n::4],)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while fold_inbox(inbox.NOW).batches:
        pass
    assert errors == []
    assert inbox.kept_totals() == oracle.totals(events)
    assert verify.differences() == []
    booked = CampaignAttribution.objects.filter(type=T.CONVERTED)
    credited = sum((c.value or Decimal(0) for c in booked if c.campaign_id), Decimal(0))
    unattributed = sum((c.value or Decimal(0) for c in booked if not c.campaign_id), Decimal(0))
    spent = [e.amount for e in oracle.accepted(events) if e.type == T.CONVERTED and e.amount is not None]
    assert credited + unattributed == sum(spent, Decimal(0)) > 0


def example(luck: random.Random, number: int) -> Happened:
    kind = luck.choice([*MESSAGES, *LEAVING, T.CONVERTED, T.CONVERTED, T.REFUNDED, T.OPENED, T.CLICKED])
    money = kind in (T.CONVERTED, T.REFUNDED)
    return Happened(
        UUID(int=number + 1).hex,
        luck.randint(1, 12),
        kind,
        START + timedelta(seconds=luck.randrange(15 * 86_400)),
        luck.randint(1, 2) if kind in MESSAGES else luck.randint(0, 1),
        luck.choice(["", "m"]),
        luck.choice([None, 1, 2]) if money else None,
        luck.choice(MONEY) if money else None,
    )


def again(luck: random.Random, event: Happened) -> Happened:
    """A retry, half of the time with another time."""
    at = event.at + timedelta(hours=luck.choice([0, 0, 5, 24 * 40]))
    return Happened(**{**{name: getattr(event, name) for name in event.__dataclass_fields__}, "at": at})


def uid(number: int) -> str:
    return UUID(int=number).hex


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


@pytest.fixture
def ada(db: None) -> int:
    inbox.campaigns(1, 2)
    return 7


def test_a_late_touch_moves_the_credit(ada: int) -> None:
    inbox.put([Happened(uid(1), ada, T.CLICKED, at(1), 1), Happened(uid(2), ada, T.CONVERTED, at(9), amount=MONEY[1])])
    fold_inbox(inbox.NOW)
    assert CampaignAttribution.objects.get().campaign_id == 1
    inbox.put([Happened(uid(3), ada, T.CLICKED, at(2), 2)])
    fold_inbox(inbox.NOW)
    credit = CampaignAttribution.objects.get()
    assert (credit.campaign_id, credit.touch_at, credit.value) == (2, at(2), MONEY[1])
    assert verify.differences() == []


def test_a_burst_that_shows_later_takes_back_its_clicks(ada: int) -> None:
    def click(number: int, seconds: float) -> Happened:
        return Happened(uid(number), ada, T.CLICKED, at(1) + timedelta(seconds=seconds), 1, link=number)

    inbox.put([click(1, 0), click(2, 3)])
    fold_inbox(inbox.NOW)
    assert ("event", 1, oracle._hour(at(1)), "unique_clicks") in inbox.kept_totals()
    inbox.put([click(3, 6)])
    fold_inbox(inbox.NOW)
    assert {key[3]: value for key, value in inbox.kept_totals().items()} == {"machine_clicks": 3}
    assert set(Event.objects.values_list("machine", flat=True)) == {4}
    assert verify.differences() == []


def test_a_late_send_moves_everything_to_its_day(ada: int) -> None:
    inbox.put([
        Happened(uid(1), ada, T.CLICKED, at(30), 1),
        Happened(uid(2), ada, T.CONVERTED, at(31), amount=MONEY[1]),
    ])  # fmt: skip
    fold_inbox(inbox.NOW)
    inbox.put([Happened(uid(3), ada, T.SENT, at(0), 1)])
    fold_inbox(inbox.NOW)
    hours = {key[2] for key in inbox.kept_totals() if key[0] == "send"}
    assert hours == {oracle._hour(at(0))}
    assert verify.differences() == []


def test_a_refund_follows_its_order(ada: int) -> None:
    inbox.put([
        Happened(uid(1), ada, T.CONVERTED, at(1), 1, order=5, amount=MONEY[1]),
        Happened(uid(2), ada, T.CONVERTED, at(2), 2, order=6, amount=MONEY[1]),
        Happened(uid(3), ada, T.REFUNDED, at(3), order=5, amount=MONEY[0]),
        Happened(uid(4), ada, T.REFUNDED, at(4), amount=MONEY[3]),
    ])  # fmt: skip
    fold_inbox(inbox.NOW)
    refunds = dict(CampaignAttribution.objects.filter(type=T.REFUNDED).values_list("value", "campaign_id"))
    assert refunds == {MONEY[0]: 1, MONEY[3]: 2}


@pytest.mark.parametrize(
    ("payload", "says"), [(b"no batch at all", "damaged"), (zlib.compress(b"1\t2\n"), "missing data")]
)
def test_a_broken_batch_waits_apart_and_the_others_go_on(ada: int, payload: bytes, says: str) -> None:
    inbox.put([Happened(uid(1), ada, T.SENT, at(1), 1)])
    broken = inbox.put([Happened(uid(2), ada, T.SENT, at(1), 1)])
    good = bytes(broken.payload)
    InboxBatch.objects.filter(id=broken.id).update(payload=payload)
    folded = fold_inbox(inbox.NOW)
    assert (folded.taken, folded.dead) == (1, 1)
    dead = InboxBatch.objects.get()
    assert (dead.state, says in dead.reason) == ("dead", True)
    InboxBatch.objects.update(payload=good)
    assert retry_dead([dead.id]) == 1
    assert fold_inbox(inbox.NOW).taken == 1
    assert verify.differences() == []


def test_a_repeat_changes_no_figure_and_no_version(ada: int) -> None:
    events = [Happened(uid(n), ada, T.SENT, at(n), 1) for n in range(1, 5)]
    inbox.put(events)
    fold_inbox(inbox.NOW)
    before = DataVersion.objects.get().version
    inbox.put(events)
    assert fold_inbox(inbox.NOW).known == 4
    assert DataVersion.objects.get().version == before


def test_a_currency_without_a_rate_is_kept_but_not_summed(ada: int) -> None:
    inbox.put([Happened(uid(1), ada, T.CONVERTED, at(1), 1, amount=MONEY[1])], currency="EUR")
    fold_inbox(inbox.NOW)
    assert {key[3] for key in inbox.kept_totals()} == {"conversions", "converters"}
    assert CampaignAttribution.objects.get().value is None


def test_a_corrupted_total_is_found(ada: int) -> None:
    inbox.put([Happened(uid(1), ada, T.SENT, at(1), 1)])
    fold_inbox(inbox.NOW)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE campaign_daily SET sends = sends + 1 WHERE basis = 1")
    found = verify.differences()
    assert [(d.table, d.column, d.kept, d.recounted) for d in found] == [("campaign_daily", "sends", 2, 1)]

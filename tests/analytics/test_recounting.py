"""What is done to kept events by other ways than the fold is followed by every total, whatever it is."""

import random
from contextlib import closing
from dataclasses import replace
from unittest.mock import patch

import pytest
from django.conf import LazySettings
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics import rebuild, verify
from analytics.event_types import EventType as T
from analytics.fold import fold_inbox, steps
from analytics.models import CampaignAttribution, ChangedDay, DataVersion, Event
from analytics.recounting import recounted
from tests.analytics import inbox, oracle
from tests.analytics.oracle import Happened
from tests.analytics.test_fold import MONEY, UndoError, at, batches_of, example, happenings, uid

pytestmark = pytest.mark.django_db
GONE = 0
REMOVED = "DELETE FROM {table} WHERE contact_id = %s AND event_id = %s AND %s = 0"
MOVED = """
WITH one AS (SELECT %s::bigint AS contact, %s::uuid AS event_id, %s::bigint AS becomes)
UPDATE {table} SET contact_id = becomes FROM one
WHERE {table}.contact_id = contact AND {table}.event_id = one.event_id
    AND NOT EXISTS (SELECT FROM event_key k WHERE k.contact_id = becomes AND k.event_id = one.event_id)
"""
HALF_TO_TWO = """
INSERT INTO campaign_attribution (
    contact_id, occurred_at, event_id, campaign_id, named_campaign_id, model, type, clicked, message, named_message,
    currency, weight, amount
)
SELECT
    contact_id, occurred_at, event_id, 2, 0, 1, type, clicked, message, named_message, currency, 0.5, amount
FROM campaign_attribution
"""
Changes = dict[tuple[int, str], int]  # of an event, by contact and id: whose it is to be, or `GONE`


def kept(events: list[Happened]) -> list[Happened]:
    inbox.campaigns(1, 2)
    inbox.put(events)
    fold_inbox(inbox.NOW)
    return oracle.accepted(events)


def changed(events: list[Happened], changes: Changes) -> list[Happened]:
    """What is there afterwards: an event that would meet its like stays where it is."""
    left = {(event.contact, event.event_id): event for event in events}
    for (contact, event_id), to in changes.items():
        if to == GONE:
            del left[contact, event_id]
        elif (to, event_id) not in left:
            left[to, event_id] = replace(left.pop((contact, event_id)), contact=to)
    return list(left.values())


def change(changes: Changes) -> None:
    who = {contact for contact, _ in changes} | set(changes.values()) - {GONE}
    with transaction.atomic(), recounted(who, inbox.NOW) as cursor:
        for (contact, event_id), to in changes.items():
            for table in ("event", "event_key"):
                statement = (MOVED if to else REMOVED).format(table=table)
                cursor.execute(statement, [contact, event_id, to])


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(happenings(), min_size=1, max_size=40),
    st.lists(st.tuples(st.integers(0, 1000), st.integers(GONE, 4)), min_size=1, max_size=25),
    st.lists(happenings(), max_size=10),
    st.lists(st.integers(0, 1000), max_size=3),
    st.sampled_from([1, steps.MOST_READ]),
)
def test_whatever_is_removed_or_becomes_somebody_elses_is_counted_as_if_it_had_always_been_so(
    events: list[Happened], drawn: list[tuple[int, int]], more: list[Happened], cuts: list[int], most_read: int
) -> None:
    try:
        with transaction.atomic(), patch.object(steps, "MOST_READ", most_read):
            before = kept(events)
            changes = {}
            for place, to in drawn:
                event = before[place % len(before)]
                changes[event.contact, event.event_id] = to
            change(changes)
            left = changed(before, changes)
            assert verify.differences() == []
            assert inbox.kept_totals() == oracle.totals(left)
            for part in batches_of(more, cuts) if more else []:
                inbox.put(part)
                fold_inbox(inbox.NOW)
            assert verify.differences() == []
            assert inbox.kept_totals() == oracle.totals(left + more)
            raise UndoError
    except UndoError:
        pass


def test_a_burst_that_loses_a_click_is_no_burst_any_more() -> None:
    clicks = [Happened(uid(n), 7, T.CLICKED, at(1 + n / 3600), 1, link=n) for n in range(3)]
    kept([*clicks, Happened(uid(9), 7, T.CONVERTED, at(2), amount=MONEY[0])])
    assert CampaignAttribution.objects.get().campaign_id == 0
    DataVersion.objects.update(version=5)
    ChangedDay.objects.all().delete()

    change({(7, uid(1)): GONE})
    assert set(Event.objects.filter(type=T.CLICKED).values_list("machine", flat=True)) == {0}
    assert CampaignAttribution.objects.get().campaign_id == 1
    assert DataVersion.objects.get().version == 6
    assert set(ChangedDay.objects.values_list("basis", flat=True)) == {0, 1}


def test_nothing_that_changes_moves_nothing() -> None:
    luck = random.Random(5)
    events = kept([example(luck, number) for number in range(80)])
    ChangedDay.objects.all().delete()
    rows = list(CampaignAttribution.objects.order_by("contact_id", "event_id").values())
    with transaction.atomic(), recounted({event.contact for event in events}, inbox.NOW):
        pass
    with transaction.atomic(), recounted((), inbox.NOW):
        pass
    assert not ChangedDay.objects.exists()
    assert list(CampaignAttribution.objects.order_by("contact_id", "event_id").values()) == rows
    assert inbox.kept_totals() == oracle.totals(events)


def test_shares_of_other_models_go_with_their_conversion() -> None:
    kept([Happened(uid(n), 7, T.CONVERTED, at(n), 1, amount=MONEY[0]) for n in (1, 2)])
    with connection.cursor() as cursor:
        cursor.execute(HALF_TO_TWO)
    change({(7, uid(1)): GONE})
    left = CampaignAttribution.objects.values_list("event_id", "model").order_by("model")
    assert [(event_id.hex, model) for event_id, model in left] == [(uid(2), 0), (uid(2), 1)]
    assert verify.differences() == []


@pytest.mark.parametrize("seed", range(6))
def test_a_rebuild_that_runs_hears_of_it(seed: int, settings: LazySettings) -> None:
    """To another zone and window, with changes and folds after every step."""
    luck = random.Random(seed)
    events = [example(luck, number) for number in range(240)]
    left = kept(events[:160])
    settings.REPORTING_TIME_ZONE, settings.ATTRIBUTION_WINDOW_DAYS = "Asia/Kolkata", 3
    with closing(rebuild.run(lambda: inbox.NOW, events=15)) as running:
        for number, _ in enumerate(running):
            some = luck.sample(left, 4)
            changes = {(event.contact, event.event_id): luck.choice([GONE, 1, 5, 9]) for event in some}
            change(changes)
            left = changed(left, changes)
            more = events[160 + 4 * number : 164 + 4 * number]
            if more:
                inbox.put(more)
                fold_inbox(inbox.NOW)
                left = oracle.accepted(left + more)
    assert verify.differences() == []

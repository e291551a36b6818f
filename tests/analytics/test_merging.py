"""Two who are one: every total is what it would be had they been one from the beginning."""

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from unittest.mock import patch

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics import erasing, merging, rebuild, verify
from analytics.event_types import EventType as T
from analytics.fold import fold_inbox, steps
from analytics.ingest import record_events
from analytics.models import CampaignAttribution, Contact, DataVersion, Event, InboxBatch
from analytics.tasks import fold_inbox as job
from compliance import merging as identities
from compliance import people
from compliance.models import IdentityAlias, JobRun, MergeWaiting
from tests.analytics import inbox, oracle
from tests.analytics.oracle import Happened
from tests.analytics.test_fold import MONEY, UndoError, at, batches_of, example, happenings, uid
from tests.analytics.test_recounting import HALF_TO_TWO

pytestmark = pytest.mark.django_db
Pairs = Sequence[tuple[int, int]]


def known(most: int) -> dict[int, int]:
    """People called "1" to so many; the number of each."""
    found = people.identify([str(number) for number in range(1, most + 1)], inbox.NOW)
    Contact.objects.bulk_create([Contact(id=number) for number in found.values()], ignore_conflicts=True)
    return {int(name): number for name, number in found.items()}


def told(pairs: Pairs) -> None:
    identities.note([(str(former), str(stays)) for former, stays in pairs], inbox.NOW)


def of(numbers: dict[int, int], events: list[Happened]) -> list[Happened]:
    return [replace(event, contact=numbers[event.contact]) for event in events]


def as_one(pairs: Pairs, events: list[Happened]) -> list[Happened]:
    """The events as if the people had always been one: by plain search, sharing nothing with what is tested."""
    sets: list[set[int]] = []
    for pair in pairs:
        near = [one for one in sets if one & set(pair)]
        sets = [one for one in sets if one not in near] + [set(pair).union(*near)]
    least = {person: min(one) for one in sets for person in one}
    return [replace(event, contact=least.get(event.contact, event.contact)) for event in events]


def arrived(parts: list[list[Happened]], numbers: dict[int, int], after: timedelta) -> None:
    """Each a minute after the one before."""
    for place, part in enumerate(parts):
        batch = inbox.put(of(numbers, part))
        received_at = inbox.NOW + after + timedelta(minutes=place)
        InboxBatch.objects.filter(pk=batch.pk).update(received_at=received_at)


def each_once(parts: list[list[Happened]]) -> list[list[Happened]]:
    """Of two alike that came in one moment nobody can tell which was first."""
    return [list({event.event_id: event for event in reversed(part)}.values()) for part in parts]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(happenings(), min_size=1, max_size=40),
    st.lists(st.integers(0, 1000), max_size=6),
    st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4)), min_size=1, max_size=5),
    st.integers(0, 6),
    st.sampled_from([1, steps.MOST_READ]),
    st.booleans(),
)
def test_totals_are_those_of_one_person_from_the_beginning(
    events: list[Happened], cuts: list[int], pairs: Pairs, counted: int, most_read: int, one_by_one: bool
) -> None:
    """Whatever was counted before they were merged, and whatever still comes under a former number."""
    try:
        with transaction.atomic(), patch.object(steps, "MOST_READ", most_read):
            inbox.campaigns(1, 2)
            numbers = known(4)
            parts = each_once(batches_of(events, cuts))
            arrived(parts[:counted], numbers, timedelta(0))
            fold_inbox(inbox.NOW)
            told(pairs)
            with patch.object(merging, "MOST", 1 if one_by_one else 50):
                while merging.merge_waiting(inbox.NOW):
                    pass
            assert verify.differences() == []
            arrived(parts[counted:], numbers, timedelta(hours=1))
            fold_inbox(inbox.NOW)
            assert inbox.kept_totals() == oracle.totals(as_one(pairs, [event for part in parts for event in part]))
            assert verify.differences() == []
            assert not MergeWaiting.objects.exists()
            raise UndoError
    except UndoError:
        pass


def clicked_twice() -> dict[int, int]:
    """Two people with one click each of one message, by two ids."""
    inbox.campaigns(1)
    numbers = known(3)
    inbox.put([Happened(uid(n), numbers[n], T.CLICKED, at(n), 1, link=n) for n in (1, 2)])
    inbox.put([Happened(uid(8), numbers[1], T.CONVERTED, at(5), amount=MONEY[1])])
    fold_inbox(inbox.NOW)
    return numbers


def uniques() -> Decimal:
    return sum((value for cell, value in inbox.kept_totals().items() if cell[3] == "unique_clicks"), Decimal(0)) / 2


def test_two_who_clicked_are_one_who_did() -> None:
    numbers = clicked_twice()
    assert uniques() == 2
    told([(1, 2)])
    version = DataVersion.objects.get().version
    assert merging.merge_waiting(inbox.NOW) == 1
    assert uniques() == 1
    assert set(Event.objects.values_list("contact_id", flat=True)) == {numbers[2]}
    credit = CampaignAttribution.objects.get()
    assert (credit.contact_id, credit.touch_event_id and credit.touch_event_id.hex) == (numbers[2], uid(2))
    assert DataVersion.objects.get().version > version


def test_repeats_and_circles_change_nothing() -> None:
    numbers = clicked_twice()
    for pairs in ([(1, 2), (1, 2)], [(2, 1)], [(1, 2)], [(1, 1)]):
        told(pairs)
        merging.merge_waiting(inbox.NOW)
    assert list(IdentityAlias.objects.values_list("former_id", "contact_id")) == [(numbers[1], numbers[2])]
    version = DataVersion.objects.get().version
    told([(1, 2), (2, 1)])
    assert (MergeWaiting.objects.count(), merging.merge_waiting(inbox.NOW)) == (0, 0)
    assert DataVersion.objects.get().version == version


def test_who_did_nothing_is_merged_without_counting() -> None:
    clicked_twice()
    told([(3, 2)])
    version = DataVersion.objects.get().version
    assert merging.merge_waiting(inbox.NOW) == 1
    assert people.identify(["3"], inbox.NOW)["3"] == people.identify(["2"], inbox.NOW)["2"]
    assert DataVersion.objects.get().version == version
    assert verify.differences() == []


def test_clicks_of_two_ids_are_one_machines_burst() -> None:
    inbox.campaigns(1)
    numbers = known(2)
    clicks = [Happened(uid(n), numbers[1 + n % 2], T.CLICKED, at(1 + n / 3600), 1, link=n) for n in range(3)]
    inbox.put(clicks)
    fold_inbox(inbox.NOW)
    assert set(Event.objects.values_list("machine", flat=True)) == {0}
    told([(1, 2)])
    merging.merge_waiting(inbox.NOW)
    assert 0 not in set(Event.objects.values_list("machine", flat=True))
    assert verify.differences() == []


def test_an_event_under_both_ids_is_known_once_as_it_was_first_accepted() -> None:
    inbox.campaigns(1)
    numbers = known(2)
    for place, (number, hour) in enumerate([(2, 20), (1, 10)]):
        batch = inbox.put([Happened(uid(1), numbers[number], T.CONVERTED, at(hour), 1, amount=MONEY[place])])
        InboxBatch.objects.filter(pk=batch.pk).update(received_at=inbox.NOW - timedelta(hours=place))
    fold_inbox(inbox.NOW)
    told([(1, 2)])
    merging.merge_waiting(inbox.NOW)
    event = Event.objects.get()
    assert (event.contact_id, event.occurred_at, event.amount) == (numbers[2], at(10), MONEY[1])
    assert verify.differences() == []


def test_shares_of_other_models_go_along() -> None:
    numbers = clicked_twice()
    with connection.cursor() as cursor:
        cursor.execute(HALF_TO_TWO)
    told([(1, 2)])
    merging.merge_waiting(inbox.NOW)
    kept = CampaignAttribution.objects.order_by("model").values_list("contact_id", "model")
    assert list(kept) == [(numbers[2], 0), (numbers[2], 1)]


def test_the_job_merges_once_all_is_counted() -> None:
    numbers = clicked_twice()
    inbox.put([Happened(uid(3), numbers[1], T.CLICKED, at(9), 1, link=9)])
    told([(1, 2)])
    job()
    assert not MergeWaiting.objects.exists()
    assert set(Event.objects.values_list("contact_id", flat=True)) == {numbers[2]}
    assert JobRun.objects.get().outcome == "done"


def test_one_that_fails_is_put_off_and_the_others_are_done() -> None:
    numbers = clicked_twice()
    told([(1, 2), (3, 2)])
    settle = identities.settle

    def failing(waiting: list[MergeWaiting], at: object) -> identities.Settled:
        if any(row.contact_id == numbers[1] for row in waiting):
            raise DatabaseError("too much")
        return settle(waiting, inbox.NOW)

    with patch.object(identities, "settle", failing), pytest.raises(DatabaseError, match="too much"):
        merging.merge_waiting(inbox.NOW)
    assert list(MergeWaiting.objects.values_list("contact_id", flat=True)) == [numbers[1]]
    assert merging.merge_waiting(inbox.NOW) == 0
    assert merging.merge_waiting(inbox.NOW + identities.PATIENCE) == 1
    assert (uniques(), verify.differences()) == (1, [])


def test_one_that_is_killed_has_done_nothing_and_is_done_again() -> None:
    clicked_twice()
    told([(1, 2)])
    with patch.object(merging, "recounted", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        merging.merge_waiting(inbox.NOW)
    assert (MergeWaiting.objects.count(), IdentityAlias.objects.count(), uniques()) == (1, 0, 2)
    merging.merge_waiting(inbox.NOW)
    assert (uniques(), verify.differences()) == (1, [])


def test_a_rebuild_that_runs_hears_of_it() -> None:
    inbox.campaigns(1, 2)
    numbers = known(12)
    luck = random.Random(7)
    events = of(numbers, [example(luck, number) for number in range(160)])
    inbox.put(events)
    fold_inbox(inbox.NOW)
    with closing(rebuild.run(lambda: inbox.NOW, events=15)) as running:
        for step, _ in enumerate(running):
            told([(former, former + 1) for former in (2 * step + 1, 2 * step + 2) if former < 12])
            merging.merge_waiting(inbox.NOW)
    assert IdentityAlias.objects.count() > 6
    assert verify.differences() == []


@pytest.mark.django_db(transaction=True)
def test_the_door_waits_for_no_merge_and_what_it_takes_meanwhile_is_the_contacts() -> None:
    """Events under a former number, of a client that was told nothing, and the same merge told again."""
    numbers = clicked_twice()
    told([(1, 2)])

    def meanwhile() -> None:
        click = {"event_id": "late", "type": "clicked", "contact": "1", "campaign": "c1", "message": "late"}
        record_events([click | {"occurred_at": inbox.NOW.isoformat()}], source="events", at=inbox.NOW)
        told([(1, 2)])
        connection.close()

    with ThreadPoolExecutor(1) as other, transaction.atomic():
        merging.merge_waiting(inbox.NOW)
        other.submit(meanwhile).result(timeout=20)
    fold_inbox(inbox.NOW)
    assert not MergeWaiting.objects.exists()
    assert set(Event.objects.values_list("contact_id", flat=True)) == {numbers[2]}
    assert Event.objects.filter(message="late").exists()
    assert verify.differences() == []


def test_a_dead_batch_of_a_former_number_is_the_contacts_once_it_is_retried() -> None:
    numbers = clicked_twice()
    batch = inbox.put([Happened(uid(3), numbers[1], T.OPENED, at(9), 1)])
    InboxBatch.objects.update(state=InboxBatch.State.DEAD)
    told([(1, 2)])
    merging.merge_waiting(inbox.NOW)
    InboxBatch.objects.filter(pk=batch.pk).update(state=InboxBatch.State.WAITING)
    fold_inbox(inbox.NOW)
    assert Event.objects.get(type=T.OPENED).contact_id == numbers[2]


def test_who_is_erased_by_any_id_is_erased_as_the_one_that_they_are() -> None:
    numbers = clicked_twice()
    told([(1, 2)])
    merging.merge_waiting(inbox.NOW)
    before = inbox.kept_totals()
    theirs = people.numbers_of(["1"])
    assert theirs == tuple(sorted((numbers[1], numbers[2])))
    people.forget(["1"], inbox.NOW)
    for number in theirs:
        erasing.cut_from_person(number)
    assert people.identify(["1", "2"], inbox.NOW) == {}
    assert not IdentityAlias.objects.exists()
    assert min(Event.objects.values_list("contact_id", flat=True)) >= erasing.NOBODY
    assert (inbox.kept_totals(), verify.differences()) == (before, [])

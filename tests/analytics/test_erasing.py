"""What somebody did stays counted, and is nobody's: no total moves, and no number leads back."""

import random
from contextlib import closing
from decimal import Decimal
from unittest.mock import patch
from uuid import UUID

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics import erasing, rebuild, verify
from analytics.event_types import EventType as T
from analytics.fold import fold_inbox, steps
from analytics.models import CampaignAttribution, Contact, Event, InboxBatch
from analytics.personal_data import ACTIVITY, Activity, Inbox
from compliance.sources import NotYet, Person
from tests.analytics import inbox, oracle
from tests.analytics.oracle import Happened
from tests.analytics.test_fold import UndoError, at, batches_of, example, happenings, uid

pytestmark = pytest.mark.django_db
SEVEN = Person((7,), ())


def fold(*events: Happened) -> None:
    inbox.campaigns(1, 2)
    inbox.put(events)
    fold_inbox(inbox.NOW)


def erase(contact: int) -> dict[str, int]:
    with transaction.atomic():
        return erasing.cut_from_person(contact)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(happenings(), min_size=1, max_size=40),
    st.lists(st.integers(0, 1000), max_size=4),
    st.lists(happenings(), max_size=10),
    st.sampled_from([1, steps.MOST_READ]),
)
def test_totals_stay_whoever_is_erased(
    events: list[Happened], cuts: list[int], more: list[Happened], most_read: int
) -> None:
    """And what others do afterwards is counted as ever."""
    try:
        with transaction.atomic(), patch.object(steps, "MOST_READ", most_read):
            inbox.campaigns(1, 2)
            for part in batches_of(events, cuts):
                inbox.put(part)
                fold_inbox(inbox.NOW)
            before = inbox.kept_totals()
            erase(1)
            erase(2)
            assert inbox.kept_totals() == before == oracle.totals(events)
            assert verify.differences() == []
            assert erasing.left((1, 2), ACTIVITY) == {}
            of_three = [event for event in more if event.contact == 3]
            inbox.put(of_three)
            fold_inbox(inbox.NOW)
            assert inbox.kept_totals() == oracle.totals(events + of_three)
            assert verify.differences() == []
            raise UndoError
    except UndoError:
        pass


def test_no_number_or_name_of_before_is_left() -> None:
    fold(
        Happened(uid(1), 7, T.SENT, at(1), 1, message="to-seven"),
        Happened(uid(2), 7, T.CLICKED, at(2), 1, message="to-seven", link=11, network=12),
        Happened(uid(3), 7, T.CONVERTED, at(3), 0, order=13, amount=Decimal("5.00")),
        Happened(uid(4), 8, T.SENT, at(1), 1, message="to-eight"),
    )
    counts = erase(7)

    assert counts["event"] == 3
    kept = Event.objects.exclude(contact_id=8)
    assert len({event.contact_id for event in kept}) == 1
    assert min(event.contact_id for event in kept) >= erasing.NOBODY
    names = ("event_id", "message", "link", "network", "order_key")
    said = {str(getattr(event, name)) for event in kept for name in names}
    assert not said & {"to-seven", "11", "12", "13", *(str(UUID(uid(number))) for number in (1, 2, 3))}
    credit = CampaignAttribution.objects.get()
    click = kept.get(type=T.CLICKED)
    assert (credit.campaign_id, credit.message, credit.touch_event_id) == (1, click.message, click.event_id)
    assert Event.objects.get(contact_id=8).message == "to-eight"


def test_somebody_who_did_nothing_leaves_nothing_to_cut() -> None:
    fold(Happened(uid(1), 8, T.SENT, at(1), 1))
    Contact.objects.create(id=7)
    assert erase(7) == {"contact": 1}
    assert erase(7) == {}


def test_what_waits_is_counted_first_and_what_is_dead_is_cut() -> None:
    inbox.campaigns(1)
    both = inbox.put([Happened(uid(n), n, T.SENT, at(1), 1) for n in (7, 8)])
    alone = inbox.put([Happened(uid(9), 7, T.OPENED, at(2), 1)])
    with pytest.raises(NotYet, match="wait to be counted"):
        Inbox().erase(SEVEN, inbox.NOW)
    InboxBatch.objects.update(state=InboxBatch.State.DEAD)

    assert Inbox().verify(SEVEN) == {"inbox": 2}
    assert Inbox().erase(SEVEN, inbox.NOW) == {"inbox": 2}
    assert Inbox().verify(SEVEN) == {}
    assert list(InboxBatch.objects.values_list("pk", "rows", "line")) == [(both.pk, 1, 1)]
    assert not InboxBatch.objects.filter(pk=alone.pk).exists()
    InboxBatch.objects.update(state=InboxBatch.State.WAITING)
    fold_inbox(inbox.NOW)
    assert Event.objects.get().contact_id == 8


def test_a_rebuild_that_was_given_up_starts_over() -> None:
    luck = random.Random(3)
    fold(*(example(luck, number) for number in range(120)))
    with closing(rebuild.run(lambda: inbox.NOW, events=15)) as going:
        for _ in range(3):
            next(going)
    who = Event.objects.values_list("contact_id", flat=True)[0]
    erase(who)
    rebuild.rebuild(inbox.NOW)
    assert verify.differences() == []


@pytest.mark.django_db(transaction=True)
def test_nobody_is_erased_while_a_rebuild_counts() -> None:
    fold(Happened(uid(1), 7, T.SENT, at(1), 1))
    with closing(connection.copy()) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [rebuild.REBUILD_LOCK])
        with pytest.raises(NotYet, match="rebuild"):
            erase(7)
    assert Event.objects.get().contact_id == 7


def test_the_person_is_told_what_they_did() -> None:
    fold(Happened(uid(1), 7, T.SENT, at(1), 1, message="hello"), Happened(uid(2), 8, T.SENT, at(1), 1))
    (deed,) = Activity().export(SEVEN)
    assert (deed["deed"], deed["campaign"], deed["message"]) == ("sent", "Campaign 1", "hello")

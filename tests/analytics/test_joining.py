"""Contacts kept under several spellings of an address: joined, every total is that of one person from the beginning."""

from datetime import timedelta
from io import StringIO
from unittest.mock import patch

import pytest
from django.core.management import call_command
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics import joining, merging, sql, tasks, verify
from analytics.fold import fold_inbox
from analytics.ingest import record_events
from analytics.models import Contact, Event
from compliance import joining as identities
from compliance import people
from compliance.models import AuditEntry, Identity, IdentityAlias, JobRun, MergeWaiting
from tests.analytics import inbox, oracle
from tests.analytics.oracle import Happened
from tests.analytics.test_fold import UndoError, batches_of, happenings
from tests.analytics.test_merging import arrived, as_one, clicked_twice, each_once, uniques
from tests.compliance.spelled import kept_before, unseen

pytestmark = pytest.mark.django_db
SPELLED = {1: "Ann@Example.com", 2: "ann@example.com", 3: "ANN@example.com", 4: "Bob@example.com"}
ONE = [(1, 2), (2, 3)]


def spelled() -> dict[int, int]:
    """The number that each of them has; each was somebody else until now."""
    found = kept_before(*SPELLED.values())
    Contact.objects.bulk_create([Contact(id=number) for number in found.values()])
    return {name: found[spelling] for name, spelling in SPELLED.items()}


def joined() -> None:
    for _ in joining.join(lambda: inbox.NOW):
        pass
    while merging.merge_waiting(inbox.NOW):
        pass


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(happenings(), min_size=1, max_size=40),
    st.lists(st.integers(0, 1000), max_size=6),
    st.integers(0, 6),
    st.sampled_from([1, 2, identities.SLICE]),
)
def test_totals_are_those_of_one_person_from_the_beginning(
    events: list[Happened], cuts: list[int], counted: int, size: int
) -> None:
    """Whatever was counted before, and whatever still comes under a former number."""
    try:
        with transaction.atomic(), patch.object(identities, "SLICE", size):
            inbox.campaigns(1, 2)
            numbers = spelled()
            parts = each_once(batches_of(events, cuts))
            arrived(parts[:counted], numbers, timedelta(0))
            fold_inbox(inbox.NOW)
            joined()
            assert verify.differences() == []
            arrived(parts[counted:], numbers, timedelta(hours=1))
            fold_inbox(inbox.NOW)
            assert inbox.kept_totals() == oracle.totals(as_one(ONE, [event for part in parts for event in part]))
            assert verify.differences() == []
            assert not MergeWaiting.objects.exists()
            raise UndoError
    except UndoError:
        pass


def click(contact: str, event_id: str) -> None:
    said = {"event_id": event_id, "type": "clicked", "contact": contact, "campaign": "c1", "message": "m"}
    record_events([said | {"occurred_at": inbox.NOW.isoformat()}], source="events", at=inbox.NOW)


def test_who_comes_back_before_they_are_joined_is_counted_as_the_one_that_they_are() -> None:
    """Under either spelling the doors find the small one from the first moment on."""
    inbox.campaigns(1)
    contact = kept_before("Ann@Example.com")["Ann@Example.com"]
    click("Ann@Example.com", "a")
    click("ann@example.com", "b")
    fold_inbox(inbox.NOW)
    assert set(Event.objects.values_list("contact_id", flat=True)) != {contact}
    joined()
    assert len(set(Event.objects.values_list("contact_id", flat=True))) == 1
    click("ANN@EXAMPLE.COM", "c")
    fold_inbox(inbox.NOW)
    assert (uniques(), Event.objects.count(), verify.differences()) == (1, 3, [])


def test_the_job_joins_once_by_itself_and_wakes_the_fold(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = clicked_twice()
    unseen(numbers.values())
    kept_before("Ann@Example.com", "ann@example.com")
    woken: list[str] = []
    monkeypatch.setattr(joining, "wake_fold", lambda: woken.append("fold"))
    tasks.join_addresses()
    run = JobRun.objects.get(name="join_addresses")
    assert (run.outcome, run.rows, woken) == ("done", 5, ["fold"])
    tasks.join_addresses()
    assert JobRun.objects.filter(name="join_addresses", rows__gt=0).count() == 1
    assert AuditEntry.objects.filter(act="joined").count() == 1


def test_a_job_that_has_no_more_time_goes_on_in_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    kept_before("Ann@Example.com", "Bob@Example.com")
    woken: list[str] = []
    monkeypatch.setattr(identities, "SLICE", 1)
    monkeypatch.setattr(tasks, "JOIN_SECONDS", -1)
    monkeypatch.setattr(tasks, "wake", woken.append)
    tasks.join_addresses()
    assert (woken, IdentityAlias.objects.count()) == ([tasks.JOIN], 1)
    tasks.join_addresses()
    assert IdentityAlias.objects.count() == 2


def test_one_that_is_killed_has_joined_nobody_of_its_slice() -> None:
    kept_before("Ann@Example.com")
    with patch.object(sql, "load", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        joined()
    assert (IdentityAlias.objects.count(), Identity.objects.count()) == (0, 1)
    joined()
    assert list(people.identify(["ann@example.com"], inbox.NOW).values()) == [Identity.objects.earliest("pk").pk]


def test_the_command_says_what_it_did() -> None:
    kept_before("Ann@Example.com", "ann@example.com", "Bob@example.com", "c-1")
    out = StringIO()
    call_command("join_addresses", stdout=out)
    assert out.getvalue().startswith("4 ids looked at: 1 are found by the address in small letters, too; 1 wait")
    again = StringIO()
    call_command("join_addresses", stdout=again)
    assert again.getvalue().startswith("0 ids looked at: 0 ")

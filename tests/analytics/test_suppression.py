"""Who was erased does not come back: their events are dropped at the door and counted, whoever sends them."""

import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from time import sleep
from unittest.mock import patch

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection, transaction
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from analytics.fold import fold_inbox
from analytics.ingest import record_campaigns, record_events
from analytics.models import Contact, Event, ImportFile, InboxBatch, SuppressedEvents
from compliance import people
from compliance.models import Identity
from tests.analytics.events import NOW, event
from tests.compliance import keys

ADA = "ada@example.com"


@pytest.fixture(autouse=True)
def spring(db: None) -> None:
    record_campaigns([{"campaign": "spring-sale", "name": "Spring sale", "channel": "email"}], at=NOW)


def forget(name: str = ADA) -> dict[str, int]:
    with transaction.atomic():
        people.close_door()
        return people.forget([name], NOW)


def test_a_later_event_is_dropped_and_counted() -> None:
    record_events([event()], source="shop", at=NOW)
    fold_inbox(NOW)
    assert forget() == {"identity": 1, "identity_alias": 0, "identity_field": 0, "suppression": 1}

    verdicts = record_events([event(event_id="2"), event(event_id="3", contact="bob")], source="shop", at=NOW)
    record_events([event(event_id="4", contact=" Ada@Example.com ")], source="shop", at=NOW + timedelta(hours=1))
    fold_inbox(NOW)

    assert list(verdicts.results) == ["suppressed", "accepted"]
    assert (verdicts.accepted, verdicts.suppressed, verdicts.rejected) == (1, 1, 0)
    assert Event.objects.count() == 2  # what was counted stays, and Bob's
    assert Identity.objects.count() == 1
    counted = SuppressedEvents.objects.get()
    assert (counted.day, counted.source.name, counted.events) == (NOW.date(), "shop", 2)


def test_nothing_of_a_suppressed_event_is_kept() -> None:
    forget()
    record_events([event(user_agent="Known by its agent/1.0")], source="shop", at=NOW)
    assert not InboxBatch.objects.exists()
    assert not Contact.objects.exists()


def test_the_api_says_what_was_dropped() -> None:
    forget()
    body = [event()]
    answer = Client().post("/api/v1/events", body, "application/json", headers=keys.headers("events:write"))
    assert answer.status_code == 202
    assert {name: answer.json()[name] for name in ("accepted", "rejected", "suppressed")} == {
        "accepted": 0,
        "rejected": 0,
        "suppressed": 1,
    }
    assert answer.json()["results"] == [{"index": 0, "status": "suppressed"}]


def test_an_imported_file_says_what_was_dropped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    forget()
    file = tmp_path / "events.csv"
    file.write_text(
        "event_id,type,occurred_at,campaign,contact\n"
        f"1,sent,2026-10-20T09:00:00Z,spring-sale,{ADA}\n2,sent,2026-10-20T09:00:00Z,spring-sale,bob\n"
    )
    call_command("import_events", str(file))
    assert "1 of erased people dropped" in capsys.readouterr().out
    record = ImportFile.objects.get()
    assert (record.read, record.taken, record.suppressed, record.rejected) == (2, 1, 1, 0)


def test_a_batch_of_known_people_costs_no_look_at_the_list(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    people.identify([ADA, "bob"], NOW)
    with django_assert_num_queries(1):
        people.identify([ADA, "bob"], NOW)


@pytest.mark.django_db(transaction=True)
def test_whoever_took_a_number_has_used_it_before_somebody_is_erased() -> None:
    """An event that is being taken in is either counted with the person's, or dropped; never left behind."""
    record_events([event()], source="shop", at=NOW)
    taking, refused = threading.Event(), threading.Event()

    def take() -> None:
        with closing(connection.copy()) as own, own.cursor() as cursor:
            own.set_autocommit(False)
            cursor.execute("SELECT contact_id FROM identity")
            taking.set()
            refused.wait(60)
            sleep(0.3)  # so that the other has begun to wait, most times
            own.commit()

    thread = threading.Thread(target=take)
    thread.start()
    taking.wait()
    with patch.object(people, "DOOR_SECONDS", 0.1), pytest.raises(OperationalError, match="lock timeout"):
        forget()
    assert Identity.objects.count() == 1
    refused.set()
    forget()  # waits for the other
    thread.join()
    assert not Identity.objects.exists()

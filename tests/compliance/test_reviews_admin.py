"""Officers review who looked at whom in the admin."""

import csv
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from compliance.models import AccessReview, AuditEntry, ReviewFinding, ReviewSignature
from compliance.reviews.quarters import Quarter
from tests.compliance.looks import IN_Q3, granted, log, person, row, signed_in

pytestmark = pytest.mark.django_db
LIST = "/admin/compliance/accessreview/"
Q3 = f"{LIST}2026-Q3/"
NOTE = "Read with all who stand out"
QUERIES = 20


@pytest.fixture
def ada() -> User:
    return person("ada")


@pytest.fixture
def nina(db: None) -> Client:
    return signed_in(person("nina", "Compliance officer"))


@pytest.fixture
def looked(ada: User, nina: Client) -> User:
    """Ada looked at people in the third quarter, and there is a review of it."""
    log(
        granted(ada, "Ticket 1: nothing came"),
        row(ada, "listed", contacts=[1, 2, 3]),
        row(ada, "revealed", IN_Q3.replace(hour=20), contacts=[2]),
        row(ada, "refused", contacts=[9]),
    )
    nina.get(LIST)
    return ada


def shown(client: Client, address: str = f"{Q3}change/") -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def sign(client: Client, note: str = NOTE) -> str:
    fingerprint = client.get(f"{Q3}change/").context["report"].fingerprint
    return client.post(f"{Q3}sign/", {"note": note, "fingerprint": fingerprint}, follow=True).content.decode()


def test_quarters_are_listed_with_their_state(looked: User, nina: Client) -> None:
    log(row(looked, "listed", timezone.now(), [1]))
    page = shown(nina, LIST)
    this = Quarter.of(timezone.now(), timezone.get_default_timezone()).name
    assert this in page
    assert "2026-Q3" in page
    assert "Running (1)" in page
    AccessReview.objects.filter(pk="2026-Q3").update(due_at=timezone.now())
    assert "Overdue (1)" in shown(nina, LIST)
    assert [row.pk for row in nina.get(LIST, {"state": "OVERDUE"}).context["cl"].queryset] == ["2026-Q3"]
    assert nina.get(LIST, {"state": "nonsense"}).context["cl"].result_count == 2


def test_a_figure_leads_to_its_rows_of_the_log(looked: User, nina: Client) -> None:
    nina.get(f"{Q3}change/")
    log(row(person("ben"), "listed", contacts=[5]), row(looked, "listed", timezone.now(), [6]))
    people = {one[0].name: one for one in nina.get(f"{Q3}change/").context["people"]}
    found, cells, purposes, followed = people["ada"]
    rows = {cell.label: nina.get(cell.url).context["cl"].result_count for cell in cells}
    assert rows == {
        "grants opened": 1, "different contacts": 2, "contacts listed": 1, "revealed in full": 1, "refused tries": 1,
        "different campaigns": 2, "looks outside working hours": 1,
    }  # fmt: skip
    assert (purposes, followed) == ("1 for complaint", False)
    assert found.figures["contacts"] == 3


def test_the_page_of_a_person_has_their_reasons_and_is_noted(looked: User, nina: Client) -> None:
    page = shown(nina, f"{Q3}people/user-{looked.pk}/")
    assert "Ticket 1: nothing came" in page
    assert "Customer complaint" in page
    assert AuditEntry.objects.filter(act="looked at", object_id="2026-Q3", username="nina").count() == 1
    assert nina.get(f"{Q3}people/user-0/").status_code == 404
    assert nina.get(f"{LIST}2026-Q9/people/user-0/").status_code == 404


def test_small_groups_are_said_to_be_too_small(looked: User, nina: Client) -> None:
    assert "Marketing admin: 1 person looked, too few to be compared" in shown(nina)


def test_it_is_signed_with_a_note(looked: User, nina: Client) -> None:
    assert "Say in at least 10" in sign(nina, "ok")
    assert not ReviewSignature.objects.exists()
    page = sign(nina)
    assert "Signed." in page
    assert "the log still gives what was signed" in page
    assert "signed already" in sign(nina)
    log(row(looked, "revealed", contacts=[1]))
    assert "does not give any more what was signed" in shown(nina)


def test_a_report_that_changed_is_shown_again(looked: User, nina: Client) -> None:
    page = nina.post(f"{Q3}sign/", {"note": NOTE, "fingerprint": "0"}, follow=True).content.decode()
    assert "changed since it was shown to you" in page
    assert nina.post(f"{LIST}2026-Q9/sign/", {"note": NOTE}).status_code == 404


def test_an_officer_who_looked_needs_another(looked: User) -> None:
    omar, olga = person("omar", "Compliance officer"), person("olga", "Compliance officer")
    log(row(omar, "listed", contacts=[1]))
    assert "your signature leaves out your own row" in shown(signed_in(omar))
    page = sign(signed_in(omar))
    assert "Not signed by anybody else yet: omar" in page
    assert "<textarea" not in page
    assert "omar, and one more is needed" in shown(signed_in(omar), LIST)
    assert "Signed." in sign(signed_in(olga))
    own = shown(signed_in(omar), f"{Q3}people/user-{omar.pk}/")
    assert "These are your own accesses" in own
    assert "Follow up" not in own


def test_findings_are_followed_up_and_closed(looked: User, nina: Client) -> None:
    place = f"{Q3}people/user-{looked.pk}/"
    assert "Say in at least" in nina.post(f"{place}follow-up/", {"text": "Ask why"}, follow=True).content.decode()
    nina.post(f"{place}follow-up/", {"text": "Ask why so many at once"})
    finding = ReviewFinding.objects.get()
    assert "followed up" in shown(nina)
    assert "Say in at least" in nina.post(f"{LIST}finding/{finding.pk}/close/", follow=True).content.decode()
    nina.post(f"{LIST}finding/{finding.pk}/close/", {"outcome": "A mailing had failed"})
    assert "Closed: A mailing had failed" in shown(nina, place)
    assert nina.post(f"{LIST}finding/0/close/", {"outcome": "A mailing had failed"}).status_code == 404


def test_the_table_is_safe_for_spreadsheets_and_has_no_reasons(looked: User, nina: Client) -> None:
    User.objects.filter(pk=looked.pk).update(username="=cmd|' /C calc'!A0")
    answer = nina.get(f"{Q3}csv/")
    assert answer["Content-Type"].startswith("text/csv")
    [line] = csv.DictReader(StringIO(answer.content.decode()))
    assert line["name"] == "'=cmd|' /C calc'!A0"
    assert (line["different contacts"], line["grants for complaint"], line["refused tries"]) == ("3", "1", "1")
    assert "Ticket" not in answer.content.decode()
    assert AuditEntry.objects.filter(act="downloaded", username="nina").count() == 1


def test_nothing_is_changed_by_other_ways(looked: User, nina: Client) -> None:
    assert nina.post(f"{Q3}change/", {"signed_at": "2026-10-01"}).status_code == 403
    assert nina.get(f"{Q3}delete/").status_code == 403
    assert nina.get(f"{LIST}add/").status_code == 403
    assert nina.get(f"{Q3}sign/").status_code == 405
    assert nina.get(f"{LIST}2026-Q9/change/").status_code == 404


def test_who_is_no_officer_sees_nothing(looked: User) -> None:
    places = [LIST, f"{Q3}change/", f"{Q3}csv/", f"{Q3}people/user-{looked.pk}/"]
    for client in (signed_in(looked), signed_in(person("ann", "Analyst")), signed_in(person("op", "Operator"))):
        assert {client.get(place).status_code for place in places} == {403}
        assert client.post(f"{Q3}sign/", {"note": NOTE}).status_code == 403
        assert client.post(f"{places[3]}follow-up/", {"text": NOTE}).status_code == 403
        assert client.post(f"{LIST}finding/0/close/", {"outcome": NOTE}).status_code == 403
    assert Client().get(places[1]).status_code == 302
    assert not AuditEntry.objects.exists()


def test_the_cost_does_not_grow_with_the_people(looked: User, nina: Client) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            shown(nina)
        return len(queries)

    few = asked()
    for number in range(20):
        log(row(person(f"p{number}"), "listed", IN_Q3, [number]))
    assert asked() == few <= QUERIES

"""Compliance officers work on requests and holds in the admin, each act in the audit trail."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone

from compliance.models import AuditEntry, DataSubjectRequest, LegalHold
from compliance.subjects import requests, working
from tests.compliance.requests import approved, fresh, received, verified
from tests.compliance.requests import officer as entered_by

pytestmark = pytest.mark.django_db
LIST = "/admin/compliance/datasubjectrequest/"
HOLDS = "/admin/compliance/legalhold/"
ADA = "ada.lovelace@example.com"


def officer(name: str) -> Client:
    user = User.objects.create_user(name, is_staff=True)
    user.groups.add(Group.objects.get(name="Compliance officer"))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def nina(db: None) -> Client:
    return officer("nina")


def act(client: Client, row: DataSubjectRequest, **fields: Any) -> str:
    given = {"act": "", "check": "", "words": ""} | fields
    return client.post(f"{LIST}{row.pk}/change/", given, follow=True).content.decode()


def enter(client: Client, **fields: Any) -> str:
    at = timezone.now() - timedelta(days=1)
    given = {"kind": "erasure", "regime": "gdpr", "identifiers": f"{ADA}\ncustomer-17"} | fields
    moment = {"received_at_0": at.date().isoformat(), "received_at_1": "00:00:00"}
    return client.post(f"{LIST}add/", moment | given, follow=True).content.decode()


def test_from_the_letter_to_the_receipt(nina: Client) -> None:
    assert "the clock runs" in enter(nina)
    row = DataSubjectRequest.objects.get()
    assert "a•••@example.com" in nina.get(f"{LIST}{row.pk}/change/").content.decode()
    act(nina, row, act="acknowledge")
    assert "Noted." in act(nina, row, act="confirm", check="account")
    assert "second person" in act(nina, row, act="approve")
    assert "Noted." in act(officer("omar"), row, act="approve")
    working.work(timezone.now())

    receipt = nina.get(f"{LIST}{row.pk}/receipt/")
    assert receipt.json()["request"] == str(row.pk)
    page = nina.get(f"{LIST}{row.pk}/change/").content.decode()
    assert "Nobody knows any more" in page
    assert "identity: " in page  # what went so far, in words
    assert "Extension reason" not in page  # what there is nothing of is left out
    done = [entry.act for entry in AuditEntry.objects.filter(username="nina") if entry.act != "looked at"]
    assert done == ["received", "acknowledged", "identity checked"]


def test_nobody_is_shown_in_clear_and_each_look_is_noted(nina: Client) -> None:
    row = received("access", ADA)
    pages = [
        nina.get(address).content.decode() for address in (LIST, f"{LIST}{row.pk}/change/", f"{LIST}{row.pk}/history/")
    ]
    assert not [page for page in pages if ADA in page]
    assert AuditEntry.objects.filter(act="looked at", username="nina").count() == 1


def test_deadlines_are_counted_and_coloured(nina: Client) -> None:
    now = timezone.now()
    for days in (0, 22, 25, 30):
        received("access", f"person {days}", at=now, received_at=now - timedelta(days=days))
    closed = received("objection", "somebody else", at=now, received_at=now - timedelta(days=60))
    requests.refuse(closed, "Nobody could say who asks", by=entered_by(), at=now)

    page = nina.get(LIST).content.decode()
    assert [label for label in ("Late (1)", "Soon (2)", "In time (1)", "Closed (1)") if label not in page] == []
    assert page.count('class="due soon"') == 2
    assert page.index('class="due late"') < page.index('class="due soon"') < page.index('class="due closed"')
    assert nina.get(LIST, {"deadline": "LATE"}).context["cl"].result_count == 1
    assert nina.get(LIST, {"deadline": "nonsense"}).context["cl"].result_count == 5


def test_what_is_refused_says_why_and_changes_nothing(nina: Client) -> None:
    assert "1 to 10 ids" in enter(nina, identifiers="\n".join(f"id {n}" for n in range(11)))
    assert not DataSubjectRequest.objects.exists()
    row = verified("access", ADA)
    assert "An e-mail address stands" in act(nina, row, act="refuse", words=f"{ADA} was not found")
    assert fresh(row).state == "verified"


def test_the_same_letter_twice_leads_to_the_open_request(nina: Client) -> None:
    enter(nina)
    assert "open already" in enter(nina)
    assert DataSubjectRequest.objects.count() == 1


def test_several_erasures_are_approved_at_once(nina: Client) -> None:
    rows = [verified("erasure", f"person {n}") for n in range(2)] + [verified("access", "person 3")]
    asked = {"action": "approve", "_selected_action": [row.pk for row in rows]}
    page = nina.post(LIST, asked, follow=True).content.decode()
    assert page.count("approved; it begins within a minute") == 2
    assert "Only erasures are approved" in page


def test_holds_are_placed_and_lifted(nina: Client) -> None:
    ends = timezone.now() + timedelta(days=90)
    given = {
        "identifiers": ADA, "reason": "Claim 4711 at the district court", "reviewer": "Counsel",
        "expires_at_0": ends.date().isoformat(), "expires_at_1": "00:00:00",
    }  # fmt: skip
    refused = nina.post(f"{HOLDS}add/", given | {"reason": "short"}, follow=True).content.decode()
    assert "Say in at least" in refused
    assert not LegalHold.objects.exists()
    nina.post(f"{HOLDS}add/", given)
    hold = LegalHold.objects.get()
    page = nina.get(f"{HOLDS}{hold.pk}/change/").content.decode()
    assert "Claim 4711" in page
    assert ADA not in page
    assert "A legal hold until" in act(nina, verified("erasure", ADA), act="approve")
    nina.post(HOLDS, {"action": "lift", "_selected_action": [hold.pk]})
    assert LegalHold.objects.get().lifted_at is not None


def test_who_is_no_officer_sees_nothing(nina: Client) -> None:
    row = approved(ADA)
    working.work(timezone.now())
    client = Client()
    analyst = User.objects.create_user("ann", is_staff=True)
    analyst.groups.add(Group.objects.get(name="Analyst"))
    client.force_login(analyst)
    for address in (LIST, f"{LIST}add/", f"{LIST}{row.pk}/change/", HOLDS, f"{HOLDS}add/"):
        assert client.get(address).status_code == 403
    assert client.get(f"{LIST}{row.pk}/receipt/").status_code == 403
    assert client.post(f"{LIST}{row.pk}/change/", {"act": "refuse", "words": "I am no officer"}).status_code == 403

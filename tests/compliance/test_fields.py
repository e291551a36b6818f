"""What people are known by beside their id: sealed, found again, and gone with them."""

from datetime import timedelta

import pytest
from django.test import Client

from compliance import fields, people
from compliance.fields import Known
from compliance.models import IdentityField
from compliance.personal_data import IdentityRows
from compliance.subjects import copies, holds, requests, working
from compliance.subjects.requests import CannotDo
from tests.compliance import keys
from tests.compliance.requests import NOW, approved, fresh, officer, verified

pytestmark = pytest.mark.django_db
URL = "/api/v1/contacts"
ADA = {"email": "Ada@Example.com", "phone": "+49 (151) 000-4201", "name": "Ada Lovelace"}


def told() -> int:
    fields.learn({"customer-17": ADA}, NOW)
    return people.numbers_of(["customer-17"])[0]


def test_fields_are_sealed_and_a_repeat_changes_nothing() -> None:
    number = told()
    told()
    assert fields.known_by([number]) == Known(("customer-17", ADA["email"], ADA["phone"]), (ADA["name"],))
    assert IdentityField.objects.count() == 3
    assert not [row for row in IdentityField.objects.all() if b"Ada" in bytes(row.value) or b"151" in bytes(row.value)]


@pytest.mark.parametrize("said", ["customer-17", "ada@example.com", "+491510004201", " ADA@EXAMPLE.COM "])
def test_somebody_is_found_by_whatever_they_say(said: str) -> None:
    number = told()
    assert fields.numbers_of([said]) == (number,)


@pytest.mark.parametrize("said", ["Ada Lovelace", "bob", "4201", ""])
def test_nobody_is_found_by_a_name_or_a_part(said: str) -> None:
    told()
    assert fields.numbers_of([said]) == ()


@pytest.mark.parametrize(
    "said", ["cust-5550142", "other5550142@example.com", "5550142", "0142", "x5550142", "555-0142 ext 5", "+1", "-"]
)
def test_the_digits_of_an_id_or_an_address_are_nobodys_number(said: str) -> None:
    fields.learn({"victim": {"phone": "555-0142"}, "other": {"phone": "+1"}, "third": {"phone": "-"}}, NOW)
    assert fields.numbers_of([said]) == ()
    assert fields.numbers_of([said, "555 0142"]) == people.numbers_of(["victim"])


def test_an_erasure_of_an_id_with_digits_leaves_whoever_has_them_as_a_number() -> None:
    fields.learn({"victim": {"phone": "555-0142"}, "cust-5550142": {"phone": "+1"}, "third": {"phone": "+1"}}, NOW)
    approved("cust-5550142")
    assert working.work(NOW) == 1
    assert people.numbers_of(["cust-5550142"]) == ()
    assert fields.known_by(people.numbers_of(["victim"])).ids == ("victim", "555-0142")
    assert fields.known_by(people.numbers_of(["third"])).ids == ("third", "+1")


@pytest.mark.parametrize("said", ["01510004201", "0151 0004201", "(0151) 000-42.01"])
def test_a_number_is_found_however_it_is_written(said: str) -> None:
    fields.learn({"customer-17": {"phone": "0151/0004201"}}, NOW)
    assert fields.numbers_of([said]) == people.numbers_of(["customer-17"])


def test_an_erasure_by_address_takes_the_id_along() -> None:
    number = told()
    request = approved("ada@example.com")
    assert working.work(NOW) == 1
    assert (fields.known_by([number]), IdentityField.objects.count()) == (Known(), 0)
    assert people.identify(["customer-17", "ADA@example.com"], NOW) == {}
    assert fields.learn({"customer-17": ADA}, NOW) == fields.Learned(0, 1)
    assert fields.learn({"customer-18": ADA}, NOW) == fields.Learned(1, 0)  # known otherwise: only her name is kept
    assert fields.known_by(people.numbers_of(["customer-18"])) == Known(("customer-18",), (ADA["name"],))
    receipt = fresh(request).receipt
    assert receipt is not None
    assert receipt["erased"]["identity"] == {"identity": 1, "identity_alias": 0, "identity_field": 3, "suppression": 3}


def test_an_address_that_was_told_of_somebody_else_too_goes_there_as_well() -> None:
    told()
    fields.learn({"customer-18": {"email": "ADA@example.com", "phone": "+49 30 1"}}, NOW)
    request = approved("customer-17")
    assert working.work(NOW) == 1
    other = people.numbers_of(["customer-18"])
    assert fields.known_by(other).ids == ("customer-18", "+49 30 1")
    receipt = fresh(request).receipt
    assert receipt is not None
    assert receipt["erased"]["identity"]["identity_field"] == 4


def test_others_of_the_same_name_are_not_suppressed() -> None:
    told()
    approved("customer-17")
    working.work(NOW)
    assert len(people.identify(["Ada Lovelace"], NOW)) == 1


def test_a_hold_by_address_blocks_an_erasure_by_id() -> None:
    told()
    request = verified("erasure", "customer-17")
    holds.place(["ada@example.com"], "Claim 4711 at court", "Counsel", NOW + timedelta(days=9), by=officer(), at=NOW)
    with pytest.raises(CannotDo, match="legal hold"):
        requests.approve(request, by=officer("omar"), at=NOW)


def test_the_copy_has_them() -> None:
    told()
    request = verified("access", "ada@example.com")
    found = copies.packed(request, requests.whole_person(request), NOW)
    assert found.startswith(b"PK")
    rows = [row["known by"] for row in IdentityRows().export(requests.whole_person(request))]
    assert rows == ["customer-17", *ADA.values()]


def test_the_api_takes_them_in() -> None:
    body = {"contacts": [{"contact": "customer-17", **ADA}, {"contact": "customer-18", "name": "Bob"}]}
    header = keys.headers("contacts:write")
    answer = Client().post(URL, body, "application/json", headers=header)
    assert (answer.status_code, answer.json()) == (200, {"accepted": 2, "suppressed": 0})
    assert IdentityField.objects.count() == 4
    for wrong, named in (({"email": "no"}, "email"), ({"phone": "call me"}, "phone"), ({"contact": ""}, "contact")):
        body = {"contacts": [{"contact": "x"} | wrong]}
        refused = Client().post(URL, body, "application/json", headers=header)
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["field"] == f"contacts.0.{named}"
    assert Client().post(URL, body, "application/json", headers=keys.headers("events:write")).status_code == 403

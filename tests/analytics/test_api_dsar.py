"""`POST /api/v1/compliance/dsar`, as a privacy portal sees it."""

import json
from typing import Any

import pytest
from django.test import Client

from compliance.models import AuditEntry, DataSubjectRequest, KeptAnswer
from compliance.subjects import requests
from tests.compliance import keys
from tests.compliance.access import staff

pytestmark = pytest.mark.django_db
URL = "/api/v1/compliance/dsar"
ADA = "ada@example.com"


@pytest.fixture
def key(db: None) -> dict[str, str]:
    return keys.headers("dsar:write")


def post(headers: dict[str, str] | None, **fields: Any) -> Any:
    body = {"kind": "access", "regime": "gdpr", "identifiers": [ADA]} | fields
    return Client().post(URL, body, "application/json", headers=headers)


def test_a_request_is_entered_and_asked_for(key: dict[str, str]) -> None:
    entered = post(key)
    assert entered.status_code == 201
    said = entered.json()
    assert (said["kind"], said["state"], said["closed_at"]) == ("access", "received", None)

    read = Client().get(f"{URL}/{said['id']}", headers=key)
    assert (read.status_code, read.json()) == (200, said)
    request = DataSubjectRequest.objects.get()
    assert requests.person_of(request).identifiers == (ADA,)
    assert request.asked_by == "key test"
    assert AuditEntry.objects.get().act == "received"


def test_no_answer_says_who_it_is(key: dict[str, str]) -> None:
    entered = post(key | {"Idempotency-Key": "1"})
    assert ADA not in entered.content.decode()
    assert ADA not in Client().get(f"{URL}/{entered.json()['id']}", headers=key).content.decode()
    assert KeptAnswer.objects.count() == 1


def test_the_same_person_again_gets_the_open_request(key: dict[str, str]) -> None:
    first, again = post(key), post(key, identifiers=["customer-17", f" {ADA} "])
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert post(key, kind="erasure").status_code == 201


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"kind": "theft"}, "kind"),
        ({"regime": None}, "regime"),
        ({"identifiers": []}, "identifiers"),
        ({"identifiers": "ada"}, "identifiers"),
        ({"identifiers": ["x" * 201]}, "identifiers.0"),
        ({"identifiers": ["a\tb"]}, "identifiers"),
        ({"received_at": "2999-01-01T00:00:00Z"}, "received_at"),
        ({"received_at": "yesterday"}, "received_at"),
    ],
)
def test_what_cannot_be_taken_is_named(key: dict[str, str], fields: dict[str, Any], named: str) -> None:
    answer = post(key, **fields)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [named]
    assert ADA not in answer.content.decode()


def test_strangers_and_other_keys_are_turned_away(key: dict[str, str]) -> None:
    state = f"{URL}/{post(key).json()['id']}"
    for headers, status in ((None, 401), (keys.headers("events:write", "contacts:read"), 403)):
        assert post(headers).status_code == status
        assert Client().get(state, headers=headers).status_code == status
    client = Client()
    client.force_login(staff(may=False))
    assert client.get(state).status_code == 403
    body = json.dumps({"kind": "access", "regime": "gdpr", "identifiers": [ADA]})
    assert client.post(URL, body, "application/json").status_code == 403
    assert DataSubjectRequest.objects.count() == 1


def test_a_request_that_is_not_there(key: dict[str, str]) -> None:
    answer = Client().get(f"{URL}/00000000-0000-4000-8000-000000000000", headers=key)
    assert (answer.status_code, answer.json()["title"]) == (404, "No such request")

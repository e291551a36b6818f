"""The Segment-compatible door, as a client sees it."""

import base64
import gzip
import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partialmethod
from typing import Any

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from analytics import verify
from analytics.fold import fold_inbox
from analytics.ingest.others import MOST_NAMES, TOO_MANY
from analytics.ingest.values import Rejection
from analytics.models import Campaign, DeadLetterRow, Event, InboxBatch, OtherEvents, SuppressedEvents
from analytics.retrying import retry_row
from analytics.segment.recording import record
from analytics.sources.apart import rejected
from analytics.tasks import fold_inbox as fold_inbox_job
from compliance import crypto, people
from compliance import merging as identities
from compliance.fields import known_by
from compliance.models import AuditEntry, Identity, MergeWaiting
from config.errors import Outages
from tests.compliance import keys

pytestmark = pytest.mark.django_db
JSON = "application/json"
LARGEST = 500 * 1024


@pytest.fixture
def key(db: None) -> str:
    return keys.headers("events:write")["Authorization"].partition(" ")[2]


def post(path: str, body: Any, key: str = "", content_type: str = JSON, **headers: str) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    shown = {"Authorization": f"Basic {base64.b64encode(f'{key}:'.encode()).decode()}"} if key else {}
    return Client().post(f"/v1/{path}", raw, content_type=content_type, headers=shown | headers)


def opened(**fields: Any) -> dict[str, Any]:
    said = {"type": "track", "userId": "u1", "messageId": "m1", "event": "Email Opened"}
    return said | {"timestamp": timezone.now().isoformat(), "properties": {"campaign_id": "spring"}} | fields


def test_a_batch_is_taken_and_counted_once(key: str) -> None:
    batch = [
        opened(),
        opened(event="Order Completed", messageId="m2", properties={"revenue": "19.90", "order_id": "o1"}),
        opened(event="Product Viewed", messageId="m3"),
        {"type": "page", "anonymousId": "a1", "messageId": "m4", "name": "Home"},
    ]
    body = {"batch": batch, "sentAt": timezone.now().isoformat()}
    for _ in range(2):
        answer = post("batch", body, key)
        assert (answer.status_code, answer.json()) == (200, {"success": True})
        fold_inbox()
    assert sorted(Event.objects.values_list("type", flat=True)) == [5, 7]
    stub = Campaign.objects.get()
    assert (stub.external_id, stub.name, stub.channel, stub.is_stub) == ("spring", "spring", "email", True)
    assert dict(OtherEvents.objects.values_list("name", "events")) == {"Product Viewed": 2, "page": 2}


def test_a_stub_is_whole_once_somebody_tells_of_it(key: str) -> None:
    post("track", opened(), key)
    told = {"campaign": "spring", "name": "Spring", "channel": "email"}
    headers = keys.headers("campaigns:write")
    assert Client().post("/api/v1/campaigns", json.dumps(told), content_type=JSON, headers=headers).status_code == 200
    assert list(Campaign.objects.values_list("name", "is_stub")) == [("Spring", False)]


@pytest.mark.parametrize("call", ["identify", "page", "screen", "alias", "group"])
def test_each_call_has_an_address(key: str, call: str) -> None:
    said = {"userId": "u1", "previousId": "a1", "messageId": "m1", "groupId": "g", "name": "n"}
    answer = post(call, said | {"type": call}, key)
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert not InboxBatch.objects.exists()


def test_identify_tells_compliance_alone(key: str) -> None:
    traits = {"email": "ann@example.com", "name": "Ann Lee", "plan": "gold"}
    assert post("identify", {"userId": "u1", "traits": traits}, key).status_code == 200
    contact = Identity.objects.get().contact_id
    found = known_by([contact])
    assert (set(found.ids), found.names) == ({"u1", "ann@example.com"}, ("Ann Lee",))
    assert not any(table.objects.exists() for table in (Event, OtherEvents, DeadLetterRow))


def test_an_alias_makes_two_contacts_one(key: str) -> None:
    batch = [
        opened(userId=None, anonymousId="a1"),
        opened(messageId="m2", event="Email Link Clicked"),
        {"type": "alias", "previousId": "a1", "userId": "u1"},
        {"type": "alias", "previousId": "null", "userId": "u1"},
        opened(messageId="m3", userId="a1"),
    ]
    for _ in range(2):
        assert post("batch", {"batch": batch}, key).status_code == 200
        fold_inbox_job()
    assert set(Event.objects.values_list("contact_id", flat=True)) == {people.identify(["u1"], timezone.now())["u1"]}
    assert Event.objects.count() == 3
    assert verify.differences() == []
    assert not any(table.objects.exists() for table in (OtherEvents, MergeWaiting))
    assert {row.reason for row in DeadLetterRow.objects.all()} == {
        "previousId: stands for nobody in particular; send an id that one person has"
    }


def test_an_alias_of_somebody_erased_merges_nobody(key: str) -> None:
    people.identify(["a1"], timezone.now())
    people.forget(["a1"], timezone.now())
    taken = record([{"previousId": "a1", "userId": "u1"}], kind="alias", sent_at=None, at=timezone.now())
    assert (taken.merges, taken.suppressed, taken.rejected) == (0, 1, [])
    assert not MergeWaiting.objects.exists()


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A contact has three ids at most."""
    monkeypatch.setattr(identities, "MOST_NUMBERS", 3)


def aliases(*formers: str) -> list[dict[str, Any]]:
    return [{"type": "alias", "previousId": former, "userId": "u1", "messageId": former} for former in formers]


def test_one_id_too_many_is_refused_at_the_door_and_set_apart_with_its_reason(key: str, few: None) -> None:
    post("batch", {"batch": aliases("a1", "a2")}, key)
    fold_inbox_job()
    answer = post("alias", aliases("a3")[0], key)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "userId")
    assert "ids already" in answer.json()["message"]
    assert post("batch", {"batch": [*aliases("a4"), opened()]}, key).status_code == 200
    assert (MergeWaiting.objects.count(), InboxBatch.objects.count()) == (0, 1)
    row = DeadLetterRow.objects.latest("pk")
    assert (row.source_name, row.field, row.reason) == ("segment", "userId", f"userId: {identities.TOO_MANY}")
    assert json.loads(crypto.decrypt(bytes(row.content)))["previousId"] == "a4"
    assert retry_row(row.pk, timezone.now()) == Rejection("userId", row.reason)
    assert post("batch", {"batch": aliases("a1")}, key).status_code == 200
    assert DeadLetterRow.objects.count() == 2


def test_what_the_door_could_not_know_is_set_apart_once_it_is_to_be_done(key: str, few: None) -> None:
    post("batch", {"batch": [*aliases(*"abcd"), opened()]}, key)
    fold_inbox_job()
    numbers = people.identify(["u1", *"abcd"], timezone.now())
    assert len(set(numbers.values())) == 3
    rows = [json.loads(crypto.decrypt(bytes(row.content))) for row in DeadLetterRow.objects.order_by("pk")]
    assert rows == [{"type": "alias", "previousId": former, "userId": "u1"} for former in "cd"]
    assert {row.reason for row in DeadLetterRow.objects.all()} == {f"userId: {identities.TOO_MANY}"}
    assert AuditEntry.objects.get(act="merged").details == {"merged": 2, "refused": 2}
    group = rejected()[0]
    assert (group["reason"], group["rows"]) == (f"userId: {identities.TOO_MANY}", 2)
    assert verify.differences() == []


def test_two_who_have_too_many_together_stay_two(key: str, few: None) -> None:
    post("batch", {"batch": aliases("a1")}, key)
    post("batch", {"batch": [one | {"userId": "u2"} for one in aliases("b1")]}, key)
    fold_inbox_job()
    assert post("alias", {"previousId": "u2", "userId": "u1"}, key).status_code == 400


def test_an_alias_between_spellings_of_one_address_changes_nothing(key: str) -> None:
    said = {"previousId": "Ann@Example.com", "userId": "ann@example.com"}
    assert post("alias", said, key).status_code == 200
    assert (MergeWaiting.objects.count(), Identity.objects.count()) == (0, 1)


def test_identify_with_both_ids_merges_nobody(key: str) -> None:
    post("track", opened(userId=None, anonymousId="a1"), key)
    post("identify", {"userId": "u1", "anonymousId": "a1", "traits": {"name": "Ann"}}, key)
    assert len(set(people.identify(["a1", "u1"], timezone.now()).values())) == 2
    assert not MergeWaiting.objects.exists()


def test_who_was_erased_stays_unknown(key: str) -> None:
    people.identify(["u1"], timezone.now())
    people.forget(["u1", "ann@example.com"], timezone.now())
    assert post("track", opened(), key).status_code == 200
    assert post("identify", {"userId": "u1", "traits": {"name": "Ann"}}, key).status_code == 200
    assert not any(table.objects.exists() for table in (Identity, InboxBatch))
    assert SuppressedEvents.objects.get().events == 1


def test_a_client_whose_clock_goes_wrong_is_counted_now(key: str) -> None:
    ahead = timezone.now() + timedelta(days=3)
    late = opened(timestamp=(ahead - timedelta(minutes=2)).isoformat())
    assert post("batch", {"batch": [late], "sentAt": ahead.isoformat()}, key).status_code == 200
    fold_inbox()
    assert abs(timezone.now() - timedelta(minutes=2) - Event.objects.get().occurred_at) < timedelta(minutes=1)


def test_a_message_without_an_id_that_is_sent_again_later_is_counted_once(key: str) -> None:
    said = opened(messageId=None)
    alone = {name: value for name, value in said.items() if name != "type"}
    for seconds in (0, 7, 3_600):
        sent_at = (timezone.now() + timedelta(seconds=seconds)).isoformat()
        assert post("track", alone | {"sentAt": sent_at}, key).status_code == 200
        assert post("batch", {"batch": [said], "sentAt": sent_at}, key).status_code == 200
        fold_inbox()
    assert Event.objects.count() == 1


def test_one_message_that_cannot_be_taken_is_refused_and_kept(key: str) -> None:
    answer = post("track", opened(properties={}), key)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["errors"][0]["field"] == "properties.campaign_id"
    assert answer.json()["code"] == "400"
    assert "properties.campaign_id: is missing" in answer.json()["message"]
    assert DeadLetterRow.objects.get().source_name == "segment"


ORDER: dict[str, Any] = {"event": "Order Completed", "properties": {"revenue": 5}}


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"timestamp": "1999-01-01T00:00:00Z"}, "timestamp"),
        (ORDER | {"properties": {"revenue": "much"}}, "properties.revenue"),
        (ORDER | {"event": "Order Refunded", "properties": {}}, "properties.total"),
        (ORDER | {"properties": {"revenue": 5, "currency": "crowns"}}, "properties.currency"),
        (ORDER | {"context": {"campaign": {"name": "ann@example.com"}}}, "context.campaign.name"),
        (ORDER | {"context": {"campaign": {"name": "y" * 250}}}, "context.campaign.name"),
        (ORDER | {"context": {"campaign": []}}, "context.campaign"),
        ({"properties": {}, "context": {"campaign": {"name": "ann@example.com"}}}, "context.campaign.name"),
        ({"properties": {"campaign_name": "ann@example.com"}}, "properties.campaign_name"),
        ({"properties": {"campaign_id": "new", "campaign_name": "To ann@example.com"}}, "properties.campaign_name"),
        ({"properties": {"campaign_id": "ann@example.com", "campaign_name": "Ann"}}, "properties.campaign_id"),
        ({"properties": {"campaign_id": "new", "campaign_name": "x" * 301}}, "properties.campaign_name"),
        ({"properties": {"campaign_id": "new", "email_id": []}}, "properties.email_id"),
        ({"type": "identify", "traits": {"email": ["x"]}}, "traits.email"),
        ({"context": {"userAgent": 7}}, "context.userAgent"),
        ({"context": {"ip": "here"}}, "context.ip"),
        ({"userId": None}, "userId"),
        ({"userId": "x" * 201}, "userId"),
    ],
)
def test_a_refusal_names_the_fields_as_the_client_does(key: str, more: dict[str, Any], field: str) -> None:
    said = opened(**more)
    error = post(said["type"], said, key).json()["errors"][0]
    assert error["field"] == field
    assert error["reason"].startswith(f"{field}: ")
    assert post("batch", {"batch": [said]}, key).status_code == 200
    rows = DeadLetterRow.objects.values_list("field", "reason")
    assert {name for name, _ in rows} == {field}
    assert all(reason.startswith(f"{field}: ") for _, reason in rows)


def test_the_name_of_a_mail_may_be_as_long_as_a_campaigns(key: str) -> None:
    said = opened(properties={"campaign_id": "new", "campaign_name": "x" * 300})
    assert post("track", said, key).status_code == 200
    assert Campaign.objects.get().name == "x" * 300
    refused = post("track", opened(properties={"campaign_id": "new", "campaign_name": "x" * 301}), key)
    assert "301 characters long; at most 300" in refused.json()["message"]


def test_a_body_that_is_packed_in_another_way_is_told_which_is_taken(key: str) -> None:
    answer = post("batch", b"\x1b\x04\x00\xf8", key, **{"Content-Encoding": "br"})
    assert (answer.status_code, "gzip is taken" in answer.json()["message"]) == (415, True)
    assert post("batch", {"batch": [opened()]}, key, **{"Content-Encoding": "utf-8"}).status_code == 200


def test_what_came_to_the_address_of_its_type_can_be_tried_again(key: str) -> None:
    alone = {name: value for name, value in opened(userId=None).items() if name != "type"}
    assert post("track", alone, key).status_code == 400
    row = DeadLetterRow.objects.get()
    row.content = crypto.encrypt(crypto.decrypt(bytes(row.content)).replace(b'"userId": null', b'"userId": "u1"'))
    row.save()
    assert retry_row(row.pk, timezone.now()) == "accepted"


def test_the_key_is_not_kept_with_a_message_that_bore_it(key: str) -> None:
    assert post("track", opened(event="", writeKey=key)).status_code == 400
    kept = crypto.decrypt(bytes(DeadLetterRow.objects.get().content)).decode()
    assert "spring" in kept
    assert key not in kept


def test_of_a_batch_the_others_are_taken(key: str) -> None:
    batch = [opened(), 7, opened(messageId="m2", properties={}), {"type": "track", "userId": "u"}]
    assert post("batch", {"batch": batch}, key).status_code == 200
    assert InboxBatch.objects.get().rows == 1
    rows = dict(DeadLetterRow.objects.values_list("line", "reason"))
    assert sorted(rows) == [1, 2, 3]
    assert "event: is missing" in rows[3]


def test_an_id_that_is_a_number_is_the_same_as_text(key: str) -> None:
    for said_id in (b"9007199254740993", b'"9007199254740993"'):
        said = json.dumps(opened(userId="U", messageId=None)).encode().replace(b'"U"', said_id)
        assert post("track", said, key).status_code == 200
    assert people.opened(Identity.objects.get()) == "9007199254740993"


def test_keys_come_as_user_name_or_in_the_body(key: str) -> None:
    assert post("track", opened(), key).status_code == 200
    assert post("track", opened() | {"writeKey": key}).status_code == 200
    assert post("batch", {"batch": [], "writeKey": key}, content_type="text/plain").status_code == 200
    api_key = {"Authorization": f"Api-Key {key}"}
    assert Client().post("/v1/track", json.dumps(opened()), content_type=JSON, headers=api_key).status_code == 200


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, {"batch": []}),
        ({}, {"batch": [], "writeKey": "abc.def"}),
        ({}, {"batch": [], "writeKey": 7}),
        ({}, b"{"),
        ({"Authorization": "Basic !"}, {"batch": []}),
        ({"Authorization": "Basic YWJjLmRlZjo="}, {"batch": []}),
        ({"Authorization": "Bearer abc"}, {"batch": []}),
    ],
)
def test_a_stranger_is_told_so(headers: Mapping[str, str], body: Any) -> None:
    answer = post("batch", body, **headers)
    assert answer.status_code == 401
    assert answer.json()["code"] == "401"
    assert answer["Content-Type"] == "application/problem+json"


def test_a_key_needs_the_scope() -> None:
    other = keys.headers("kpi:read")["Authorization"].partition(" ")[2]
    answer = post("track", opened(), other)
    assert (answer.status_code, InboxBatch.objects.exists()) == (403, False)


def test_bodies_may_be_packed_and_are_bounded_unpacked(key: str) -> None:
    packed = gzip.compress(json.dumps({"batch": [opened()]}).encode())
    assert post("batch", packed, key, **{"Content-Encoding": "gzip"}).status_code == 200
    bomb = gzip.compress(b"[" + b" " * 50_000_000)
    assert len(bomb) < LARGEST
    assert post("batch", bomb, key, **{"Content-Encoding": "gzip"}).status_code == 413
    for broken in (b"not gzip", packed[:40], packed[:-9] + b"\0" * 9):
        assert post("batch", broken, key, **{"Content-Encoding": "gzip"}).status_code == 400
    large = post("batch", b" " * (LARGEST + 1), key)
    assert (large.status_code, large["Content-Type"]) == (413, "application/problem+json")
    assert large.json().items() >= {"success": False, "code": "413", "message": large.json()["detail"]}.items()
    assert post("batch", b" " * LARGEST, key).status_code == 400


def fails(*_: object, **__: object) -> None:
    raise RuntimeError("the secret of secrets")


def away(*_: object, **__: object) -> None:
    raise OperationalError("the server closed the connection")


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"path": "/v1/none"}, 404),
        ({"path": "/v1/batch/"}, 404),
        ({"path": "/v1/batch", "REQUEST_METHOD": "GET"}, 405),
        ({"path": "/v1/batch", "REQUEST_METHOD": "PUT"}, 405),
        ({"path": "/v1/batch", "HTTP_ACCEPT": "image/png"}, 406),
        ({"path": "/v1/batch", "CONTENT_TYPE": "text/csv"}, 415),
        ({"path": "/v1/batch", "HTTP_HOST": "elsewhere.example"}, 400),
        ({"path": "/v1/batch", "CONTENT_LENGTH": "x"}, 400),
        ({"path": "/v1/batch", "CONTENT_LENGTH": str(LARGEST + 1)}, 413),
    ],
)
def test_clients_can_read_what_is_refused_before_a_call_is_looked_at(
    key: str, asked: dict[str, str], status: int
) -> None:
    basic = f"Basic {base64.b64encode(f'{key}:'.encode()).decode()}"
    called: dict[str, Any] = {"CONTENT_TYPE": JSON, "HTTP_AUTHORIZATION": basic, "REQUEST_METHOD": "POST", **asked}
    readable(Client().generic("POST", called.pop("path"), b"{}", **called), status)


@pytest.mark.parametrize(("fault", "status"), [(fails, 500), (away, 503)])
@pytest.mark.parametrize("where", ["analytics.segment.views.record", "config.signed_in.Users.process_request"])
def test_clients_can_read_what_fails(
    key: str, where: str, fault: Callable[..., None], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(where, fault)
    monkeypatch.setattr(Client, "__init__", partialmethod(Client.__init__, raise_request_exception=False))
    answer = post("track", opened(), key)
    readable(answer, 500 if "Users" in where else status)
    assert b"secret" not in answer.content


def test_what_the_database_could_not_serve_outside_a_call_is_told_to_clients_too(rf: Any) -> None:
    middleware = Outages(lambda _request: HttpResponse())
    for path, told in (("/v1/batch", True), ("/hooks/brevo/x/", False)):
        answer = middleware.process_exception(rf.post(path), OperationalError("away"))
        assert answer is not None
        assert (answer.status_code, answer["Retry-After"]) == (503, "5")
        assert ("success" in json.loads(answer.content)) is told


def readable(answer: Any, status: int) -> None:
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    said = answer.json()
    assert said.items() >= {"success": False, "code": str(status), "message": said["detail"], "status": status}.items()
    assert said["message"]


def test_a_message_is_bounded(key: str) -> None:
    large = opened(context={"note": "x" * 33_000})
    assert "at most 32,768" in post("track", large, key).json()["detail"]
    assert post("batch", {"batch": [large, opened()]}, key).status_code == 200
    assert InboxBatch.objects.get().rows == 1


def test_a_message_that_is_nested_without_end_is_refused(key: str) -> None:
    for depth in range(800, 1_000):
        nested = b'{"userId": "u1", "event": "Email Opened", "x": ' + b"[" * depth + b"]" * depth + b"}"
        assert post("track", nested, key).status_code == 400, depth


def test_too_many_calls_are_told_when_to_come_back(key: str, settings: Settings) -> None:
    settings.API_CALLS_PER_MINUTE = 1
    answers = [post("track", opened(), key) for _ in range(3)]
    assert answers[-1].status_code == 429
    assert int(answers[-1]["Retry-After"]) > 0


def test_names_that_are_told_apart_are_bounded(key: str) -> None:
    letters = [f"{one}{two}" for one in "abcdefghijklmnopqrst" for two in "abcdefghijklmnopqrst"]
    for part in (letters[:200], letters[200:]):
        batch = [{"type": "track", "userId": "u", "event": f"Did {name}"} for name in part]
        assert post("batch", {"batch": batch}, key).status_code == 200
    counted = dict(OtherEvents.objects.values_list("name", "events"))
    assert len(counted) == MOST_NAMES + 1
    assert counted[TOO_MANY] == len(letters) - MOST_NAMES


NESTED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
NAMED = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("type", "userId", "event", "timestamp", "properties"), NESTED)
)


@given(body=st.binary() | NESTED | st.fixed_dictionaries({"batch": st.lists(NESTED | NAMED), "sentAt": NESTED}))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_comes_is_answered(key: str, body: Any) -> None:
    for path in ("batch", "track", "identify"):
        answer = post(path, body, key)
        assert answer.status_code in (200, 400), answer.content
        if answer.status_code == 400:
            assert answer["Content-Type"] == "application/problem+json"
            assert answer.json()["detail"]

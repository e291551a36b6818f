"""Provider by provider: what is signed wrongly or long ago, or comes again, has no effect."""

import base64
import inspect
import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import Mock
from urllib.parse import parse_qs, quote

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from analytics.fold import fold_inbox
from analytics.hooks import addresses, views
from analytics.hooks.providers import BY_NAME, PROVIDERS
from analytics.models import Campaign, DeadLetterRow, Event, Hook, InboxBatch, OtherEvents
from compliance import idempotency
from tests.analytics import amazon
from tests.analytics.signer import Signer

pytestmark = pytest.mark.django_db
WHO = "ann@example.com"
SIGNED = [one.name for one in PROVIDERS if one.signed_by]
# How old a signature may be, of those that cover a time.
DAY = timedelta(hours=24)
TIMED = {"amazon_ses": DAY, "mailgun": DAY, "resend": timedelta(minutes=5), "sendgrid": DAY}


def sparkpost(said: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"msys": {"message_event": {"raw_rcpt_to": WHO, "campaign_id": "spring", **said}}}]


XTAGS = [{"name": "X-Tags", "value": '["spring"]'}]
# A delivery at a moment, in the words of each provider.
Report = Callable[[datetime], Any]
DELIVERED: dict[str, Report] = {
    "amazon_ses": lambda at: {
        "eventType": "Delivery",
        "mail": {"messageId": "m1", "timestamp": at.isoformat(), "headers": [{"name": "X-Tag", "value": "spring"}]},
        "delivery": {"timestamp": at.isoformat(), "recipients": [WHO]},
    },
    "brevo": lambda at: {
        "event": "delivered", "email": WHO, "ts_epoch": int(at.timestamp() * 1000), "tags": ["spring"],
    },
    "mailersend": lambda at: {
        "type": "activity.delivered",
        "data": {
            "id": "e1", "type": "delivered", "created_at": at.isoformat(),
            "email": {"message": {"id": "m1"}, "recipient": {"email": WHO}, "tags": ["spring"]},
        },
    },
    "mailgun": lambda at: {
        "event-data": {"event": "delivered", "timestamp": at.timestamp(), "recipient": WHO, "tags": ["spring"]}
    },
    "mailjet": lambda at: [{"event": "sent", "time": int(at.timestamp()), "email": WHO, "customcampaign": "spring"}],
    "mailtrap": lambda at: {
        "events": [
            {
                "event": "delivery", "timestamp": int(at.timestamp()), "email": WHO, "category": "spring",
                "event_id": "e1", "message_id": "m1",
            }
        ]
    },
    "mandrill": lambda at: [
        {"event": "send", "ts": int(at.timestamp()), "_id": "m1", "msg": {"email": WHO, "tags": ["spring"]}}
    ],
    "postal": lambda at: {
        "event": "MessageSent", "timestamp": at.timestamp(), "uuid": "e1",
        "payload": {"message": {"message_id": "m1", "to": WHO, "tag": "spring"}, "status": "Sent"},
    },
    "postmark": lambda at: {
        "RecordType": "Delivery", "MessageID": "m1", "Recipient": WHO, "Tag": "spring", "DeliveredAt": at.isoformat(),
    },
    "resend": lambda at: {
        "type": "email.delivered", "created_at": at.isoformat(),
        "data": {"email_id": "m1", "to": [WHO], "created_at": at.isoformat(), "headers": XTAGS},
    },
    "sendgrid": lambda at: [
        {"event": "delivered", "email": WHO, "timestamp": int(at.timestamp()), "category": "spring", "sg_event_id": "e"}
    ],
    "sparkpost": lambda at: sparkpost({"type": "delivery", "event_id": "e1", "timestamp": int(at.timestamp())}),
    "unisender_go": lambda at: {
        "auth": "", "event_name": "transactional_email_status", "job_id": "m1", "email": WHO, "status": "delivered",
        "event_time": f"{at:%Y-%m-%d %H:%M:%S}", "metadata": {"campaign": "spring"},
    },
}  # fmt: skip
AGAIN = {"mailgun": 406}  # the one answer that Mailgun documents as not to be tried again
TABLES = (Event, InboxBatch, OtherEvents, DeadLetterRow, Campaign)


def effects() -> list[Any]:
    """All that a call may have changed."""
    fold_inbox()
    return [sorted(table.objects.values_list("pk", flat=True)) for table in TABLES] + [
        sorted(OtherEvents.objects.values_list("name", "events"))
    ]


def report(provider: str, at: datetime | None = None) -> Any:
    return DELIVERED[provider]((at or timezone.now()) - timedelta(minutes=1))


def other_key(provider: str) -> str:
    others = {"resend": "whsec_" + base64.b64encode(b"y" * 24).decode(), "amazon_ses": amazon.OTHER_TOPIC}
    return others.get(provider, "another key")


def send(signer: Signer, signed: tuple[bytes, str, dict[str, str]]) -> Any:
    body, kind, headers = signed
    return Client().post(signer.path, body, content_type=kind, headers=headers)


def test_every_provider_is_tried() -> None:
    assert DELIVERED.keys() == BY_NAME.keys()
    assert TIMED.keys() == {one.name for one in PROVIDERS if one.timed} < set(SIGNED)


@pytest.mark.parametrize("provider", [one for one in DELIVERED if one not in SIGNED])
def test_a_report_that_comes_again_unsigned_is_answered_as_before_and_changes_nothing(provider: str) -> None:
    signer = Signer(provider)
    sent = signer.signed(report(provider), signer.key, timezone.now())
    first = send(signer, sent)
    assert first.status_code == 200
    assert first.json()["accepted"] >= 1
    before = effects()
    assert Event.objects.exists()
    for _ in range(2):
        again = send(signer, sent)
        assert (again.status_code, again.json()) == (200, first.json())
    assert effects() == before


@pytest.mark.parametrize("provider", SIGNED)
def test_a_signed_report_that_comes_again_is_refused_and_changes_nothing(provider: str) -> None:
    signer = Signer(provider)
    signed = signer.signed(report(provider), signer.key, timezone.now())
    first = send(signer, signed)
    assert first.status_code == 200
    assert first.json()["accepted"] >= 1
    before, seen = effects(), Hook.objects.values().get()
    Hook.objects.update(last_at=None)
    for _ in range(2):
        again = send(signer, signed)
        assert (again.status_code, again["Content-Type"]) == (AGAIN.get(provider, 409), "application/problem+json")
        assert "taken before and has no effect again; nothing is to be done" in again.json()["detail"]
        assert again.headers.get("webhook-delivery") == ("abort-message" if provider == "resend" else None)
    assert effects() == before
    assert Hook.objects.values().get() == seen | {"last_at": None}


@pytest.mark.parametrize("provider", SIGNED)
def test_a_call_that_was_not_taken_is_taken_when_it_comes_again(provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    signer = Signer(provider)
    signed = signer.signed(report(provider), signer.key, timezone.now())
    with monkeypatch.context() as patched:
        patched.setattr(views, "record_events", Mock(side_effect=OperationalError("away")))
        failed = send(signer, signed)
    assert (failed.status_code, failed["Retry-After"]) == (503, "5")
    assert not InboxBatch.objects.exists()
    assert [send(signer, signed).status_code for _ in range(2)] == [200, AGAIN.get(provider, 409)]
    fold_inbox()
    assert Event.objects.exists()


@pytest.mark.parametrize("provider", SIGNED)
def test_what_was_taken_is_known_for_as_long_as_it_would_be_taken(
    provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A moment before its report, or its signature, is too old, and every hour in between."""
    signer, began = Signer(provider), timezone.now()
    signed = signer.signed(report(provider, began), signer.key, began + timedelta(minutes=4))
    assert send(signer, signed).status_code == 200
    before = effects()
    for hours in (1, 23, 24, 25, 7 * 24 - 1, 7 * 24, 8 * 24, 400 * 24):
        later = began + timedelta(hours=hours)
        monkeypatch.setattr(timezone, "now", lambda later=later: later)
        idempotency.cut(later)
        assert send(signer, signed).status_code in (403, AGAIN.get(provider, 409)), hours
    assert effects() == before


@pytest.mark.parametrize("provider", [one for one in SIGNED if one not in TIMED])
def test_what_is_signed_without_a_time_is_refused_by_the_time_of_its_reports(provider: str) -> None:
    signer, now = Signer(provider), timezone.now()
    answer = signer.post(report(provider, now - timedelta(days=7)))
    assert answer.status_code == 403
    assert (
        "more than 7 days ago; it is a replay, or comes too late: give what it says by a file"
        in answer.content.decode()
    )
    assert Hook.objects.get().refused_at is None
    assert signer.post(report(provider, now - timedelta(days=6))).status_code == 200


@pytest.mark.parametrize("provider", list(DELIVERED))
def test_what_cannot_be_read_and_comes_again_is_kept_once(provider: str) -> None:
    signer = Signer(provider)
    odd = {"event-data": 7, "events": 7, "auth": "", "event_name": "transactional_email_status", "data": 7}
    signed = signer.signed([7] if provider in ("sendgrid", "mandrill") else odd, signer.key, timezone.now())
    statuses = [send(signer, signed).status_code for _ in range(3)]
    again = AGAIN.get(provider, 409) if provider in SIGNED else 200
    assert statuses == [200, again, again]
    assert DeadLetterRow.objects.count() <= 1


def test_a_report_of_mandrill_that_is_written_otherwise_is_the_same() -> None:
    """A form may be escaped in many ways, and where the address ends and the form begins its signature does not say."""
    signer = Signer("mandrill")
    body, kind, headers = signer.signed(report("mandrill"), signer.key, timezone.now())
    assert send(signer, (body, kind, headers)).status_code == 200
    before = effects()
    said = parse_qs(body.decode())["mandrill_events"][0]
    moved = f"%2Fmandrill_events={quote(said)}", signer.path.rstrip("/")
    cut = f"mandrill_event={quote('s' + said)}", signer.path
    for form, path in ((f"mandrill_events={quote(said)}", signer.path), moved, cut):
        answer = Client().post(path, form, content_type=kind, headers=headers)
        assert answer.status_code == 409, form
    assert effects() == before


@pytest.mark.parametrize("ahead", [0, 60])
def test_a_retry_that_is_signed_anew_is_the_same(ahead: int) -> None:
    signer, now = Signer("resend"), timezone.now()
    payload = report("resend")
    assert send(signer, signer.signed(payload, signer.key, now, event_id="t1")).status_code == 200
    before = effects()
    retried = send(signer, signer.signed(payload, signer.key, now + timedelta(seconds=ahead), event_id="t1"))
    assert (retried.status_code, retried["webhook-delivery"]) == (409, "abort-message")
    assert effects() == before


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("provider", ["mailgun", "resend", "sendgrid"])
def test_of_copies_that_come_together_one_is_taken(provider: str) -> None:
    signer = Signer(provider)
    signed = signer.signed(report(provider), signer.key, timezone.now())

    def one(_: int) -> int:
        try:
            return int(send(signer, signed).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(50) as threads:
        statuses = Counter(threads.map(one, range(50)))
    assert statuses == {200: 1, AGAIN.get(provider, 409): 49}
    fold_inbox()
    assert InboxBatch.objects.count() <= 1
    assert Event.objects.count() == 1


def batch(provider: str) -> Any:
    """Two reports, and an odd one between them."""
    first, last = report(provider), report(provider, timezone.now() - timedelta(minutes=2))
    if provider == "mailtrap":
        last["events"][0] |= {"event_id": "e2", "message_id": "m2"}
        return {"events": [*first["events"], 7, *last["events"]]}
    if provider == "unisender_go":
        named = [{"event_name": one["event_name"], "event_data": one} for one in (first, last)]
        return {"auth": "", "events_by_user": [{"user_id": 1, "events": [named[0], 7, named[1]]}]}
    if not isinstance(first, list):
        return [first, 7, last]
    changed = json.loads(json.dumps(last).replace('"e"', '"e2"').replace('"e1"', '"e2"').replace('"m1"', '"m2"'))
    return [*first, {"event": "inbound"}, *changed] if provider == "mandrill" else [*first, 7, *changed]


@pytest.mark.parametrize(
    "provider", ["brevo", "mailjet", "mailtrap", "mandrill", "postmark", "sendgrid", "sparkpost", "unisender_go"]
)
def test_an_odd_report_of_a_batch_costs_itself_alone(provider: str) -> None:
    signer = Signer(provider)
    signed = signer.signed(batch(provider), signer.key, timezone.now())
    first = send(signer, signed)
    assert (first.status_code, first.json()["rejected"]) == (200, 1)
    assert first.json()["accepted"] >= 2
    before = effects()
    assert Event.objects.count() >= 2
    assert send(signer, signed).status_code == (AGAIN.get(provider, 409) if provider in SIGNED else 200)
    assert effects() == before


@pytest.mark.parametrize("provider", SIGNED)
def test_what_is_signed_wrongly_has_no_effect(provider: str) -> None:
    signer = Signer(provider)
    body, kind, headers = signer.signed(report(provider), other_key(provider), timezone.now())
    right, _, borne = signer.signed(report(provider), signer.key, timezone.now())
    cut = {name: value[:-1] for name, value in borne.items()}
    changed = right.replace(b"spring", b"summer")
    tries = [(body, headers), (right, {}), (right, cut), (changed, borne), (b"", borne)]
    if provider == "mailgun":  # of a report it signs the time and the token alone
        tries = [(body, headers), (right.replace(b"token", b"taken"), {}), (right.replace(b'"m1"', b'"m2"'), {})]
    if provider == "unisender_go":
        tries = [(body, headers), (changed, headers), (right.replace(b'"auth"', b'"other"'), {})]
    before = effects()
    for odd, named in tries:
        answer = send(signer, (odd, kind, named))
        assert answer.status_code in (400, 403), odd
        assert answer["Content-Type"] == "application/problem+json"
    assert effects() == before
    assert Hook.objects.get().last_at is None
    assert send(signer, (right, kind, borne)).status_code == 200


@pytest.mark.parametrize("provider", TIMED)
def test_a_signature_of_long_ago_or_of_tomorrow_is_refused(provider: str) -> None:
    signer, now = Signer(provider), timezone.now()
    before = effects()
    for at, told in (
        (now - TIMED[provider] - timedelta(minutes=1), "ago; look at the sender's clock, or it is a replay"),
        (now + timedelta(minutes=6), "more than 5 minutes ahead of our clock"),
    ):
        answer = signer.post(report(provider), at=at)
        assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
        assert f"signed at {at:%Y-%m-%dT%H:%M:%SZ}" in answer.json()["detail"]
        assert told in answer.json()["detail"]
        assert Hook.objects.get().refused_at is None
        wrong = send(signer, signer.signed(report(provider), other_key(provider), at))
        assert "is not signed" in wrong.json()["detail"]
        assert Hook.objects.get().refused_at is not None
        Hook.objects.update(refused_at=None)
    assert effects() == before
    assert signer.post(report(provider), at=now - TIMED[provider] + timedelta(minutes=1)).status_code == 200


@pytest.mark.parametrize("provider", ["mailgun", "resend"])
def test_an_id_that_came_with_something_else_is_refused(provider: str) -> None:
    signer, now = Signer(provider), timezone.now()
    assert send(signer, signer.signed(report(provider), signer.key, now, event_id="t1")).status_code == 200
    before = effects()
    other = json.loads(json.dumps(report(provider)).replace(WHO, "bob@example.com").replace("spring", "summer"))
    answer = send(signer, signer.signed(other, signer.key, now, event_id="t1"))
    assert (answer.status_code, answer["Content-Type"]) == (AGAIN.get(provider, 409), "application/problem+json")
    assert "Something else was reported by this id before" in answer.json()["detail"]
    assert effects() == before
    assert send(signer, signer.signed(other, signer.key, now, event_id="t2")).status_code == 200


@pytest.mark.parametrize("provider", SIGNED)
def test_two_keys_hold_while_one_changes(provider: str) -> None:
    """Each is a pair of its own where the provider signs with a private key."""
    old = Signer(provider)
    new = Signer.__new__(Signer)
    new.__dict__.update(old.__dict__)
    if old.rsa:
        new.rsa = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    if old.ec:
        new.ec = ec.generate_private_key(ec.SECP256R1())
    key = new.key if old.rsa or old.ec else other_key(provider)

    def by(signer: Signer, token: str) -> Any:
        signed_with, now = key if signer is new else old.key, timezone.now()
        said = report(provider, now - timedelta(minutes=int(token[1:])))
        return send(signer, signer.signed(said, signed_with, now, event_id=token)).status_code

    assert by(new, "t1") == 403
    _hook, new.path = addresses.rotate("mail", timedelta(hours=1), timezone.now(), key)
    assert [by(signer, token) for signer, token in ((old, "t2"), (new, "t3"))] == [200, 200]
    Hook.objects.update(earlier_until=timezone.now())
    assert by(old, "t4") == 404
    old.path = new.path
    assert [by(signer, token) for signer, token in ((old, "t5"), (new, "t6"))] == [403, 200]


@pytest.mark.parametrize("provider", SIGNED)
def test_signatures_are_compared_in_constant_time(provider: str) -> None:
    view = BY_NAME[provider].view
    checks = [
        inspect.getsource(vars(cls)["validate_request"]) for cls in view.__mro__ if "validate_request" in vars(cls)
    ]
    said = "\n".join(checks)
    assert any(
        one in said
        for one in ("constant_time_compare(", ".verify(", "check_standard(", "sns.check(", "compare_digest(")
    )
    assert "signature ==" not in said
    assert "signature !=" not in said


def test_a_key_that_can_be_none_is_refused_at_once() -> None:
    for provider, key in (("sendgrid", "no key"), ("mailgun", "é"), ("mailersend", "a\nb")):
        with pytest.raises(addresses.CannotMake, match="key: this is none of"):
            addresses.make("mail", provider, key, timezone.now())
    assert not Hook.objects.exists()

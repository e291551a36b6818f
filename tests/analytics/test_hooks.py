"""What mail providers report, in their own words, with the known answers; and who is let in."""

import base64
import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from django.utils import timezone

from analytics.fold import fold_inbox
from analytics.hooks import addresses, signatures
from analytics.hooks.providers import BY_NAME, PROVIDERS
from analytics.hooks.reading import events_of
from analytics.ingest import record_campaigns, record_costs, record_events
from analytics.ingest.parsing import NewEvent, parse_event
from analytics.models import Campaign, DeadLetterRow, Event, Hook, InboxBatch, OtherEvents, SuppressedEvents
from compliance import crypto, people
from compliance.acting import Actor
from compliance.models import Identity
from compliance.subjects import requests
from tests.analytics import amazon
from tests.analytics.events import event
from tests.analytics.signer import Signer

pytestmark = pytest.mark.django_db
SAMPLES = Path(configured.BASE_DIR).parent / "shared" / "data" / "esp_webhooks" / "esp_webhook_samples.jsonl"
NOW = datetime(2026, 10, 5, 12, tzinfo=UTC)
JSON = "application/json"
BROWSER = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"
WITH_OTHER_SETTINGS = ("SparkPostDeliveryTestCase.test_initial_open_event_as_opened",)
AS_OURS = {
    "delivered": "delivered", "bounced": "bounced", "opened": "opened", "clicked": "clicked",
    "complained": "complained", "unsubscribed": "unsubscribed",
}  # fmt: skip


def samples() -> list[dict[str, Any]]:
    """Each with its known answer; none where the data set is absent."""
    return [json.loads(line) for line in SAMPLES.read_text().splitlines()] if SAMPLES.exists() else []


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO)
    return caplog


@pytest.mark.skipif(not SAMPLES.exists(), reason=f"{SAMPLES.name} is not there")
@pytest.mark.parametrize("provider", [one.name for one in PROVIDERS])
def test_every_sample_is_read_as_its_known_answer_says(provider: str, rf: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signatures, "RETRIED", timezone.now() - datetime(2000, 1, 1, tzinfo=UTC))  # samples are old
    known = BY_NAME[provider]
    signer = Signer(provider)
    of_it = [one for one in samples() if one["esp"] == provider and one["variable"] != "metadata"]
    assert of_it
    for sample in of_it:
        wanted = sample["expected"]
        borne = (wanted.get("event_id") or "m1", wanted.get("timestamp") or "")
        body, kind, headers = signer.signed(sample["payload"], signer.key, timezone.now(), *borne)
        request = rf.post(signer.path, body, content_type=kind, headers=headers)
        reader = known.reader(signer.key)
        try:
            reader.run_validators(request)
            reports = reader.parse_events(request)
        except Exception:  # noqa: BLE001
            assert "event_type" not in wanted, sample
            continue
        if "event_type" not in wanted or sample["test"] in WITH_OTHER_SETTINGS:
            continue
        assert wanted["event_type"] in {str(report.event_type) for report in reports}, sample["test"]
        for report in reports:
            read = list(events_of(report, known, NOW))
            name = AS_OURS.get(str(report.event_type)) or ("sent" if report.event_type == known.sent_is else "")
            assert (read[-1]["type"] if read else "") == name, sample["test"]
            if not read or (wanted.get("recipient") and report.recipient != wanted["recipient"]):
                continue
            _as_known(read[-1], wanted, sample)


def _offset_is_lost(sample: dict[str, Any]) -> bool:
    """The known answers of Postmark have the hour that was written, and no zone."""
    return sample["esp"] == "postmark" and "-04:00" in json.dumps(sample["payload"])


def _as_known(event: dict[str, Any], wanted: dict[str, Any], sample: dict[str, Any]) -> None:
    if wanted.get("timestamp") and not _offset_is_lost(sample):
        assert datetime.fromisoformat(event["occurred_at"]) == datetime.fromisoformat(wanted["timestamp"])
    if wanted.get("recipient"):
        assert event["contact"] == wanted["recipient"].casefold()
    if wanted.get("message_id"):
        assert event["message"] == str(wanted["message_id"]).strip("<>")
    if wanted.get("event_id"):
        assert event["event_id"] == wanted["event_id"]
    if wanted.get("click_url") and event["type"] == "clicked":
        assert event["url"] == wanted["click_url"]
    if event["type"] in ("opened", "clicked") and "user_agent" in wanted:
        assert event["user_agent"] == wanted["user_agent"]
    parsed = parse_event(
        event | {"campaign": "c", "contact": event["contact"] or "x"}, now=timezone.now(), reporting_currency="USD"
    )
    assert isinstance(parsed, NewEvent), (sample["test"], parsed)


def sendgrid(event: str, **more: Any) -> dict[str, Any]:
    at = int(timezone.now().timestamp()) - 60
    said = {
        "email": "ann@example.com",
        "event": event,
        "timestamp": at,
        "sg_event_id": f"id-{event}",
        "category": "spring",
    }
    return said | {"smtp-id": "<m1@example.com>"} | more


def test_a_batch_is_counted_once_with_machines_told_apart() -> None:
    signer = Signer("sendgrid")
    early = {"timestamp": int(timezone.now().timestamp()) - 7_200}
    batch = [sendgrid("processed", **early), sendgrid("delivered", **early), sendgrid("deferred", **early)]
    batch += [sendgrid("open", sg_machine_open=True), sendgrid("click", url="https://example.com/a", useragent=BROWSER)]
    answer = signer.post(batch)
    assert (answer.status_code, answer.json()) == (200, {"accepted": 4, "rejected": 0, "others": 1})
    fold_inbox()
    assert signer.post(batch).status_code == 409
    fold_inbox()
    kept = Event.objects.values_list("type", "machine", "message").order_by("type")
    assert [(one, bool(machine), message) for one, machine, message in kept] == [
        (1, False, "m1@example.com"),
        (2, False, "m1@example.com"),
        (5, True, "m1@example.com"),
        (6, False, "m1@example.com"),
    ]
    assert list(Campaign.objects.values_list("external_id", "channel", "is_stub")) == [("spring", "email", True)]
    assert list(OtherEvents.objects.values_list("name", "events")) == [("deferred", 1)]
    assert Hook.objects.get().last_at is not None


@pytest.mark.parametrize("stamp", [None, "odd", [], 10**30])
def test_one_odd_report_of_a_batch_costs_itself_alone(stamp: object) -> None:
    signer = Signer("sendgrid")
    batch = [sendgrid("delivered", sg_event_id=f"e{number}") for number in range(50)]
    batch.insert(7, sendgrid("delivered", sg_event_id="odd", timestamp=stamp))
    batch.append(sendgrid("deferred"))
    assert signer.post(batch).json() == {"accepted": 50, "rejected": 1, "others": 1}
    fold_inbox()
    assert Event.objects.count() == 50
    row = DeadLetterRow.objects.get()
    assert (row.line, json.loads(json.loads(crypto.decrypt(bytes(row.content))))) == (7, batch[7])
    assert OtherEvents.objects.get().events == 1


def test_an_odd_form_of_too_many_fields_is_kept() -> None:
    form = "&".join(f"a{number}=1" for number in range(2_000))
    kind = "application/x-www-form-urlencoded"
    assert Client().post(Signer("brevo").path, form, content_type=kind).json()["rejected"] == 1


def test_who_is_known_by_an_address_is_one_person_and_erased_however_it_is_written() -> None:
    signer, now = Signer("sendgrid"), timezone.now()
    written = ("Case.Person@Example.org", "case.person@example.org")
    batch = [sendgrid("open", sg_event_id=one, email=one) for one in written]
    signer.post([*batch, sendgrid("open", sg_event_id="e3", email="a@example.org", contact="Ann-7")])
    fold_inbox()
    assert sorted(map(people.opened, Identity.objects.all())) == ["Ann-7", "case.person@example.org"]
    request, _ = requests.receive("erasure", "gdpr", [written[0]], at=now, by=Actor(User.objects.create_user("olga")))
    person = requests.whole_person(request)
    with transaction.atomic():
        people.close_door()
        people.forget(person.identifiers, now)
    assert Identity.objects.count() == 1
    again = signer.post(
        [sendgrid("click", sg_event_id=f"again {one}", email=one, url="https://e.org") for one in written]
    )
    assert again.json()["accepted"] == 0
    assert SuppressedEvents.objects.get().events == 2


def test_no_more_odd_reports_are_kept_than_others_are_taken() -> None:
    assert Signer("sendgrid").post([7] * 5_001).status_code == 413
    assert not DeadLetterRow.objects.exists()


def test_a_send_is_implied_once_where_none_is_reported() -> None:
    signer = Signer("postmark")
    said = {"RecordType": "Delivery", "MessageID": "m1", "Recipient": "ann@example.com", "Tag": "spring"}
    assert signer.post(said | {"DeliveredAt": timezone.now().isoformat()}).json()["accepted"] == 2
    bounce = {
        "RecordType": "Bounce",
        "Type": "SoftBounce",
        "Email": "ann@example.com",
        "MessageID": "m1",
        "Tag": "spring",
    }
    assert signer.post(bounce | {"ID": 7, "BouncedAt": timezone.now().isoformat()}).json()["accepted"] == 2
    fold_inbox()
    assert sorted(Event.objects.values_list("type", flat=True)) == [1, 2, 4]


@pytest.mark.parametrize("provider", [one.name for one in PROVIDERS if one.signed_by])
def test_what_is_signed_wrongly_has_no_effect(provider: str) -> None:
    signer = Signer(provider)
    others = {"resend": "whsec_" + base64.b64encode(b"y" * 24).decode(), "amazon_ses": amazon.OTHER_TOPIC}
    other = others.get(provider, "another key")
    payload: Any = [sendgrid("delivered")] if provider in ("sendgrid", "mandrill") else {"event-data": {}, "events": []}
    answer = signer.post(payload, key=other)
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
    unsigned = Client().post(signer.path, json.dumps(payload), content_type=JSON)
    assert unsigned.status_code in (400, 403)
    assert not any(table.objects.exists() for table in (InboxBatch, DeadLetterRow, Campaign))
    assert Hook.objects.get().last_at is None


def test_who_does_not_know_the_secret_is_told_nothing(quiet: pytest.LogCaptureFixture) -> None:
    signer = Signer("brevo")
    secret = signer.path.split("/")[-2]
    for path in (
        signer.path[:-3] + "xx/",
        "/hooks/brevo/x/",
        signer.path.replace("brevo", "postmark"),
        "/hooks/none/x/",
    ):
        answer = Client().post(path, "{}", content_type=JSON)
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert Client().get(signer.path.rstrip("/")).status_code == 200
    assert Client().head(signer.path).status_code == Client().get(signer.path).status_code == 200
    assert Client().put(signer.path).status_code == 405
    assert Client().post(signer.path, b"x" * (5 * 1024 * 1024 + 1), content_type=JSON).status_code == 413
    assert secret not in quiet.text
    assert not InboxBatch.objects.exists()


@pytest.mark.parametrize("body", ["", "[", "[7]", '{"event": 7, "email": []}', '{"items": []}', "null", '{"tags": 7}'])
def test_what_cannot_be_read_is_kept_sealed_and_not_asked_for_again(body: str) -> None:
    signer = Signer("brevo")
    answer = Client().post(signer.path, body, content_type=JSON)
    assert answer.status_code == 200
    if answer.json()["rejected"]:
        row = DeadLetterRow.objects.get()
        assert row.source_name == "mail"
        said = json.loads(crypto.decrypt(bytes(row.content)))
        assert said == body.strip("[]") or row.field or body == "["
    assert answer.json()["accepted"] == 0


ODD = ("[]", "7", "null", '{"signature": "x"}', '{"signature": {"token": "\u00e9"}}', "[" * 9_000)


@pytest.mark.parametrize("body", ODD)
@pytest.mark.parametrize("provider", [one.name for one in PROVIDERS])
def test_whatever_comes_is_no_fault_of_ours(provider: str, body: str) -> None:
    signer = Signer(provider)
    for kind in (JSON, "application/x-www-form-urlencoded", "text/plain"):
        headers = {"x-amz-sns-message-type": "Notification"}
        assert Client().post(signer.path, body, content_type=kind, headers=headers).status_code < 500


def test_a_form_that_is_no_ascii_is_no_report_of_mailgun() -> None:
    form = f"timestamp={int(timezone.now().timestamp())}&token=%ff&signature=%ff"
    answer = Client().post(Signer("mailgun").path, form, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400


@pytest.mark.parametrize("campaign", ["x" * 201, "x" * 9_000, "a\0b", "\ud800"])
def test_what_can_be_no_campaign_costs_its_own_report_alone(campaign: str) -> None:
    reports = [sendgrid("delivered", category=["spring"]), sendgrid("open", category=[campaign])]
    answer = Signer("sendgrid").post(reports)
    assert (answer.status_code, answer.json()) == (200, {"accepted": 1, "rejected": 1, "others": 0})
    assert DeadLetterRow.objects.get().field == "campaign"
    assert Campaign.objects.get().external_id == "spring"


def test_a_report_without_a_campaign_is_kept_with_its_reason() -> None:
    said = {"event": "opened", "email": "ann@example.com", "ts_epoch": int(timezone.now().timestamp() * 1000)}
    assert Signer("brevo").post(said).json() == {"accepted": 0, "rejected": 1, "others": 0}
    row = DeadLetterRow.objects.get()
    assert "campaign" in row.reason
    assert "ann@" not in row.reason


def test_no_address_becomes_the_name_of_a_campaign_and_reports_are_bounded() -> None:
    signer = Signer("sendgrid")
    assert signer.post([sendgrid("open", category="jane@example.com")]).json()["rejected"] == 1
    assert not Campaign.objects.exists()
    assert signer.post([sendgrid("open")] * 5_001).status_code == 413
    assert not InboxBatch.objects.exists()


def test_a_secret_can_be_changed_without_a_gap() -> None:
    signer = Signer("brevo")
    before = signer.path
    _hook, signer.path = addresses.rotate("mail", timedelta(hours=1), timezone.now())
    for path in (before, signer.path):
        assert Client().get(path).status_code == 200
    _hook, last = addresses.rotate("mail", timedelta(0), timezone.now())
    assert [Client().get(path).status_code for path in (before, signer.path, last)] == [404, 404, 200]


@pytest.mark.parametrize(
    ("name", "provider", "key", "said"),
    [
        ("mail", "pigeon", "", "provider: there is none"),
        ("My mail", "brevo", "", "name: use"),
        ("mail", "mailgun", "", "key: Mailgun signs"),
        ("mail", "brevo", "k", "key: Brevo signs no"),
        ("taken", "brevo", "", "name: there is a webhook called taken"),
        ("ann@example.com", "brevo", "", "name: it is kept in clear and looks like somebody's"),
        ("+442079460000", "brevo", "", "name: it is kept in clear and looks like somebody's"),
        ("shop", "brevo", "", "name: shop is the name of another source"),
        ("ads", "brevo", "", "name: ads is the name of another source"),
        ("segment", "brevo", "", "name: segment is the name of another source"),
    ],
)
def test_what_cannot_be_made_says_why(name: str, provider: str, key: str, said: str) -> None:
    now = timezone.now()
    addresses.make("taken", "brevo", "", now)
    record_campaigns([{"campaign": "spring-sale", "channel": "email"}], at=now)
    record_costs([{"campaign": "spring-sale", "date": str(now.date()), "amount": "1"}], at=now, source="ads")
    record_events([event(type="eaten")], source="shop", at=now)
    with pytest.raises(addresses.CannotMake, match=said):
        addresses.make(name, provider, key, timezone.now())


def test_a_webhook_that_was_ended_may_be_made_again_and_goes_on_with_its_source() -> None:
    now = timezone.now()
    addresses.make("mail", "brevo", "", now)
    addresses.end("mail", now)
    assert addresses.ended() == {"mail": now}
    addresses.make("mail", "sendgrid", "", now)
    assert addresses.ended() == {}


def test_the_command_prints_the_path_alone(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("create_webhook", "mail", "brevo")
    path = capsys.readouterr().out.strip()
    assert Client().get(path).status_code == 200
    call_command("create_webhook", "mail", "--rotate", "--overlap-hours", "0")
    assert Client().get(path).status_code == 404
    with pytest.raises(CommandError, match="there is no webhook called other"):
        call_command("create_webhook", "other", "--rotate")
    with pytest.raises(CommandError, match="name: it is kept in clear"):
        call_command("create_webhook", "ann@example.com", "brevo")

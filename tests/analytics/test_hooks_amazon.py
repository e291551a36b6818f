"""Amazon's SNS over a real connection: who signed a message, with which certificate, and what is confirmed."""

import base64
import json
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from analytics.fold import fold_inbox
from analytics.hooks import addresses, sns
from analytics.models import DeadLetterRow, Event, Hook, InboxBatch
from compliance import outbound
from compliance.models import AuditEntry
from tests.analytics import amazon
from tests.analytics.test_hooks import SAMPLES, samples
from tests.compliance.servers import Server, certified, serving

pytestmark = pytest.mark.django_db
Reached = Callable[[bytes], Server]


@pytest.fixture
def reached(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reached]:
    """Amazon's host, whose certificate for TLS is trusted here, and which gives each who asks the same answer."""
    tls, trusted = certified(tmp_path, amazon.HOST)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    monkeypatch.setattr(sns, "_kept", {})
    monkeypatch.setattr(outbound, "_by_system", lambda host, port: ["127.0.0.1"])
    settings.OUTBOUND_ALLOW = [f"https://{amazon.HOST}"]
    answers: list[bytes] = []

    def answer(peer: socket.socket, server: Server) -> None:
        server.seen.append(peer.recv(65_536).split(b" HTTP/1.1")[0])
        peer.sendall(answers[-1])

    with serving(answer, tls=tls) as server:
        monkeypatch.setattr(outbound, "STANDARD", {"https": server.port, "http": 80})

        def gives(text: bytes) -> Server:
            answers.append(text)
            return server

        yield gives


def page(body: bytes, status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def gone(name: str = "sns.amazonaws.com", **other: Any) -> bytes:
    return page(amazon.pem(amazon.certificate(name, **other)))


def address(topic: str = amazon.TOPIC) -> str:
    return addresses.make("mail", "amazon_ses", topic, timezone.now())[1]


def notice(**changed: Any) -> dict[str, Any]:
    at = timezone.now() - timedelta(minutes=1)
    mail = {"messageId": "s1", "timestamp": at.isoformat(), "headers": [{"name": "X-Tag", "value": "spring"}]}
    delivery = {"timestamp": at.isoformat(), "recipients": ["ann@example.com"]}
    report = {"eventType": "Delivery", "mail": mail, "delivery": delivery}
    return amazon.notice(report, amazon.TOPIC, timezone.now()) | changed


def send(path: str, message: dict[str, Any]) -> Any:
    headers = amazon.headers_of(message)
    return Client().post(path, json.dumps(message), content_type="text/plain; charset=UTF-8", headers=headers)


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("topic", [amazon.TOPIC, ""])
def test_what_amazon_signed_is_taken_once_and_its_certificate_fetched_once(
    reached: Reached, version: str, topic: str
) -> None:
    server, path = reached(gone()), address(topic)
    first, other = notice(), notice(MessageId="m2", Subject="Amazon SES Email Event Notification")
    messages = [amazon.signed(first, version), amazon.signed(first, version), amazon.signed(other, version)]
    assert [send(path, one).status_code for one in messages] == [200, 409, 200]
    fold_inbox()
    assert sorted(Event.objects.values_list("type", flat=True)) == [2, 2]
    assert server.seen == [b"GET /SimpleNotificationService-0123456789abcdef.pem"]
    assert server.names == [amazon.HOST]


@pytest.mark.skipif(not SAMPLES.exists(), reason=f"{SAMPLES.name} is not there")
def test_every_sample_of_amazon_passes_as_sns_wraps_it(reached: Reached) -> None:
    reached(gone())
    path, now = address(), timezone.now()
    of_it = [one["payload"] for one in samples() if one["esp"] == "amazon_ses" and one["variable"] != "metadata"]
    assert of_it
    for number, payload in enumerate(of_it):
        message = amazon.signed(amazon.notice(payload, amazon.TOPIC, now, f"m{number}") | {"MessageId": f"m{number}"})
        if message["TopicArn"] == amazon.TOPIC:
            assert send(path, message).status_code == 200, payload
            assert send(path, message).status_code == 409


def moved(message: dict[str, Any]) -> dict[str, Any]:
    """The same text is signed, with the subject in the id."""
    subject = message.pop("Subject")
    return message | {"MessageId": f"{message['MessageId']}\nSubject\n{subject}"}


FORGED: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "message": lambda one: one | {"Message": one["Message"].replace("ann@", "bob@")},
    "id": lambda one: one | {"MessageId": "m9"},
    "time": lambda one: one | {"Timestamp": timezone.now().isoformat()},
    "subject": lambda one: {name: said for name, said in one.items() if name != "Subject"},
    "moved": moved,
    "topic": lambda one: one | {"TopicArn": amazon.OTHER_TOPIC},
    "other topic, signed": lambda one: amazon.signed(one | {"TopicArn": amazon.OTHER_TOPIC}),
    "type": lambda one: one | {"Type": "UnsubscribeConfirmation"},
    "no signature": lambda one: one | {"Signature": ""},
    "no base64": lambda one: one | {"Signature": "é"},
    "no text": lambda one: one | {"Signature": 7},
    "another's": lambda one: one | {"Signature": base64.b64encode(b"x" * 256).decode()},
    "version 3": lambda one: one | {"SignatureVersion": "3"},
    "other version": lambda one: one | {"SignatureVersion": "1"},
    "nothing": lambda one: {name: said for name, said in one.items() if not name.startswith("Sign")},
    "long ago": lambda one: amazon.signed(one | {"Timestamp": (timezone.now() - timedelta(hours=25)).isoformat()}),
    "tomorrow": lambda one: amazon.signed(one | {"Timestamp": (timezone.now() + timedelta(hours=1)).isoformat()}),
    "no time": lambda one: amazon.signed(one | {"Timestamp": "yesterday"}),
}


@pytest.mark.parametrize("how", FORGED)
def test_what_is_changed_or_old_is_refused(reached: Reached, how: str) -> None:
    reached(gone())
    path = address()
    answer = send(path, FORGED[how](amazon.signed(notice(Subject="Hello"))))
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
    assert not InboxBatch.objects.exists()
    assert not DeadLetterRow.objects.exists()
    assert Hook.objects.get().last_at is None


@pytest.mark.parametrize(
    "url",
    [
        "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem",
        "https://sns.s3.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem",
        "https://sns.s3-us-west-2.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem",
        "https://sns.s3.us-west-2.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem",
        "https://evil.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem",
        "https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-0123456789abcdef.pem",
        "https://sns.eu-west-1.amazonaws.com@evil.example/SimpleNotificationService-0123456789abcdef.pem",
        "https://sns.eu-west-1.amazonaws.com:8443/SimpleNotificationService-0123456789abcdef.pem",
        "https://sns.eu-west-1.amazonaws.com/?a=SimpleNotificationService-0123456789abcdef.pem",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem?x",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem\n",
        "https://SNS.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem",
        "https://127.0.0.1/SimpleNotificationService-0123456789abcdef.pem",
        None,
        ["https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"],
    ],
)
def test_a_certificate_is_fetched_from_amazon_alone(reached: Reached, url: Any) -> None:
    server, path = reached(gone()), address()
    assert send(path, amazon.signed(notice()) | {"SigningCertURL": url}).status_code == 403
    assert server.seen == []


def test_what_is_no_message_of_sns_asks_amazon_for_nothing(reached: Reached) -> None:
    server, path, message = reached(gone()), address(), amazon.signed(notice())
    headers = amazon.headers_of(message)
    raw = {"x-amz-sns-rawdelivery": "true"}
    for body, shown in ((message, {}), (message, headers | {"x-amz-sns-message-id": "m9"}), (notice(), raw), ({}, {})):
        answer = Client().post(path, json.dumps(body), content_type="text/plain", headers=shown)
        assert answer.status_code in (400, 403)
    assert server.seen == []


@pytest.mark.parametrize(
    "host",
    [
        "sns.us-east-1.amazonaws.com",
        "sns.us-gov-west-1.amazonaws.com",
        "sns.ap-southeast-2.amazonaws.com",
        "sns.me-central-1.amazonaws.com",
        "sns.cn-northwest-1.amazonaws.com.cn",
    ],
)
def test_every_region_has_one(host: str) -> None:
    assert sns.CERTIFICATE.fullmatch(f"https://{host}/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem")
    assert sns.CONFIRMS.fullmatch(f"https://{host}/?Action=ConfirmSubscription&TopicArn={amazon.TOPIC}&Token=ab1")


def test_a_certificate_may_bear_its_name_as_subject_alone(reached: Reached) -> None:
    reached(gone(alone=True))
    assert send(address(), amazon.signed(notice())).status_code == 200


@pytest.mark.parametrize(
    "name",
    ["sns-signing.af-south-1.amazonaws.com", "sns-cn-north-1.amazonaws.com.cn", "sns-us-gov-west-1.amazonaws.com"],
)
def test_a_region_may_have_a_name_of_its_own(reached: Reached, name: str) -> None:
    reached(gone(name))
    assert send(address(), amazon.signed(notice())).status_code == 200


@pytest.mark.parametrize(
    "given",
    [
        gone("sns.s3.amazonaws.com"),
        gone("mail.example.com"),
        gone(by="Somebody"),
        gone(ends=timedelta(hours=-1)),
        gone(bits=1_024),
        page(b"", "404 Not Found"),
    ],
    ids=["bucket", "name", "issuer", "expired", "short", "none"],
)
def test_a_certificate_of_somebody_else_is_none(reached: Reached, given: bytes) -> None:
    server, path = reached(given), address()
    message = amazon.signed(notice(), bits=1_024 if given == gone(bits=1_024) else 2_048)
    assert [send(path, message).status_code for _ in range(2)] == [403, 403]
    assert len(server.seen) == 1
    assert Hook.objects.get().refused_at is not None


@pytest.mark.parametrize(
    "given",
    [
        page(b"", "503 Slow down"),
        page(b"no certificate"),
        page(b"", "302 Found\r\nLocation: https://evil.example/"),
        page(b"x" * 70_000),
        b"",
    ],
    ids=["down", "other", "redirect", "long", "cut"],
)
def test_while_there_is_no_certificate_amazon_is_asked_to_come_again_and_nothing_is_lost(
    reached: Reached, given: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, path = reached(given), address()
    message, now = amazon.signed(notice()), timezone.now()
    for _ in range(2):
        answer = send(path, message)
        assert (answer.status_code, answer["Retry-After"]) == (503, "5")
        assert answer["Content-Type"] == "application/problem+json"
    assert len(server.seen) == 1
    assert Hook.objects.get().refused_at is None
    reached(gone())
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(seconds=20))  # when SNS tries again
    assert [send(path, message).status_code for _ in range(2)] == [200, 409]


def test_no_more_certificates_are_asked_for_than_so_many(reached: Reached, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sns, "MOST_KEPT", 3)
    server, path = reached(page(b"", "404 Not Found")), address()
    urls = [f"{amazon.URL[:-4]}{number}.pem" for number in range(5)]
    statuses = [send(path, amazon.signed(notice()) | {"SigningCertURL": url}).status_code for url in urls]
    assert statuses == [403] * 3 + [503] * 2
    assert len(server.seen) == 3


def asks(url: str = amazon.CONFIRM, kind: str = "SubscriptionConfirmation") -> dict[str, Any]:
    return amazon.signed(
        amazon.notice({"Type": kind, "MessageId": "c1", "SubscribeURL": url}, amazon.TOPIC, timezone.now())
    )


def test_a_subscription_to_the_topic_that_was_named_is_confirmed(
    reached: Reached, monkeypatch: pytest.MonkeyPatch
) -> None:
    amazon.known()
    server, path = reached(page(b"", "500 Away")), address()
    assert send(path, asks()).status_code == 503
    assert not AuditEntry.objects.filter(act="confirmed").exists()
    reached(page(b"<ConfirmSubscriptionResponse/>"))
    assert [send(path, asks()).status_code for _ in range(2)] == [200, 409]
    assert server.seen == [f"GET {amazon.CONFIRM.removeprefix(f'https://{amazon.HOST}')}".encode()] * 2
    row = AuditEntry.objects.get(act="confirmed")
    assert (row.object_type, row.object_id) == (addresses.OBJECT, "mail")
    assert not DeadLetterRow.objects.exists()


def test_the_end_of_a_subscription_is_not_taken_back(reached: Reached) -> None:
    amazon.known()
    server, path = reached(page(b"")), address()
    assert send(path, asks(kind="UnsubscribeConfirmation")).status_code == 200
    assert server.seen == []


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (amazon.CONFIRM, "open https://sns.eu-west-1."),
        ("http://169.254.169.254/latest", "no address of Amazon's"),
        ("https://sns.eu-west-1.amazonaws.com.evil.example/?Token=ab1", "no address of Amazon's"),
        ("https://sns.s3.amazonaws.com/?Token=ab1", "no address of Amazon's"),
        ("https://sns.eu-west-1.amazonaws.com/<script>", "no address of Amazon's"),
    ],
)
def test_a_subscription_to_a_topic_that_nobody_named_is_a_persons_to_confirm(
    reached: Reached, url: str, said: str
) -> None:
    amazon.known()
    server, path = reached(page(b"")), address("")
    answer = send(path, asks(url))
    assert (answer.status_code, answer.json()["rejected"]) == (200, 1)
    assert said in DeadLetterRow.objects.get().reason
    assert server.seen == []


@pytest.mark.parametrize(
    "topic", ["mail", "arn:aws:sqs:eu-west-1:123456789012:mail", "arn:aws:sns:s3:123456789012:mail"]
)
def test_what_is_no_topic_is_refused_when_the_address_is_made(topic: str) -> None:
    with pytest.raises(addresses.CannotMake, match="key: this is none of Amazon SES"):
        address(topic)

"""People are told through channels: once for each cause, signed, ever later if need be; what came back is kept."""

import base64
import hmac
import json
import logging
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings

from compliance import crypto, notices, retention, rotation
from compliance.acting import Actor
from compliance.models import AuditEntry, Notice, NoticeChannel
from compliance.notices import Message, channels, formats, sending
from compliance.notices.channels import CannotChange, Wanted
from tests.compliance.channels import (
    KINDS,
    NOW,
    SECRET_PATH,
    channel,
    channel_to,
    failed,
    message,
    open_to,
    parts,
    saying,
)
from tests.compliance.looks import person
from tests.compliance.servers import OK, answering, serving

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def mia() -> Actor:
    return Actor(person("mia"))


def test_each_channel_that_subscribes_is_told_once(settings: Settings, mia: Actor) -> None:
    with serving(answering(OK)) as one, serving(answering(OK)) as other, serving(answering(OK)) as off:
        urls = open_to(settings, one, other, off)
        for url in urls:
            last = channel(url)
        channel(urls[2], about=["access"], by=person("nina", "Compliance officer"))
        channels.change(last.pk, Wanted(last.name, "slack", last.about, enabled=False), by=mia, at=NOW)
        assert notices.tell(message(), NOW) == 2
        assert notices.tell(message(), NOW + MINUTE) == 0
        assert sending.send(NOW) == 2
        assert sending.send(NOW + MINUTE) == 0
    assert [len(server.seen) for server in (one, other, off)] == [1, 1, 0]
    rows = Notice.objects.values_list("state", "tries", "status", "error")
    assert set(rows) == {("sent", 1, 200, "")}


def test_what_is_taken_back_is_told_to_nobody(settings: Settings) -> None:
    with serving(answering(OK)) as server:
        channel_to(settings, server)
        with transaction.atomic():
            assert notices.tell(message(), NOW) == 1
            transaction.set_rollback(True)
        assert sending.send(NOW) == 0
    assert server.seen == []


def test_a_webhook_is_signed_by_two_secrets_until_the_older_ends(settings: Settings, mia: Actor) -> None:
    with serving(answering(OK)) as server:
        made = channel_to(settings, server, kind="webhook")
        old, new = (channels.new_secret(made.pk, by=mia, at=NOW) for _ in range(2))
        notices.tell(message(), NOW)
        sending.send(NOW)
        assert channels.end_old_secret(made.pk, by=mia, at=NOW)
        assert not channels.end_old_secret(made.pk, by=mia, at=NOW)
        notices.tell(message("another"), NOW)
        sending.send(NOW)
    first, second = server.seen
    head, body = parts(first)
    assert body == {
        "type": "notice.marketing",
        "timestamp": "2026-11-29T12:00:00+00:00",
        "data": {
            "title": "Spend is double what is usual",
            "text": "Spend of email: $4,812.50\nUsual: $2,400.10",
            "url": f"{settings.PORTAL_URL}/admin/marketing/?channel=email&start=2026-11-28",
        },
    }
    assert head["webhook-signature"].split() == [signature(secret, first) for secret in (new, old)]
    assert parts(second)[0]["webhook-signature"].split() == [signature(new, second)]
    assert head["webhook-id"] != parts(second)[0]["webhook-id"]


def signature(secret: str, request: bytes) -> str:
    """As a receiver works it out."""
    head, body = parts(request)[0], request.partition(b"\r\n\r\n")[2]
    signed = b".".join((head["webhook-id"].encode(), head["webhook-timestamp"].encode(), body))
    digest = hmac.digest(base64.b64decode(secret.removeprefix("whsec_")), signed, "sha256")
    return f"v1,{base64.b64encode(digest).decode()}"


def test_slack_gets_a_message_in_which_nothing_calls_a_channel(settings: Settings) -> None:
    with serving(answering(OK)) as server:
        channel_to(settings, server)
        notices.tell(message(title="Costs of <!channel> & co", text="<https://evil.example|Sign in> <@U1>"), NOW)
        sending.send(NOW)
    [said] = parts(server.seen[0])[1]["attachments"]
    assert said["title"] == "Costs of &lt;!channel&gt; &amp; co"
    assert said["text"].startswith("&lt;https://evil.example|Sign in&gt; &lt;@U1&gt;")
    assert said["text"].endswith("/admin/marketing/?channel=email&amp;start=2026-11-28")
    assert f"POST /{SECRET_PATH} ".encode() in server.seen[0]


def test_teams_gets_an_adaptive_card_without_links_and_mentions_of_others(settings: Settings) -> None:
    with serving(answering(saying("202 Accepted"))) as server:
        channel_to(settings, server, kind="teams")
        notices.tell(message(title="Costs of <at>all</at>", text="[Sign in](https://evil.example)\nUsual: $1.00"), NOW)
        assert sending.send(NOW) == 1
    body = parts(server.seen[0])[1]
    [card] = body["attachments"]
    title, text = (block["text"] for block in card["content"]["body"])
    assert (body["type"], card["contentType"]) == ("message", "application/vnd.microsoft.card.adaptive")
    assert "entities" not in card["content"]["msteams"]
    assert title == "Costs of ‹at>all‹/at>"
    address = f"{settings.PORTAL_URL}/admin/marketing/?channel=email&start=2026-11-28"
    assert text == f"[Sign in] (https://evil.example)\n\nUsual: $1.00\n\n[{address}]({address})"


def test_what_looks_like_somebody_is_hidden_and_figures_stay(settings: Settings) -> None:
    with serving(answering(OK)) as server:
        channel_to(settings, server)
        text = "For ada@example.com,\0 +49 151 00042017, $1,234,567.89 of 12,345,678 on 2026-11-29 08:00, 2.4 times"
        notices.tell(message(title="Of\r\nada@example.com", text=text), NOW)
    row = Notice.objects.get()
    assert row.title == "Of …"
    assert row.text == "For …, …, $1,234,567.89 of 12,345,678 on 2026-11-29 08:00, 2.4 times"


@pytest.mark.parametrize(
    ("about", "key", "path"),
    [("weather", "a", ""), ("marketing", "", ""), ("marketing", "k" * 301, ""), ("marketing", "a", "//evil.example/"),
     ("marketing", "a", "https://evil.example/"), ("marketing", "a", f"/{'x' * 500}")],
)  # fmt: skip
def test_what_cannot_be_told_is_said_to_whoever_writes_the_code(about: str, key: str, path: str) -> None:
    with pytest.raises(ValueError, match=r"subscribes|characters|path"):
        Message(about, key, "title", "text", path)


def test_a_text_of_any_length_is_cut(settings: Settings) -> None:
    with serving(answering(OK)) as server:
        channel_to(settings, server)
        notices.tell(message(title="t" * 900, text="x" * 90_000), NOW)
        assert sending.send(NOW) == 1
    row = Notice.objects.get()
    assert (len(row.title), len(row.text)) == (200, 4_000)


def test_neither_logs_nor_the_audit_trail_nor_errors_say_an_address(
    settings: Settings, mia: Actor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said_back = f"no such hook: /{SECRET_PATH} for ada@example.com"
    with serving(answering(saying("404 No", said_back))) as server:
        for kind in KINDS:
            made = channel_to(settings, server, kind=kind)
            if kind == "webhook":
                secret = channels.new_secret(made.pk, by=mia, at=NOW)
            sending.test(made.pk, by=mia, at=NOW)
        channels.change(made.pk, Wanted("new", kind, made.about, address=made_url(server.port)), by=mia, at=NOW)
        channels.remove(made.pk, by=mia, at=NOW)
    kept = [str(list(model.objects.values())) for model in (AuditEntry, Notice)]
    text = "\n".join((*kept, caplog.text))
    for part in (*SECRET_PATH.split("/")[1:], "ada@example.com", "another-secret", secret):
        assert part not in text
    assert "no such hook" in text
    acts = list(AuditEntry.objects.order_by("id").values_list("act", flat=True))
    assert acts == ["made", "made secret", "tested", "made", "tested", "made", "tested", "changed", "removed"]


def made_url(port: int) -> str:
    return f"http://127.0.0.1:{port}/hooks/another-secret"


def test_addresses_are_encrypted_and_opened_after_keys_were_rotated(settings: Settings, mia: Actor) -> None:
    with serving(answering(OK)) as server:
        made = channel_to(settings, server, kind="webhook")
        channels.new_secret(made.pk, by=mia, at=NOW)
        row = NoticeChannel.objects.values().get()
        assert SECRET_PATH.encode() not in bytes(row["address"] or b"")
        assert b"whsec" not in bytes(row["secrets"] or b"")
        new = base64.urlsafe_b64encode(b"n" * 32).decode()
        settings.IDENTITY_KEYS, old = [new, *settings.IDENTITY_KEYS], settings.IDENTITY_KEYS
        list(rotation.rotate())
        settings.IDENTITY_KEYS = [new]
        made.refresh_from_db()
        assert channels.addresses(made)[0].endswith(SECRET_PATH)
        assert channels.signing(made)[0].startswith("whsec_")
        settings.IDENTITY_KEYS = old
        with pytest.raises(crypto.CannotDecrypt):
            channels.addresses(made)
        notices.tell(message(), NOW)
        assert "cannot be read" in failed(NOW).error


def test_a_test_says_that_it_is_one_what_came_back_and_is_not_repeated(settings: Settings, mia: Actor) -> None:
    answers = iter([OK, saying("503 Away", "down")])
    with serving(lambda peer, server: answering(next(answers))(peer, server)) as server:
        made = channel_to(settings, server, kind="webhook")
        assert sending.test(made.pk, by=mia, at=NOW).words == "Answered 200."
        said = sending.test(made.pk, by=mia, at=NOW)
        assert (said.status, said.error) == (503, "Answered 503: down")
        assert sending.send(NOW + timedelta(days=1)) == 0
    body = parts(server.seen[0])[1]
    assert body["type"] == "notice.test"
    assert body["data"]["title"].startswith("Test:")
    assert set(Notice.objects.values_list("about", "state", "tries")) == {("test", "sent", 1), ("test", "given up", 1)}


def test_the_log_is_kept_for_a_quarter(settings: Settings) -> None:
    with serving(answering(OK)) as server:
        channel_to(settings, server)
    notices.tell(message("old"), timezone.now() - timedelta(days=91))
    notices.tell(message("new"), timezone.now() - timedelta(days=89))
    retention.apply(timezone.now())
    assert list(Notice.objects.values_list("key", flat=True)) == ["new"]


def test_who_may_say_where_alerts_of_unusual_access_go_is_not_who_is_watched(settings: Settings, mia: Actor) -> None:
    with serving(answering(OK)) as server:
        [url] = open_to(settings, server)
    with pytest.raises(CannotChange, match="change_accessalert"):
        channel(url, about=["marketing", "access"])
    made = channel(url, about=["access"], by=person("nina", "Compliance officer"))
    for act in (
        lambda: channels.change(made.pk, Wanted(made.name, "slack", ["marketing"]), by=mia, at=NOW),
        lambda: channels.remove(made.pk, by=mia, at=NOW),
        lambda: sending.test(made.pk, by=mia, at=NOW),
    ):
        with pytest.raises(CannotChange, match="change_accessalert"):
            act()
    assert NoticeChannel.objects.get().about == ["access"]


def test_many_channels_are_told_in_as_many_queries_as_one(settings: Settings, django_assert_num_queries: Any) -> None:
    with serving(answering(OK)) as server:
        [url] = open_to(settings, server)
        for _ in range(5):
            channel(url)
    with django_assert_num_queries(3):
        notices.tell(message(), NOW)


def test_the_formats_name_no_other_host_and_say_who_sends() -> None:
    parcel = formats.Parcel("key", "marketing", "Title", "Text", "", NOW)
    assert json.loads(formats.slack(parcel))["attachments"][0]["footer"] == formats.SENDER
    for kind in KINDS:
        body = formats.JSON_OF[kind](parcel).decode().lower()
        assert "apprise" not in body
        assert "http" not in body.replace("http://adaptivecards.io/schemas/adaptive-card.json", "")

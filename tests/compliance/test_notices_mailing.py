"""A mail channel mails each receiver apart, and none twice."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.mail import EmailMessage
from pytest_django import Settings

from compliance import notices
from compliance.models import Notice
from compliance.notices import mailing, sending
from compliance.notices.erasing import ChannelAddresses
from compliance.sources import Person
from config.environment import mail_server
from tests.compliance import mail
from tests.compliance.channels import NOW, channel, failed, message
from tests.compliance.mail import Post

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def post(settings: Settings) -> Iterator[Post]:
    with mail.server() as listening:
        for name, value in mail_server(f"smtp://127.0.0.1:{listening.port}").items():
            setattr(settings, name, value)
        settings.EMAIL_URL, settings.EMAIL_FROM = "smtp://127.0.0.1", "marketing@portal.test"
        yield listening


def test_each_receiver_of_a_channel_has_a_mail_of_their_own_with_one_id(post: Post, settings: Settings) -> None:
    channel("ops@team.test, lead@team.test\nops@team.test", kind="email")
    notices.tell(message(), NOW)
    post.refuses = "421 later"
    failed(NOW)
    post.refuses = ""
    assert sending.send(NOW + MINUTE) == 1
    assert [receivers for receivers, _ in post.taken] == [["ops@team.test"], ["lead@team.test"]]
    for (receiver,), mailed in post.taken:
        assert (mailed["To"], mailed["Message-ID"]) == (receiver, "<spend%7Cemail%7C2026-11-29@portal.test>")
        assert settings.PORTAL_URL in str(mailed.get_payload())
        assert mailed.as_string().count("@team.test") == 1, "no receiver learns of another"


@pytest.mark.parametrize("refusal", ["550 no such user", "451 box is full", "421 too many"])
def test_who_has_a_mail_is_not_mailed_again_when_another_is_refused(post: Post, refusal: str) -> None:
    channel("one@team.test two@team.test three@team.test", kind="email")
    notices.tell(message(), NOW)
    post.nobody = {"two@team.test": refusal}
    row = failed(NOW)
    had = [receiver for (receiver,), _ in post.taken]
    assert had == (["one@team.test"] if refusal[:3] == "421" else ["one@team.test", "three@team.test"])
    assert (row.state, len(row.reached), refusal[:3] in row.error) == ("waiting", len(had), True)
    assert "@" not in row.error
    post.nobody = {}
    assert sending.send(NOW + MINUTE) == 1
    assert sorted(receiver for (receiver,), _ in post.taken) == ["one@team.test", "three@team.test", "two@team.test"]
    row.refresh_from_db()
    assert (row.state, row.reached, row.error) == ("sent", [], "")


def test_a_sender_that_dies_between_two_receivers_mails_the_second_alone_next(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel("one@team.test two@team.test", kind="email")
    notices.tell(message(), NOW)
    send = EmailMessage.send

    def dies(mailed: EmailMessage) -> int:
        if mailed.to == ["two@team.test"]:
            raise KeyboardInterrupt
        return send(mailed)

    with monkeypatch.context() as patched:
        patched.setattr(EmailMessage, "send", dies)
        with pytest.raises(KeyboardInterrupt):
            sending.send(NOW)
    assert sending.send(NOW + sending.CLAIMED + MINUTE) == 1
    assert [receivers for receivers, _ in post.taken] == [["one@team.test"], ["two@team.test"]]


def test_a_slow_mail_server_does_not_outlast_the_claim(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    channel("one@team.test two@team.test", kind="email")
    notices.tell(message(), NOW)
    clock = iter([0.0, 1.0, mailing.MOST_SECONDS + 1.0])
    with monkeypatch.context() as patched:
        patched.setattr(mailing, "monotonic", lambda: next(clock))
        assert failed(NOW).error == mailing.SLOW
    assert sending.send(NOW + MINUTE) == 1
    assert [receivers for receivers, _ in post.taken] == [["one@team.test"], ["two@team.test"]]


def test_somebody_erased_is_told_no_more_and_the_others_are(post: Post) -> None:
    both, alone = channel("ada@team.test\nops@team.test", "email"), channel("Ada@team.test", "email")
    notices.tell(message(), NOW)
    erased = Person((), ("ada@team.test",))
    known = ChannelAddresses()
    assert [row["addresses"] for row in known.export(erased)] == [["ada@team.test"], ["Ada@team.test"]]
    assert known.erase(erased, NOW) == {"notice_channel": 2}
    assert (known.verify(erased), known.erase(erased, NOW)) == ({}, {})
    assert sending.send(NOW) == 1
    assert [receivers for receivers, _ in post.taken] == [["ops@team.test"]]
    for row, on in ((both, True), (alone, False)):
        row.refresh_from_db()
        assert row.enabled is on
    assert Notice.objects.get(channel=alone).error == "Its only address was erased."

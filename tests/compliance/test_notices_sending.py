"""Notices that do not arrive are sent ever later or given up, and nobody sends what another sends."""

from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from compliance import notices, outbound
from compliance.acting import Actor
from compliance.job_errors import JobFailedError
from compliance.models import Notice
from compliance.notices import channels, formats, sending
from compliance.notices.answers import asked_wait, next_try, of_answer
from compliance.notices.channels import Wanted
from compliance.notices.formats import Parcel
from tests.compliance.channels import NOW, RNG, channel, channel_to, failed, message, open_to, saying
from tests.compliance.looks import person
from tests.compliance.servers import OK, answering, serving

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def mia() -> Actor:
    return Actor(person("mia"))


@pytest.mark.parametrize("status", ["500 Broken", "502 Bad", "429 Too many", "408 Slow", "425 Early"])
def test_what_may_pass_is_tried_again_with_the_same_id(status: str, settings: Settings) -> None:
    answers = iter([saying(status, "not now"), OK])
    with serving(lambda peer, server: answering(next(answers))(peer, server)) as server:
        channel_to(settings, server, kind="webhook")
        notices.tell(message(), NOW)
        row = failed(NOW)
        assert (row.state, row.tries, row.status, row.error) == (
            "waiting",
            1,
            int(status[:3]),
            f"Answered {status[:3]}: not now",
        )
        assert NOW < row.due_at < NOW + MINUTE
        assert sending.send(NOW) == 0
        assert sending.send(NOW + MINUTE) == 1
    row.refresh_from_db()
    assert (row.state, row.tries, row.status, row.error) == ("sent", 2, 200, "")
    assert len({request.partition(b"\r\n\r\n")[2] for request in server.seen}) == 1


@pytest.mark.parametrize("status", ["400 Bad", "401 Who", "403 No", "404 Not here", "410 Gone", "413 Big", "307 There"])
def test_what_stays_wrong_is_given_up_at_once(status: str, settings: Settings) -> None:
    with serving(answering(OK)) as elsewhere:
        away = f"Location: http://127.0.0.1:{elsewhere.port}/\r\n"
        with serving(answering(saying(status, "no_service", away))) as server:
            channel(open_to(settings, server, elsewhere)[0])
            notices.tell(message(), NOW)
            row = failed(NOW)
            assert sending.send(NOW + timedelta(days=1)) == 0
    assert (row.state, row.status, len(server.seen)) == ("given up", int(status[:3]), 1)
    assert elsewhere.seen == []


def test_retry_after_is_waited_for_and_holds_the_others_of_the_channel_back(settings: Settings) -> None:
    with serving(answering(saying("429 Too many", "", "Retry-After: 900\r\n"))) as busy, serving(answering(OK)) as free:
        one, _ = (channel(url) for url in open_to(settings, busy, free))
        for key in ("a", "b", "c"):
            notices.tell(message(key), NOW)
        with pytest.raises(JobFailedError, match="1 notices could not be sent, 3 were"):
            sending.send(NOW, RNG)
        assert sending.send(NOW + 14 * MINUTE) == 0
    assert (len(busy.seen), len(free.seen)) == (1, 3)
    due = Notice.objects.filter(channel=one).values_list("due_at", flat=True)
    assert all(NOW + 15 * MINUTE <= at < NOW + 16 * MINUTE for at in due)


def test_a_receiver_may_say_how_long_in_seconds_or_as_a_date_but_not_for_ever() -> None:
    waits = {
        "120": 120, " 7 ": 7, "Sun, 29 Nov 2026 12:05:00 GMT": 300, "Sun, 29 Nov 2026 11:00:00 GMT": 0,
        "9999999": 86_400, "9" * 400: 86_400, "-5": 0, "soon": 0, "": 0, None: 0,
    }  # fmt: skip
    assert {given: asked_wait(given, NOW).total_seconds() for given in waits} == waits


def test_who_is_not_there_is_tried_ever_later_and_given_up_after_days(settings: Settings) -> None:
    with serving(answering(OK)) as server:
        channel_to(settings, server)
    notices.tell(message(), NOW)
    at, waits = NOW, []
    for tries in range(1, len(outbound.DELAYS) + 2):
        row = failed(at)
        assert row.tries == tries
        waits.append((row.due_at - at).total_seconds())
        at = max(row.due_at, at + timedelta(seconds=1)) + MINUTE
    assert (row.state, row.status) == ("given up", None)
    assert row.error.startswith("Not reached: 127.0.0.1: [Errno 111]")
    for wait, known in zip(waits, outbound.DELAYS, strict=False):
        assert 0.8 * known <= wait < 1.2 * known + 30
    assert sending.send(at + timedelta(days=9)) == 0


def test_no_two_notices_that_failed_together_come_again_together() -> None:
    said = of_answer(outbound.Answer(500, {}, b"", cut=False), "https://hooks.example/x", NOW)
    tries = {next_try(said, 3, NOW, Random(seed)) for seed in range(50)}
    assert len(tries) == 50


def test_a_sender_that_dies_leaves_it_to_the_next_and_nobody_sends_what_another_sends(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(answering(OK)) as server:
        channel_to(settings, server)
        notices.tell(message(), NOW)

        def dies(*_given: Any, **_more: Any) -> outbound.Answer:
            assert sending.send(NOW + MINUTE) == 0  # another, meanwhile
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(outbound, "post", dies)
            with pytest.raises(KeyboardInterrupt):
                sending.send(NOW)
        assert server.seen == []
        assert sending.send(NOW + MINUTE) == 0
        assert sending.send(NOW + sending.CLAIMED + timedelta(seconds=1)) == 1
    assert Notice.objects.get().tries == 2


def test_what_a_format_has_no_room_for_ends_that_notice_alone(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(parcel: Parcel) -> bytes:
        raise ValueError("nothing was made of 'ada'")

    monkeypatch.setitem(formats.JSON_OF, "teams", none)
    with serving(answering(OK)) as server:
        [url] = open_to(settings, server)
        channel(url, "teams")
        channel(url)
        notices.tell(message(text=""), NOW)
        with pytest.raises(JobFailedError, match="1 notices could not be sent, 1 were"):
            sending.send(NOW)
    states = Notice.objects.order_by("pk").values_list("state", "error")
    assert list(states) == [("given up", "ValueError: nothing was made of …"), ("sent", "")]


def test_nothing_is_in_a_transaction_while_the_other_side_takes_its_time(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks: list[int] = []
    before = len(connection.savepoint_ids)  # of the test

    def post(*_given: Any) -> outbound.Answer:
        blocks.append(len(connection.savepoint_ids))
        return outbound.Answer(200, {}, b"", cut=False)

    monkeypatch.setattr(outbound, "post", post)
    with serving(answering(OK)) as server:
        channel_to(settings, server)
    notices.tell(message(), NOW)
    assert sending.send(NOW) == 1
    assert blocks == [before]


def test_a_run_sends_so_many_of_a_channel_and_the_rest_comes_with_the_next(settings: Settings) -> None:
    with serving(answering(OK)) as server:
        channel_to(settings, server)
        for number in range(sending.AT_ONCE + 3):
            notices.tell(message(f"{number}"), NOW)
        assert [sending.send(NOW) for _ in range(3)] == [sending.AT_ONCE, 3, 0]


def test_a_channel_that_is_switched_off_or_removed_sends_nothing_that_waits(settings: Settings, mia: Actor) -> None:
    with serving(answering(OK)) as server:
        one, other = (channel(url) for url in open_to(settings, server) * 2)
        notices.tell(message(), NOW)
        channels.change(one.pk, Wanted(one.name, "slack", one.about, enabled=False), by=mia, at=NOW)
        channels.remove(other.pk, by=mia, at=NOW)
        assert sending.send(NOW) == 0
    assert server.seen == []
    rows = Notice.objects.order_by("pk").values_list("state", "channel_name", "error")
    assert list(rows) == [
        ("given up", one.name, "The channel was switched off."),
        ("given up", other.name, "The channel was removed."),
    ]

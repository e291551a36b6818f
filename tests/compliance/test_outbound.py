"""The door out: no address inside is called, whatever the URL, the name, its server or the answer does."""

import hmac
import itertools
import socket
from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from pytest_django import Settings

from compliance import addresses, outbound
from compliance.outbound import Refused, Unanswered

PUBLIC = "93.184.215.14"
NAMES = {
    "inside.example": ["10.1.2.3"],
    "one-of-two.example": [PUBLIC, "127.0.0.1"],
    "two-of-two.example": ["2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::1"],
    "localhost": ["127.0.0.1", "::1"],
    "metadata.google.internal": ["169.254.169.254"],
    "shared.example": ["100.64.0.1"],
    "zone.example": ["fe80::1%eth0"],
    "garbage.example": ["not an address"],
    "public.example": [PUBLIC],
}
URLS = """
http://public.example/ https://public.example:22/ https://public.example:0/ https://public.example:99999/
https://user:password@public.example/ https://public.example@127.0.0.1/ https://@public.example/
file:///etc/passwd gopher://127.0.0.1:6379/_FLUSHALL ftp://public.example/ //public.example/ https:///path
https:// https:public.example javascript:alert(1) https://127.0.0.1/ https://127.1/ https://2130706433/
https://0x7f000001/ https://0177.0.0.1/ https://0x7f.1/ https://127.0.0.1./ https://0/ https://0.0.0.0/
https://10.0.0.1/ https://172.31.255.255/ https://192.168.1.1/ https://169.254.169.254/latest/meta-data/
https://100.64.0.1/ https://100.100.100.200/ https://168.63.129.16/ https://192.0.0.192/ https://198.18.0.1/
https://192.0.2.1/ https://224.0.0.1/ https://240.0.0.1/ https://255.255.255.255/ https://[::1]/ https://[::]/
https://[::ffff:127.0.0.1]/ https://[::ffff:10.0.0.1]/ https://[0:0:0:0:0:ffff:7f00:1]/ https://[::127.0.0.1]/
https://[fe80::1]/ https://[fe80::1%25eth0]/ https://[fc00::1]/ https://[fd00:ec2::254]/ https://[ff02::1]/
https://[2002:7f00:1::]/ https://[2001:0:5ef5:79fd::1]/ https://[64:ff9b::7f00:1]/ https://[64:ff9b::a9fe:a9fe]/
https://[64:ff9b:1::1]/ https://[2001:db8::1]/ https://[100::1]/ https://[::1 https://inside.example/
https://one-of-two.example/ https://two-of-two.example/ https://LOCALHOST/ https://localhost./
https://metadata.google.internal/ https://shared.example/ https://zone.example/ https://garbage.example/
"""
HOSTILE = URLS.split()
ODD = [
    "https://public.example\\@127.0.0.1/",
    "https://public.example/\r\nHost: inside.example",
    "https://pub\tlic.example/",
    " https://public.example/",
    "https://①②⑦.⓪.⓪.①/",
    "https://public。example/",
    "https://pübli.example/",
    "https://public.example/\x00",
    "https://public.example%2f@127.0.0.1/",
    "https://public%2eexample/",
    f"https://public.example/{'x' * 2_000}",
    "",
]


def by_table(host: str, port: int) -> Sequence[str]:
    """Names of the table; what is a number to the system is asked of the system, which asks nobody."""
    if host in NAMES:
        return NAMES[host]
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    return [str(one[4][0]) for one in found]


def post(url: str, **options: Any) -> outbound.Answer:
    return outbound.post(url, b"{}", {"Content-Type": "application/json"}, **{"resolve": by_table} | options)


@pytest.mark.parametrize("url", HOSTILE + ODD)
def test_what_does_not_lead_out_is_refused_and_nobody_is_called(url: str, no_connection: list[Any]) -> None:
    with pytest.raises(Refused) as refused:
        post(url)
    assert no_connection == []
    assert str(refused.value).endswith(".")


def test_the_table_is_long() -> None:
    assert len(HOSTILE) + len(ODD) > 70


def test_a_public_address_is_tried(no_connection: list[Any]) -> None:
    for url in (
        "https://public.example/",
        "https://PUBLIC.example.:443/a?b#c",
        f"https://{PUBLIC}",
        "https://[2606:4700::1]",
    ):
        with pytest.raises(Unanswered, match="nobody is called"):
            post(url)
    assert no_connection == [(PUBLIC, 443)] * 3 + [("2606:4700::1", 443)]


@pytest.mark.parametrize(
    ("address", "public", "inside"),
    [
        ("8.8.8.8", True, True),
        ("64:ff9b::808:808", True, True),
        ("2606:4700::1", True, True),
        ("100.128.0.1", True, True),
        ("172.32.0.1", True, True),
        ("10.0.0.1", False, True),
        ("127.0.0.1", False, True),
        ("::1", False, True),
        ("fd12::1", False, True),
        ("::ffff:10.0.0.1", False, True),
        ("169.254.169.254", False, False),
        ("64:ff9b::a9fe:a9fe", False, False),
        ("fd00:ec2::254", False, False),
        ("100.100.100.200", False, False),
        ("224.0.0.1", False, False),
        ("fe80::1", False, False),
        ("0.0.0.0", False, False),
        ("::", False, False),
        ("2002:a00:1::", False, False),
    ],
)
def test_a_host_on_the_list_may_be_inside_but_never_hand_out_keys(address: str, public: bool, inside: bool) -> None:
    parsed = addresses.parse(address)
    assert (addresses.may_be_called(parsed), addresses.may_be_called(parsed, inside=True)) == (public, inside)


def test_a_name_that_changes_its_mind_is_asked_once_and_its_first_answer_is_called(
    no_connection: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]])
    asked: list[str] = []

    def resolve(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return next(answers)

    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **more: pytest.fail("asked again"))
    with pytest.raises(Unanswered):
        post("https://rebinding.example/", resolve=resolve)
    assert asked == ["rebinding.example"]
    assert no_connection == [(PUBLIC, 443)]


def test_only_the_origin_that_was_listed_may_be_inside(settings: Settings, no_connection: list[Any]) -> None:
    settings.OUTBOUND_ALLOW = ["http://chat.example:8065", "https://inside.example"]
    for url in ("https://chat.example:8065/", "http://chat.example/", "http://inside.example/", "https://localhost/"):
        with pytest.raises(Refused):
            post(url)
    for address, error in (("10.0.0.7", Unanswered), ("169.254.169.254", Refused)):
        with pytest.raises(error):
            post("http://chat.example:8065/hooks/1", resolve=lambda host, port, found=address: [found])
    assert no_connection == [("10.0.0.7", 8065)]


def test_more_ports_are_a_setting(settings: Settings, no_connection: list[Any]) -> None:
    settings.OUTBOUND_PORTS = [443, 8443]
    with pytest.raises(Unanswered):
        post("https://public.example:8443/")
    with pytest.raises(Refused):
        post("https://inside.example:8443/")


def test_headers_that_say_where_it_goes_are_not_given() -> None:
    for name in ("Host", "Content-Length", "transfer-encoding"):
        with pytest.raises(ValueError, match="not given"):
            outbound.post("https://public.example/", b"", {name: "x"}, resolve=by_table)


def test_a_signature_is_that_of_standard_webhooks() -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    at = datetime.fromtimestamp(1_614_265_330, UTC)
    signed = outbound.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}', [secret])
    assert signed == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_while_a_secret_changes_both_sign() -> None:
    old, new = (b64encode(letter * 24).decode() for letter in (b"a", b"b"))
    at = datetime(2026, 11, 15, 12, tzinfo=UTC)
    both = outbound.sign("msg_1", at, b"{}", [new, f"whsec_{old}"])["webhook-signature"].split()
    expected = [
        b64encode(hmac.digest(b64decode(secret), f"msg_1.{at.timestamp():.0f}.{{}}".encode(), "sha256")).decode()
        for secret in (new, old)
    ]
    assert both == [f"v1,{signature}" for signature in expected]


def test_retries_come_ever_later_each_at_a_moment_of_its_own_and_end() -> None:
    rng = Random(7)
    waits = [[outbound.delay(attempt, rng) for _ in range(50)] for attempt in range(1, 11)]
    assert waits[9] == [None] * 50
    for attempt, (earlier, later) in enumerate(itertools.pairwise(waits[:9])):
        known = [wait for wait in earlier if wait is not None]
        assert max(known) < 1.2 * outbound.DELAYS[attempt] + 1e-9
        assert len(set(known)) == 50
        assert sum(known) < sum(wait for wait in later if wait is not None)

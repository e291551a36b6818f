"""The door out: no address inside is called, whatever the URL, the name, its server or the answer does."""

import hmac
import itertools
import socket
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pytest_django import Settings

from compliance import addresses, outbound
from compliance.outbound import Refused, Unanswered
from tests.compliance.servers import OK, Server, answering, certified, serving

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


@pytest.fixture
def no_connection(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """No socket connects; where they would have."""
    tried: list[Any] = []

    def connect(_self: socket.socket, address: Any) -> None:
        tried.append(address)
        raise ConnectionRefusedError("nobody is called")

    monkeypatch.setattr(socket.socket, "connect", connect)
    return tried


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


def test_the_connection_goes_to_the_address_that_was_checked_with_the_name_that_was_given(settings: Settings) -> None:
    with (
        serving(answering(OK), "127.0.0.2") as first,
        serving(answering(OK), "127.0.0.3", first.port) as second,
    ):
        settings.OUTBOUND_ALLOW = [f"http://rebinding.example:{first.port}"]
        answers = iter([["127.0.0.2"], ["127.0.0.3"]])
        answer = post(f"http://rebinding.example:{first.port}/in?a=1", resolve=lambda host, port: next(answers))
        (request,) = first.seen
    assert (answer.status, answer.ok, answer.body, answer.cut) == (200, True, b"ok", False)
    assert second.seen == []
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /in?a=1 HTTP/1.1\r\n")
    assert f"Host: rebinding.example:{first.port}".encode() in head.split(b"\r\n")
    assert b"Content-Type: application/json" in head
    assert body == b"{}"


def allowed(settings: Settings, server: Server) -> str:
    """The address of a server, put on the list."""
    url = f"http://{server.address}:{server.port}"
    settings.OUTBOUND_ALLOW = [url]
    return url


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


def test_a_redirect_is_an_answer_and_is_not_followed(settings: Settings) -> None:
    with serving(answering(OK)) as target:
        found = f"HTTP/1.1 307 Away\r\nLocation: http://127.0.0.1:{target.port}/\r\nContent-Length: 0\r\n\r\n"
        with serving(answering(found.encode())) as first:
            answer = post(allowed(settings, first))
    assert (answer.status, answer.ok) == (307, False)
    assert answer.headers["location"].endswith(f"{target.port}/")
    assert target.seen == []


def test_proxies_of_the_environment_are_not_used(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(answering(OK)) as proxy, serving(answering(OK)) as server:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert post(allowed(settings, server)).ok
    assert proxy.seen == []


def drip(start: bytes, drop: bytes) -> Callable[[socket.socket, Server], None]:
    """Something all the time, and never an end."""

    def answer(peer: socket.socket, server: Server) -> None:
        peer.sendall(start)
        while True:
            peer.sendall(drop)
            time.sleep(0.02)

    return answer


def deaf(peer: socket.socket, server: Server) -> None:
    time.sleep(3)


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (drip(b"HTTP/1.1 200 OK\r\nX: ", b"x"), b"{}"),
        (drip(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b"x"), b"{}"),
        (drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"), b"{}"),
        (drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), b"{}"),
        (deaf, b"{}"),
        (deaf, b"x" * 50_000_000),
    ],
    ids=["head", "body", "chunks", "continue", "silent", "not reading"],
)
def test_who_is_slow_is_waited_for_so_long_in_all(
    settings: Settings, answer: Callable[[socket.socket, Server], None], body: bytes
) -> None:
    with serving(answer) as server:
        started = time.monotonic()
        with pytest.raises(Unanswered):
            outbound.post(allowed(settings, server), body, {}, seconds=0.4)
        assert 0.3 < time.monotonic() - started < 2.5


def test_a_name_server_and_a_handshake_that_take_too_long_are_waited_for_no_longer(settings: Settings) -> None:
    def resolve(host: str, port: int) -> Sequence[str]:
        time.sleep(1.5)
        return [PUBLIC]

    with pytest.raises(Unanswered, match="in time"):
        post("https://public.example/", resolve=resolve, seconds=0.2)
    with serving(deaf) as server:
        settings.OUTBOUND_ALLOW = [f"https://127.0.0.1:{server.port}"]
        with pytest.raises(Unanswered):
            post(settings.OUTBOUND_ALLOW[0], seconds=0.3)


@pytest.mark.parametrize("framing", [b"Content-Length: 5000000", b"Transfer-Encoding: chunked", b"X: y"])
def test_a_big_answer_is_cut(settings: Settings, framing: bytes) -> None:
    chunk = b"1000\r\n" + b"x" * 4096 + b"\r\n" if b"chunked" in framing else b"x" * 4096

    def answer(peer: socket.socket, server: Server) -> None:
        peer.sendall(b"HTTP/1.1 200 OK\r\n" + framing + b"\r\n\r\n")
        for _ in range(1_000):
            peer.sendall(chunk)

    with serving(answer) as server:
        found = post(allowed(settings, server))
    assert (found.status, found.cut, found.body) == (200, True, b"x" * outbound.MOST_ANSWER)


@pytest.mark.parametrize(
    "text",
    [
        b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"X%d: y\r\n" % number for number in range(500)) + b"\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 20_000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 60_000,
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"",
    ],
)
def test_what_is_no_answer_is_none(settings: Settings, text: bytes) -> None:
    with serving(answering(text)) as server, pytest.raises(Unanswered, match=r"127\.0\.0\.1"):
        post(allowed(settings, server))


def test_the_next_address_is_tried_where_the_first_takes_no_connection(settings: Settings) -> None:
    with serving(answering(OK), "127.0.0.3") as server:
        settings.OUTBOUND_ALLOW = [f"http://two.example:{server.port}"]
        assert post(settings.OUTBOUND_ALLOW[0], resolve=lambda host, port: ["127.0.0.2", "127.0.0.3"]).ok


def test_a_certificate_must_be_of_the_name_and_trusted(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls, trusted = certified(tmp_path, "hooks.example")
    with serving(answering(OK), tls=tls) as server:
        url, other = (f"https://{name}:{server.port}" for name in ("hooks.example", "other.example"))
        settings.OUTBOUND_ALLOW = [url, other]
        inside = {"resolve": lambda host, port: ["127.0.0.1"]}
        with pytest.raises(Unanswered, match="certificate"):
            post(url, **inside)
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        assert post(f"{url}/in", **inside).body == b"ok"
        with pytest.raises(Unanswered, match=r"not valid for 'other\.example'"):
            post(other, **inside)
    assert server.names == ["hooks.example", "hooks.example", "other.example"]
    (request,) = server.seen
    assert f"Host: hooks.example:{server.port}".encode() in request


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

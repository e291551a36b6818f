"""The door out over real connections: who is called, by which name, and when it ends."""

import socket
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from compliance import outbound
from compliance.outbound import Unanswered
from tests.compliance.servers import OK, Server, answering, certified, serving

PUBLIC = "93.184.215.14"


def post(url: str, **options: Any) -> outbound.Answer:
    return outbound.post(url, b"{}", {"Content-Type": "application/json"}, **options)


def allowed(settings: Settings, server: Server) -> str:
    """The address of a server, put on the list."""
    url = f"http://{server.address}:{server.port}"
    settings.OUTBOUND_ALLOW = [url]
    return url


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


def test_what_stands_at_an_address_is_asked_for_without_a_body(settings: Settings) -> None:
    with serving(answering(OK)) as server:
        answer = outbound.get(f"{allowed(settings, server)}/in.pem?a=1", most=1)
    assert (answer.status, answer.body, answer.cut) == (200, b"o", True)
    (request,) = server.seen
    assert request.startswith(b"GET /in.pem?a=1 HTTP/1.1\r\n")
    assert b"content-length" not in request.lower()


@pytest.mark.parametrize("url", ["https://127.0.0.1/in.pem", "http://hooks.example/in.pem", "https://10.0.0.1/"])
def test_nothing_is_asked_for_where_nothing_is_sent(url: str) -> None:
    with pytest.raises(outbound.Refused):
        outbound.get(url)


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

"""Requests that lie about their length, or end in the middle, over a real socket."""

import socket

import pytest

from tests.fire.site import Site

WHOLE = b'{"events": [{"event_id": "1"}]}'
LIES = {
    "no number": b"Content-Length: x\r\n\r\n" + WHOLE,
    "negative": b"Content-Length: -1\r\n\r\n" + WHOLE,
    "too long": b"Content-Length: 5000\r\n\r\n" + WHOLE,
    "too short": b"Content-Length: 5\r\n\r\n" + WHOLE,
    "two of them": b"Content-Length: 5\r\nContent-Length: 31\r\n\r\n" + WHOLE,
    "both ways": b"Content-Length: 31\r\nTransfer-Encoding: chunked\r\n\r\n1f\r\n" + WHOLE + b"\r\n0\r\n\r\n",
    "chunks of no size": b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + WHOLE + b"\r\n0\r\n\r\n",
    "no last chunk": b"Transfer-Encoding: chunked\r\n\r\n1f\r\n" + WHOLE,
    "none": b"\r\n" + WHOLE,
}


@pytest.mark.parametrize("path", ["/api/v1/events", "/v1/batch", "/hooks/brevo/nobody/"])
@pytest.mark.parametrize("lie", LIES)
def test_a_length_that_lies_is_no_error_of_ours(site: Site, path: str, lie: str) -> None:
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Api-Key {site.key}\r\n".encode()
    with socket.create_connection(("127.0.0.1", site.port), timeout=20) as connection:
        connection.sendall(head + b"Content-Type: application/json\r\nConnection: close\r\n" + LIES[lie])
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while part := connection.recv(65_536):
            answer += part
    assert answer == b"" or 400 <= int(answer.split()[1]) < 500, answer
    assert site.ask("GET", "/api/v1/health").status == 200

"""The door out: the one place from which this system calls addresses that people typed in, or that messages name.

A name is resolved once, every address of it is checked, and the connection goes to one that was: what the name says a
moment later does not matter. Nothing is retried or followed here; that is for the job that calls.
"""

import base64
import contextlib
import hashlib
import hmac
import io
import re
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPConnection, HTTPException
from queue import Empty, SimpleQueue
from random import Random
from threading import Thread
from time import monotonic
from typing import Protocol
from urllib.parse import urlsplit

from django.conf import settings

from . import addresses

SECONDS = 10.0  # for all of it, from the name to the last byte of the answer
MOST_ANSWER = 64 * 1024  # bytes of an answer's body that are read
MOST_HEAD = 64 * 1024  # bytes that may come before and around them
LONGEST_URL = 2_000
PRINTABLE = re.compile(r"[!-\[\]-~]+")  # ASCII without blanks, without the backslash that some read as a slash
HOST = re.compile(r"[A-Za-z0-9_.-]+")
STANDARD = {"https": 443, "http": 80}
# Standard Webhooks: after five seconds, then ever later, over three days.
DELAYS = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
SPREAD = 0.2

AGENT = "marketing-analytics"
OURS = frozenset({"connection", "content-length", "host", "transfer-encoding"})

Resolve = Callable[[str, int], Sequence[str]]


class Refused(Exception):
    """That address is not called; nothing was sent. The text is for whoever typed it in."""


class Unanswered(Exception):
    """The other side could not be reached, is not who it should be, or did not answer in time."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a URL leads. `listed`: the setting OUTBOUND_ALLOW names it, so it may be inside the house."""

    scheme: str
    host: str
    port: int
    path: str
    listed: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """Header names in small letters. A body longer than `MOST_ANSWER` is `cut`. A redirect is an answer like others."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cut: bool

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


def parse(url: str) -> Target:
    """The parts of a URL that may be called, as far as the text shows; also for forms. Raises Refused."""
    if len(url) > LONGEST_URL or not PRINTABLE.fullmatch(url):
        raise Refused("Write the address in plain ASCII without blanks; a name of other letters as xn--….")
    try:
        parts = urlsplit(url)
        scheme, host = parts.scheme.lower(), (parts.hostname or "").removesuffix(".")
        port = STANDARD.get(scheme, 0) if parts.port is None else parts.port
    except ValueError:
        raise Refused("This is no address.") from None
    if "@" in parts.netloc:
        raise Refused("Leave user name and password out of the address.")
    if not host or not (HOST.fullmatch(host) or _is_ipv6(host)):
        raise Refused("The address names no host.")
    listed = (scheme, host, port) in _allowed()
    if not listed and scheme != "https":
        raise Refused("The address must begin with https://.")
    if not listed and port not in settings.OUTBOUND_PORTS:
        raise Refused(f"Port {port} is not called.")
    return Target(scheme, host, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), listed)


def check(url: str, *, resolve: Resolve | None = None, seconds: float = SECONDS) -> None:
    """Raises Refused for what would not be called now: for forms, since `post` looks again. A name that is not found
    may be found later.
    """
    target = parse(url)
    with contextlib.suppress(Unanswered):
        _resolved(target, resolve or _by_system, monotonic() + seconds)


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    resolve: Resolve | None = None,
    seconds: float = SECONDS,
    most: int = MOST_ANSWER,
) -> Answer:
    """Send a body and read what comes back, at most `most` bytes of it. Raises Refused and Unanswered."""
    if not OURS.isdisjoint(name.lower() for name in headers):
        raise ValueError(f"{', '.join(sorted(OURS))} are not given")
    return _asked("POST", url, body, headers, resolve, seconds, most)


def get(url: str, *, resolve: Resolve | None = None, seconds: float = SECONDS, most: int = MOST_ANSWER) -> Answer:
    """What stands at that address, otherwise as `post`."""
    return _asked("GET", url, None, {}, resolve, seconds, most)


def sign(webhook_id: str, at: datetime, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """The headers by which a receiver knows the sender, one signature for each secret, so that secrets can change.

    A secret is base64 of 24 to 64 bytes, with or without `whsec_`; raises ValueError for what is none. Source: the
    Standard Webhooks specification.
    """
    moment = str(int(at.timestamp()))
    signed = b".".join((webhook_id.encode(), moment.encode(), body))
    signatures = (
        hmac.digest(base64.b64decode(secret.removeprefix("whsec_"), validate=True), signed, hashlib.sha256)
        for secret in secrets
    )
    shown = " ".join(f"v1,{base64.b64encode(signature).decode()}" for signature in signatures)
    return {"webhook-id": webhook_id, "webhook-timestamp": moment, "webhook-signature": shown}


def delay(attempt: int, rng: Random) -> float | None:
    """Seconds to wait after the attempt of that number, from 1, failed; None when it was the last."""
    if attempt > len(DELAYS):
        return None
    return DELAYS[attempt - 1] * rng.uniform(1 - SPREAD, 1 + SPREAD)


def _asked(
    verb: str,
    url: str,
    body: bytes | None,
    headers: Mapping[str, str],
    resolve: Resolve | None,
    seconds: float,
    most: int,
) -> Answer:
    """Raises Refused and Unanswered."""
    ends = monotonic() + seconds
    target = parse(url)
    found = _resolved(target, resolve or _by_system, ends)
    try:
        with contextlib.closing(_connected(target, found, ends)) as wire:
            return _exchange(verb, target, _Line(wire, ends, most + MOST_HEAD), body, headers, most)
    except (OSError, HTTPException) as error:
        raise Unanswered(f"{target.host}: {error or type(error).__name__}") from error


def _allowed() -> set[tuple[str, str, int]]:
    """The origins of the setting, each as its parts."""
    split = [urlsplit(origin) for origin in settings.OUTBOUND_ALLOW]
    return {(parts.scheme, parts.hostname or "", parts.port or STANDARD[parts.scheme]) for parts in split}


def _is_ipv6(host: str) -> bool:
    try:
        return addresses.parse(host).version == 6
    except ValueError:
        return False


def _by_system(host: str, port: int) -> list[str]:
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def _resolved(target: Target, resolve: Resolve, ends: float) -> list[str]:
    """All addresses of the name, asked for once and each of them checked. Raises Refused and Unanswered."""
    answers: SimpleQueue[Sequence[str] | Exception] = SimpleQueue()

    def ask() -> None:
        try:
            answers.put(resolve(target.host, target.port))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    Thread(target=ask, daemon=True).start()  # the system's resolver takes as long as it likes
    try:
        found = answers.get(timeout=max(0.0, ends - monotonic()))
    except Empty:
        raise Unanswered(f"{target.host}: its address was not found in time") from None
    if isinstance(found, Exception) or not found:
        raise Unanswered(f"{target.host}: there is no address of this name")
    if not all(_may(address, target) for address in found):
        raise Refused(f"{target.host} lies inside, or where no web server is.")
    return list(dict.fromkeys(found))


def _may(address: str, target: Target) -> bool:
    try:
        return addresses.may_be_called(addresses.parse(address), inside=target.listed)
    except ValueError:
        return False


class Wire(Protocol):
    """What is asked of a socket, with and without TLS."""

    def settimeout(self, seconds: float | None, /) -> None: ...
    def send(self, data: memoryview, /) -> int: ...
    def recv_into(self, buffer: memoryview, /) -> int: ...
    def close(self) -> None: ...


class _Line(io.RawIOBase):
    """A connection whose every wait ends at one moment, and of which only so many bytes are read."""

    def __init__(self, wire: Wire, ends: float, most: int) -> None:
        self.wire, self.ends, self.left = wire, ends, most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if self.left <= 0:
            raise HTTPException("the answer is too long")
        self.wire.settimeout(_until(self.ends))
        read = self.wire.recv_into(buffer[: self.left])
        self.left -= read
        return read

    def sendall(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            self.wire.settimeout(_until(self.ends))
            rest = rest[self.wire.send(rest) :]

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def close(self) -> None:
        """Not yet: http.client closes before the body is read."""


def _until(ends: float) -> float:
    left = ends - monotonic()
    if left <= 0:
        raise TimeoutError("no answer in time")
    return left


def _connected(target: Target, found: Sequence[str], ends: float) -> Wire:
    """A connection to the first of the addresses that takes one. Raises OSError."""
    for number, address in enumerate(found, 1):
        wire = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        try:
            wire.settimeout(_until(ends) / (1 + len(found) - number))  # the others have their chance, too
            wire.connect((address, target.port))
            return _secured(wire, target.host, ends) if target.scheme == "https" else wire
        except OSError:
            wire.close()
            if number == len(found):
                raise
    raise OSError("no address")


def _secured(wire: socket.socket, host: str, ends: float) -> ssl.SSLSocket:
    """TLS with a certificate for that name, whichever address it is."""
    wire.settimeout(_until(ends))
    return ssl.create_default_context().wrap_socket(wire, server_hostname=host)


def _exchange(
    verb: str, target: Target, line: _Line, body: bytes | None, headers: Mapping[str, str], most: int
) -> Answer:
    """Raises OSError and HTTPException."""
    connection = HTTPConnection(target.host, target.port)
    connection.default_port = STANDARD[target.scheme]
    connection.sock = line
    connection.request(verb, target.path, body, {"User-Agent": AGENT, **headers, "Connection": "close"})
    response = connection.getresponse()
    read = response.read(most + 1)
    given = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, given, read[:most], cut=len(read) > most)

"""Channels and what tells them, for tests."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from compliance.acting import Actor
from compliance.job_errors import JobFailedError
from compliance.models import Notice, NoticeChannel
from compliance.notices import Message, channels, sending
from compliance.notices.channels import Wanted
from tests.compliance.looks import person
from tests.compliance.servers import Server

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
RNG = Random(7)
KINDS = ("webhook", "slack", "teams")
SECRET_PATH = "services/T0AAAAAAA/B0BBBBBBB/CcCcCcCcCcCcCcCcCcCcCcCc"


def open_to(settings: Settings, *servers: Server) -> list[str]:
    """The secret addresses of servers on loopback, which may be called."""
    origins = [f"http://{server.address}:{server.port}" for server in servers]
    settings.OUTBOUND_ALLOW = origins
    return [f"{origin}/{SECRET_PATH}" for origin in origins]


def channel(
    address: str, kind: str = "slack", about: Sequence[str] = ("marketing",), name: str = "", by: User | None = None
) -> NoticeChannel:
    by = by or User.objects.filter(username="mia").first() or person("mia")
    wanted = Wanted(name or f"{kind} {NoticeChannel.objects.count()}", kind, about, address=address)
    return channels.make(wanted, by=Actor(by), at=timezone.now())


def channel_to(settings: Settings, server: Server, **fields: Any) -> NoticeChannel:
    return channel(open_to(settings, server)[0], **fields)


def message(key: str = "spend|email|2026-11-29", **fields: Any) -> Message:
    said = {"title": "Spend is double what is usual", "text": "Spend of email: $4,812.50\nUsual: $2,400.10"}
    return Message("marketing", key, **{"path": "/admin/marketing/?channel=email&start=2026-11-28", **said, **fields})


def saying(status: str, body: str = "", head: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\n{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()


def parts(request: bytes) -> tuple[dict[str, str], Any]:
    """The headers in small letters, and the body."""
    head, _, body = request.partition(b"\r\n\r\n")
    lines = (line.partition(": ") for line in head.decode().split("\r\n")[1:])
    return {name.lower(): value for name, _, value in lines}, json.loads(body)


def failed(at: datetime) -> Notice:
    """The only notice after a run that could not send it."""
    with pytest.raises(JobFailedError, match="1 notices could not be sent, 0 were"):
        sending.send(at, RNG)
    return Notice.objects.get()

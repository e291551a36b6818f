"""Channels and what tells them, for tests."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from compliance.acting import Actor
from compliance.models import NoticeChannel
from compliance.notices import Message, channels
from compliance.notices.channels import Wanted
from tests.compliance.looks import person
from tests.compliance.servers import Server

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

"""Who does something, and from where."""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from .models import ApiKey

AGENT_LENGTH = 300
_ADDRESS = re.compile(r"\S+(?:@|%40)\S+")  # nothing that is kept for years says who somebody is


@dataclass(frozen=True, slots=True)
class Actor:
    """`user` is the person, also where a key acts for them; `user_id` is None where a key acts for nobody."""

    user: Any
    key_prefix: str = ""
    ip: str | None = None
    user_agent: str = ""

    @property
    def user_id(self) -> int | None:
        return None if self.user.pk is None else int(self.user.pk)

    @property
    def username(self) -> str:
        return str(self.user.get_username())

    @property
    def columns(self) -> dict[str, Any]:
        """Who it was, as every log keeps it."""
        return {"user_id": self.user_id, "username": self.username, "key_prefix": self.key_prefix, "ip": self.ip}


NOBODY: dict[str, Any] = {"user_id": None, "username": "", "key_prefix": "", "ip": None}  # the system by itself


def actor_of(request: Any) -> Actor:
    """Who sent a request, be it Django's or that of Django REST framework."""
    key = getattr(request, "auth", None)
    return Actor(
        user=request.user,
        key_prefix=key.prefix if isinstance(key, ApiKey) else "",
        ip=address_of(request),
        user_agent=_ADDRESS.sub("…", request.META.get("HTTP_USER_AGENT", "").replace("\0", ""))[:AGENT_LENGTH],
    )


def address_of(request: HttpRequest) -> str | None:
    """What the server sees; behind a trusted proxy what that one saw, which it wrote last."""
    given = request.META.get("REMOTE_ADDR", "")
    if settings.TRUSTED_PROXY:
        given = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2] or given
    try:
        return str(ip_address(given.strip()))
    except ValueError:
        return None

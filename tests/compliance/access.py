"""Grants for tests."""

from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import Permission, User

from compliance import grants
from compliance.acting import Actor
from compliance.models import ConsentGrant

NOW = datetime(2026, 10, 20, 12, tzinfo=UTC)
REASON = "Ticket 482913: says that nothing came"


def staff(name: str = "ada", *, may: bool = True, **fields: Any) -> User:
    user = User.objects.create_user(name, is_staff=True, **fields)
    if may:
        user.user_permissions.add(Permission.objects.get(codename="add_consentgrant"))
    return user


def actor(user: Any = None, **fields: Any) -> Actor:
    return Actor(user or staff(), **{"ip": "192.0.2.7", "user_agent": "Firefox", **fields})


def opened(by: Actor, campaign: int = 7, at: datetime = NOW, reason: str = REASON) -> ConsentGrant:
    return grants.open(campaign, "complaint", reason, by=by, at=at)

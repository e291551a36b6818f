"""Rows of the log of looks at people, for tests: written as they stand, not by the doors that write them."""

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import Group, User
from django.test import Client

from compliance.models import AccessReview, ConsentGrant, PiiAccess
from compliance.reviews import signing

IN_Q3 = datetime(2026, 8, 12, 10, tzinfo=UTC)  # a Wednesday
AFTER_Q3 = datetime(2026, 10, 5, 9, tzinfo=UTC)


def person(name: str, role: str = "Marketing admin") -> User:
    """One who signs in; with no role they have none."""
    user = User.objects.create_user(name, is_staff=True)
    if role:
        user.groups.add(Group.objects.get(name=role))
    return User.objects.get(pk=user.pk)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def row(user: User | None, act: str, at: datetime = IN_Q3, contacts: Iterable[int] = (), **fields: Any) -> PiiAccess:
    given = {
        "user_id": user.pk if user else None,
        "username": user.username if user else "",
        "key_prefix": "",
        "user_agent": "",
        "campaign": 7,
        "purpose": "" if act == "refused" else "complaint",
        "reason_hash": b"r" if act == "granted" else None,
    }
    return PiiAccess(at=at, act=act, contact_ids=list(contacts), **given | fields)


def log(*rows: PiiAccess) -> None:
    PiiAccess.objects.bulk_create(rows)


def granted(user: User, reason: str, at: datetime = IN_Q3, purpose: str = "complaint") -> PiiAccess:
    """A row of a grant, with the grant itself."""
    grant = ConsentGrant.objects.create(
        id=uuid.uuid4(), user_id=user.pk, username=user.username, campaign=7, purpose=purpose, reason=reason,
        opened_at=at, expires_at=at,
    )  # fmt: skip
    return row(user, "granted", at, grant_id=grant.id, purpose=purpose)


def review(name: str = "2026-Q3", at: datetime = AFTER_Q3) -> AccessReview:
    signing.ensure(at)
    return AccessReview.objects.get(pk=name)

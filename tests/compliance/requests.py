"""Requests of people about their data, for tests."""

from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import Permission, User

from compliance.acting import Actor
from compliance.models import DataSubjectRequest
from compliance.subjects import requests
from tests.compliance.access import actor

NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)
WORDS = "Told in our letter of today"


def officer(name: str = "olga") -> Actor:
    """Somebody who may enter requests, and approve the erasures of others."""
    user = User.objects.filter(username=name).first() or User.objects.create_user(name, is_staff=True)
    user.user_permissions.add(*Permission.objects.filter(content_type__app_label="compliance"))
    return actor(User.objects.get(pk=user.pk))


def received(
    kind: str, *identifiers: str, at: datetime = NOW, regime: str = "gdpr", **fields: Any
) -> DataSubjectRequest:
    return requests.receive(kind, regime, identifiers, by=officer(), at=at, **fields)[0]


def verified(kind: str, *identifiers: str, at: datetime = NOW) -> DataSubjectRequest:
    request = received(kind, *identifiers, at=at)
    requests.confirm_identity(request, "account", by=officer(), at=at)
    return fresh(request)


def approved(*identifiers: str, at: datetime = NOW) -> DataSubjectRequest:
    """An erasure that a second person approved."""
    request = verified("erasure", *identifiers, at=at)
    requests.approve(request, by=officer("omar"), at=at)
    return fresh(request)


def fresh(request: DataSubjectRequest) -> DataSubjectRequest:
    return DataSubjectRequest.objects.get(pk=request.pk)

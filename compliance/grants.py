"""Leave to see the people of one campaign: opened with a purpose and a reason, over after minutes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import QuerySet

from . import access_log
from .access_log import Act
from .acting import Actor
from .models import ConsentGrant
from .reasons import fault

PERMISSION = "compliance.add_consentgrant"
LIVES = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Purpose:
    name: str
    label: str


PURPOSES: tuple[Purpose, ...] = (
    Purpose("complaint", "Customer complaint"),
    Purpose("delivery", "Checking what was sent or received"),
    Purpose("privacy_request", "Privacy request of a person"),
    Purpose("abuse", "Fraud or abuse"),
    Purpose("legal", "Legal claim or audit"),
)
LABELS: dict[str, str] = {purpose.name: purpose.label for purpose in PURPOSES}


class CannotGrant(ValueError):
    """A grant was asked for with fields that cannot be taken: by field, what is wrong and the way out."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


class NotAllowed(PermissionError):
    """Whoever asks may see nobody; the text says what is missing."""


class NoGrant(PermissionError):
    """Nothing of this person is open for this campaign."""


def check_allowed(by: Actor) -> None:
    """Raises `NotAllowed` unless this is a person who may open grants."""
    if by.user_id is None:
        raise NotAllowed(
            "This key acts for nobody, and only people see people; have one made with "
            "manage.py create_api_key NAME --scopes contacts:read --user USER."
        )
    if not (by.user.is_active and by.user.has_perm(PERMISSION)):
        raise NotAllowed(f"This needs the permission {PERMISSION}; an administrator can give it to you.")


def open(campaign: int, purpose: str, reason: str, *, by: Actor, at: datetime) -> ConsentGrant:  # noqa: A001
    """A new grant; one that the person still has for this campaign ends. Raises `NotAllowed` and `CannotGrant`."""
    check_allowed(by)
    if errors := _errors(purpose, reason):
        raise CannotGrant(errors)
    with transaction.atomic():
        get_user_model().objects.select_for_update(no_key=True).get(pk=by.user.pk)  # one at a time of each person
        for earlier in _open(by.user.pk, campaign, at):
            _end(earlier, by=by, at=at)
        grant = ConsentGrant.objects.create(
            **by.columns,
            campaign=campaign,
            purpose=purpose,
            reason=reason.strip(),
            opened_at=at,
            expires_at=at + LIVES,
        )
        access_log.write(Act.GRANTED, by=by, at=at, grant=grant)
    return grant


def _errors(purpose: str, reason: str) -> dict[str, str]:
    found = {
        "purpose": "" if purpose in LABELS else f"Choose one of {', '.join(LABELS)}.",
        "reason": fault(reason),
    }
    return {field: text for field, text in found.items() if text}


def end(grant_id: UUID, *, by: Actor, at: datetime) -> None:
    """End one's own grant; one that is over stays as it is. Raises `NoGrant` where the person has no such grant."""
    with transaction.atomic():
        grant = ConsentGrant.objects.select_for_update().filter(id=grant_id, user_id=by.user.pk).first()
        if grant is None:
            raise NoGrant("You have no such grant.")
        if is_open(grant, at):
            _end(grant, by=by, at=at)


def current(user: Any, campaign: int, at: datetime) -> ConsentGrant | None:
    """The person's open grant for a campaign, if there is one."""
    return _open(user.pk, campaign, at).order_by("-opened_at").first()


def required(by: Actor, campaign: int, at: datetime, contact_ids: Iterable[int] = ()) -> ConsentGrant:
    """The person's open grant for a campaign. Raises `NotAllowed` and `NoGrant`, both logged as refused."""
    try:
        check_allowed(by)
        grant = current(by.user, campaign, at)
        if grant is None:
            raise NoGrant("No grant of yours is open for this campaign.")
    except PermissionError:
        refused(by, campaign, at, contact_ids)
        raise
    return grant


def refused(by: Actor, campaign: int | None, at: datetime, contact_ids: Iterable[int] = ()) -> None:
    """Log a try that showed nobody."""
    access_log.write(Act.REFUSED, by=by, at=at, campaign=campaign, contact_ids=contact_ids)


def own(grant_id: UUID, user: Any) -> ConsentGrant | None:
    """A person's grant, open or over."""
    return ConsentGrant.objects.filter(id=grant_id, user_id=user.pk).first()


def is_open(grant: ConsentGrant, at: datetime) -> bool:
    return grant.ended_at is None and grant.opened_at <= at < grant.expires_at


def seconds_left(grant: ConsentGrant, at: datetime) -> int:
    return max(0, int((grant.expires_at - at).total_seconds()))


def _open(user_id: int, campaign: int, at: datetime) -> QuerySet[ConsentGrant]:
    mine = ConsentGrant.objects.filter(user_id=user_id, campaign=campaign)
    return mine.filter(ended_at=None, opened_at__lte=at, expires_at__gt=at)


def _end(grant: ConsentGrant, *, by: Actor, at: datetime) -> None:
    grant.ended_at = at
    grant.save(update_fields=["ended_at"])
    access_log.write(Act.ENDED, by=by, at=at, grant=grant)

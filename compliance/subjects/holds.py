"""Legal holds: what must not be deleted for now, why, who reviews it, and until when."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from .. import audit, fields, people
from ..acting import Actor
from ..models import LegalHold
from ..reasons import fault

OBJECT = "legal hold"


class CannotHold(ValueError):
    """The hold lacks something; the text says what, `field` where."""

    def __init__(self, text: str, field: str) -> None:
        super().__init__(text)
        self.field = field


def place(
    identifiers: Iterable[str], reason: str, reviewer: str, expires_at: datetime, *, by: Actor, at: datetime
) -> LegalHold:
    """Keep everything about a person until `expires_at`, or until it is lifted. Raises `CannotHold`."""
    given = [one for one in identifiers if one.strip()]
    hashes = people.hashes_of(people.spellings([*given, *fields.known_by(fields.numbers_of(given)).ids]))
    if not given:
        raise CannotHold("Give at least one id by which the person is known.", "identifiers")
    if wrong := fault(reason):
        raise CannotHold(wrong, "reason")
    if not reviewer.strip():
        raise CannotHold("Name who decides whether it is still needed.", "reviewer")
    if expires_at <= at:
        raise CannotHold("A hold ends in the future; give the day on which it is reviewed.", "expires_at")
    with transaction.atomic():
        hold = LegalHold.objects.create(
            subject_hashes=hashes,
            reason=reason.strip(),
            reviewer=reviewer.strip()[:150],
            placed_at=at,
            placed_by=by.username[:150],
            expires_at=expires_at,
        )
        audit.note("placed", OBJECT, hold.pk, by, at, expires_on=expires_at.date().isoformat())
    return hold


def lift(hold: LegalHold, *, by: Actor | None, at: datetime) -> None:
    """End a hold now; one that is over stays as it is."""
    with transaction.atomic():
        if LegalHold.objects.filter(pk=hold.pk, lifted_at=None).update(lifted_at=at):
            audit.note("lifted", OBJECT, hold.pk, by, at)


def all_standing(at: datetime) -> QuerySet[LegalHold]:
    return LegalHold.objects.filter(lifted_at=None, expires_at__gt=at)


def standing(hashes: Iterable[bytes | memoryview], at: datetime) -> LegalHold | None:
    """A hold on the person that stands at `at`."""
    return all_standing(at).filter(subject_hashes__overlap=list(hashes)).order_by("-expires_at").first()


def hashes(at: datetime) -> list[bytes]:
    """Everybody whose data must stay at `at`."""
    return [bytes(one) for hold in all_standing(at) for one in hold.subject_hashes]


def told(hold: LegalHold) -> str:
    return (
        f"A legal hold until {hold.expires_at:%Y-%m-%d} keeps this person's data ({hold.reason}); "
        f"{hold.reviewer} can lift it."
    )

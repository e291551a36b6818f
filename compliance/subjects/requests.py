"""Requests of people about their data, from the day they come to the day they are answered.

Every verb is one transaction with its row of the audit trail, which names the request and never the person.
"""

import json
from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet

from .. import audit, crypto, fields, people, roles
from ..acting import Actor
from ..models import DataSubjectRequest, IdentityCheck, LegalHold, Regime, RequestKind, RequestState
from ..reasons import fault
from ..sources import Person
from . import clocks, holds

OBJECT = "data subject request"
APPROVE = "compliance.approve_erasure"
LONGEST_IDENTIFIER = 200
MOST_IDENTIFIERS = 10
OPEN = (RequestState.RECEIVED, RequestState.VERIFIED, RequestState.APPROVED, RequestState.RUNNING)
EXPORTS = (RequestKind.ACCESS, RequestKind.PORTABILITY)
BY_HAND = (RequestKind.RECTIFICATION, RequestKind.RESTRICTION, RequestKind.OBJECTION)


class CannotDo(ValueError):
    """What was asked for is not possible now, or not with these fields; the text says why and names the way out."""

    def __init__(self, text: str, field: str = "") -> None:
        super().__init__(text)
        self.field = field


def receive(
    kind: str, regime: str, identifiers: Iterable[str], *, by: Actor, at: datetime, received_at: datetime | None = None
) -> tuple[DataSubjectRequest, bool]:
    """A new request, and True; or the open one of the same kind about the same person, and False.

    `identifiers` are what the person is known by in the systems that send events. Raises `CannotDo`.
    """
    received_at = received_at or at
    known_by = _checked(kind, regime, identifiers, received_at, at)
    hashes = people.hashes_of(known_by)
    with transaction.atomic():
        people.one_at_a_time(hashes)
        standing = of_subject(hashes).filter(kind=kind, state__in=OPEN).first()
        if standing:
            audit.note("repeated", OBJECT, str(standing.pk), by, at)
            return standing, False
        request = DataSubjectRequest.objects.create(
            kind=kind,
            regime=regime,
            subject=sealed(Person((), known_by)),
            subject_hashes=hashes,
            received_at=received_at,
            due_at=clocks.due(regime, received_at),
            asked_by_id=by.user_id,
            asked_by=by.username[:150],
        )
        audit.note("received", OBJECT, str(request.pk), by, at, kind=kind, regime=regime)
    return request, True


def _checked(
    kind: str, regime: str, identifiers: Iterable[str], received_at: datetime, at: datetime
) -> tuple[str, ...]:
    if kind not in RequestKind.values:
        raise CannotDo(f"Choose one of {', '.join(RequestKind.values)}.", "kind")
    if regime not in Regime.values:
        raise CannotDo(f"Choose one of {', '.join(Regime.values)}.", "regime")
    if received_at > at:
        raise CannotDo("The request cannot come in the future; give the day on which it came.", "received_at")
    given = [one.strip() for one in identifiers if one.strip()]
    known_by = tuple(people.spellings(given))
    if not given or len(given) > MOST_IDENTIFIERS:
        raise CannotDo(f"Give 1 to {MOST_IDENTIFIERS} ids by which the person is known.", "identifiers")
    if any(len(one) > LONGEST_IDENTIFIER or not one.isprintable() for one in known_by):
        raise CannotDo(f"An id has at most {LONGEST_IDENTIFIER} printable characters.", "identifiers")
    return known_by


def of_subject(hashes: list[bytes]) -> QuerySet[DataSubjectRequest]:
    return DataSubjectRequest.objects.filter(subject_hashes__overlap=hashes)


def person_of(request: DataSubjectRequest) -> Person:
    """Whom it is about. Raises `CannotDo` once nobody knows any more."""
    if request.subject is None:
        raise CannotDo("This person was erased; the request no longer says who it was.")
    said = json.loads(crypto.decrypt(bytes(request.subject)))
    return Person(tuple(said["contacts"]), tuple(said["known by"]), tuple(said.get("names", ())))


def whole_person(request: DataSubjectRequest) -> Person:
    """The same with all that we know them by, which may be more than they said. Raises as `person_of`."""
    said = person_of(request)
    numbers = tuple(sorted({*said.contact_ids, *fields.numbers_of(said.identifiers)}))
    known = fields.known_by(numbers)
    ids = tuple(dict.fromkeys((*said.identifiers, *known.ids)))
    return Person(numbers, ids, tuple(dict.fromkeys((*said.names, *known.names))))


def hold_on(request: DataSubjectRequest, at: datetime) -> LegalHold | None:
    """A hold on the person, whatever it was placed by, or on whom they are told to be."""
    hashes = [bytes(one) for one in request.subject_hashes]
    if request.subject is not None:
        person = whole_person(request)
        told = fields.known_by(people.all_told(person.contact_ids)).ids
        hashes += people.hashes_of([*person.identifiers, *told])
    return holds.standing(hashes, at)


def keep_person(request: DataSubjectRequest, person: Person) -> None:
    request.subject = sealed(person)


def sealed(person: Person) -> bytes:
    """Who it is as `subject` keeps it, encrypted."""
    said = {"contacts": person.contact_ids, "known by": person.identifiers, "names": person.names}
    return crypto.encrypt(json.dumps(said).encode())


def acknowledge(request: DataSubjectRequest, *, by: Actor, at: datetime) -> None:
    """Note that the person was told that the request is here."""
    with transaction.atomic():
        request = _locked(request)
        if request.acknowledged_at is None:
            request.acknowledged_at = at
            request.save(update_fields=["acknowledged_at"])
            audit.note("acknowledged", OBJECT, str(request.pk), by, at)


def confirm_identity(request: DataSubjectRequest, check: str, *, by: Actor, at: datetime) -> None:
    """Note how it was found that the person is who they say; nothing is shown or deleted before. Raises `CannotDo`."""
    if check not in IdentityCheck.values:
        raise CannotDo(f"Choose one of {', '.join(IdentityCheck.values)}.", "identity_check")
    with transaction.atomic():
        request = _locked(request, RequestState.RECEIVED)
        if check == IdentityCheck.NOT_NEEDED and request.kind not in BY_HAND:
            raise CannotDo(f"Before {request.kind} somebody must find out who asks.", "identity_check")
        request.identity_check, request.identity_checked_at = check, at
        request.identity_checked_by = by.username[:150]
        request.state = RequestState.VERIFIED
        request.save()
        audit.note("identity checked", OBJECT, str(request.pk), by, at, check=check)


def extend(request: DataSubjectRequest, reason: str, *, by: Actor, at: datetime) -> None:
    """Take the longer time, once, within the first one; the person is to be told the reason. Raises `CannotDo`."""
    if wrong := fault(reason):
        raise CannotDo(wrong, "reason")
    with transaction.atomic():
        request = _locked(request, *OPEN)
        if request.extended_at:
            raise CannotDo("It was extended before, and the law allows it once.")
        if at >= request.due_at:
            raise CannotDo("It is late already; an extension must be told within the first time.")
        request.extended_at, request.extension_reason = at, reason.strip()
        request.due_at = clocks.due(request.regime, request.received_at, extended=True)
        request.save()
        audit.note("extended", OBJECT, str(request.pk), by, at, due_on=request.due_at.date().isoformat())


def approve(request: DataSubjectRequest, *, by: Actor, at: datetime) -> None:
    """Let an erasure begin: by a second person, and under no hold. Raises `CannotDo`."""
    if by.user_id is None or not by.user.has_perm(APPROVE):
        raise CannotDo(f"This needs a person with the permission {APPROVE}; an administrator can give it to you.")
    with transaction.atomic():
        request = _locked(request, RequestState.VERIFIED)
        if request.kind != RequestKind.ERASURE:
            raise CannotDo("Only erasures are approved; everything else begins once it is known who asks.")
        if request.asked_by_id == by.user_id:
            raise CannotDo("You entered this erasure yourself; a second person approves it.")
        if request.identity_checked_by == by.username[:150] and not _entered_by_somebody(request):
            raise CannotDo("A key entered it and you checked who asks; a second person approves it.")
        _refuse_under_hold(request, at)
        request.state, request.approved_at, request.approved_by = RequestState.APPROVED, at, by.username[:150]
        request.save()
        audit.note("approved", OBJECT, str(request.pk), by, at)


def _entered_by_somebody(request: DataSubjectRequest) -> bool:
    """Whether a person did: a key of nobody is none, nor is an owner of keys alone."""
    user = User.objects.filter(pk=request.asked_by_id or 0).first()
    return user is not None and roles.signs_in(user)


def _refuse_under_hold(request: DataSubjectRequest, at: datetime) -> None:
    if hold := hold_on(request, at):
        raise CannotDo(holds.told(hold))


def refuse(request: DataSubjectRequest, reason: str, *, by: Actor, at: datetime) -> None:
    """Close it unanswered, with the reason that the person is told. Raises `CannotDo`."""
    _close(request, RequestState.REFUSED, reason, "refused", OPEN[:3], by, at)


def complete(request: DataSubjectRequest, outcome: str, *, by: Actor, at: datetime) -> None:
    """Close what people do by hand, with what was done. Raises `CannotDo`."""
    if request.kind not in BY_HAND:
        raise CannotDo(f"{request.get_kind_display()} is done by a job, which closes it.")
    _close(request, RequestState.DONE, outcome, "completed", (RequestState.VERIFIED,), by, at)


def _close(
    request: DataSubjectRequest,
    state: RequestState,
    outcome: str,
    act: str,
    allowed: Iterable[RequestState],
    by: Actor,
    at: datetime,
) -> None:
    if wrong := fault(outcome, what="outcome"):
        raise CannotDo(wrong, "outcome")
    with transaction.atomic():
        request = _locked(request, *allowed)
        request.state, request.outcome, request.closed_at = state, outcome.strip(), at
        request.save()
        audit.note(act, OBJECT, str(request.pk), by, at)


def _locked(request: DataSubjectRequest, *allowed: RequestState) -> DataSubjectRequest:
    """The row as it is now, ours until the transaction ends. Raises `CannotDo` where its state is none of `allowed`."""
    row = DataSubjectRequest.objects.select_for_update().get(pk=request.pk)
    if allowed and row.state not in allowed:
        raise CannotDo(f"It is {row.get_state_display().lower()}; this is possible while it is {', '.join(allowed)}.")
    return row

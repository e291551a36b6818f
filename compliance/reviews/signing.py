"""Reviews of quarters: which there are, who signed them, and what is followed up.

Nobody signs for their own accesses, nor notes or closes what is followed up about them. Every verb is one transaction
with its row of the audit trail.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Min

from .. import audit, sql
from ..acting import Actor
from ..logs import anchors
from ..models import AccessReview, PiiAccess, ReviewFinding, ReviewSignature
from ..reasons import fault
from . import report
from .quarters import Quarter, between

OBJECT = "review of accesses"
FINDING = "finding of a review"
PERMISSION = "compliance.sign_off"


class CannotReview(ValueError):
    """What was asked for is not possible now, or not by this person; the text says why and names the way out."""


class State(StrEnum):
    RUNNING = "running"
    DUE = "to be signed"
    OVERDUE = "overdue"
    SIGNED = "signed"


def ensure(at: datetime) -> None:
    """Every quarter with accesses has its row, up to the running one."""
    last = AccessReview.objects.order_by("-starts_at").first()
    first_at = last.starts_at if last else PiiAccess.objects.aggregate(first=Min("at"))["first"]
    if first_at is None or (last and at < last.ends_at):
        return
    zone = ZoneInfo(settings.REPORTING_TIME_ZONE)
    quarters = list(between(Quarter.of(first_at, zone), Quarter.of(at, zone)))
    ends = [quarter.ends_at(zone) for quarter in quarters]
    sql.run(
        "review_quarters",
        {
            "names": [quarter.name for quarter in quarters],
            "starts": [quarter.starts_at(zone) for quarter in quarters],
            "ends": ends,
            "dues": [end + timedelta(days=settings.REVIEW_DUE_DAYS) for end in ends],
        },
    )


def state(review: AccessReview, at: datetime) -> State:
    if review.signed_at:
        return State.SIGNED
    if at < review.ends_at:
        return State.RUNNING
    return State.OVERDUE if at >= review.due_at else State.DUE


def unsigned(found: report.Report, signatures: list[ReviewSignature]) -> list[report.Person]:
    """Whose accesses nobody else signed yet."""
    signers = {signature.signed_by_id for signature in signatures}
    return [person for person in found.people if not signers - {person.user_id}]


def sign(name: str, fingerprint: str, note: str, *, by: Actor, at: datetime) -> ReviewSignature:
    """Sign a quarter's report as it was shown, for everybody but oneself. Raises `CannotReview`."""
    _check_may(by)
    _check_text(note, "note")
    with transaction.atomic():
        review = AccessReview.objects.select_for_update().get(pk=name)
        signatures = list(review.signatures.all())
        found = _signable(review, signatures, by, at)
        if found.fingerprint != fingerprint:
            raise CannotReview("The report changed since it was shown to you; read it again, then sign it.")
        signature = review.signatures.create(
            at=at,
            signed_by_id=by.user.pk,
            signed_by=by.username[:150],
            note=note.strip(),
            fingerprint=fingerprint,
            content=found.content,
        )
        left = unsigned(found, [*signatures, signature])
        if not left:
            review.signed_at = at
            review.save(update_fields=["signed_at"])
        audit.note("signed", OBJECT, name, by, at, fingerprint=fingerprint, people=len(found.people), left=len(left))
    return signature


def _signable(review: AccessReview, signatures: list[ReviewSignature], by: Actor, at: datetime) -> report.Report:
    """The report that this person may sign now."""
    if at < review.ends_at:
        raise CannotReview(f"{review.name} is not over; it can be signed from {review.ends_at:%Y-%m-%d} on.")
    if review.signed_at:
        raise CannotReview(f"{review.name} is signed already.")
    if any(signature.signed_by_id == by.user_id for signature in signatures):
        raise CannotReview("You signed it; what is left are your own accesses, which somebody else signs.")
    found = report.of(review)
    if [person.user_id for person in found.people] == [by.user_id]:
        raise CannotReview("All accesses of this quarter are your own; somebody else signs them.")
    return found


def still_said(signature: ReviewSignature, found: report.Report) -> bool:
    """Whether the kept report is what was signed, and the log still gives its figures."""
    return _as_signed(signature) and bool(signature.content["figures"] == found.figures)


def outlived(signature: ReviewSignature, review: AccessReview) -> bool:
    """Whether retention took rows of the quarter, so that what is kept, as it was signed, is all that can be said."""
    before = anchors.start_of(PiiAccess._meta.db_table).before
    return before is not None and before > review.starts_at and _as_signed(signature)


def _as_signed(signature: ReviewSignature) -> bool:
    return report.fingerprint(signature.content) == signature.fingerprint


def follow_up(name: str, who: str, text: str, *, by: Actor, at: datetime) -> ReviewFinding:
    """Note what is to be asked or changed about a person's accesses. Raises `CannotReview`."""
    _check_may(by, who)
    _check_text(text, "finding")
    review = AccessReview.objects.get(pk=name)
    person = report.of(review).of(who)
    if person is None:
        raise CannotReview("Nobody of that name has accesses in this quarter.")
    with transaction.atomic():
        finding = review.findings.create(
            who=who, name=person.name[:150], text=text.strip(), opened_at=at, opened_by=by.username[:150]
        )
        audit.note("opened", FINDING, str(finding.pk), by, at, review=name)
    return finding


def close(pk: int, outcome: str, *, by: Actor, at: datetime) -> ReviewFinding:
    """Close a finding with what came of it. Raises `CannotReview`, and `ReviewFinding.DoesNotExist`."""
    with transaction.atomic():
        finding = ReviewFinding.objects.select_for_update().get(pk=pk)
        _check_may(by, finding.who)
        _check_text(outcome, "outcome")
        if finding.closed_at:
            raise CannotReview("It is closed already.")
        finding.closed_at, finding.closed_by, finding.outcome = at, by.username[:150], outcome.strip()
        finding.save()
        audit.note("closed", FINDING, str(pk), by, at, review=finding.review_id)
    return finding


def _check_may(by: Actor, about: str = "") -> None:
    if by.user_id is None or not by.user.has_perm(PERMISSION):
        raise CannotReview(
            f"This needs a person with the permission {PERMISSION}; an administrator can give it to you."
        )
    if about == f"user-{by.user_id}":
        raise CannotReview("These are your own accesses; somebody else follows them up.")


def _check_text(text: Any, what: str) -> None:
    if wrong := fault(text, what=what):
        raise CannotReview(wrong)

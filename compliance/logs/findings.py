"""What checks found, kept; and that an officer looked into one and accepted it, so that it is not told each night.

The record of a finding stays, and so does the break in the chain: `manage.py verify_audit` names it for ever. That one
was accepted is believed where the audit trail says so, which is sealed, and not the column alone.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from .. import audit
from ..acting import Actor
from ..models import AuditEntry, LogFinding
from ..reasons import fault
from .verify import Break, Checked

OBJECT = "finding in a log"
ACCEPTED = "accepted"
PERMISSION = "compliance.accept_logfinding"


class CannotAccept(ValueError):
    """Not by this person, not now, or not in these words; the text says why."""


def keep(found: Iterable[Checked], at: datetime) -> list[str]:
    """Note what was found; in words what of it nobody accepted, a line for each log."""
    return [words for one in found if one.breaks and (words := _keep(one, at))]


def accept(pk: int, reason: str, *, by: Actor, at: datetime) -> LogFinding:
    """Note that it was looked into. Raises `CannotAccept`."""
    if by.user_id is None or not by.user.has_perm(PERMISSION):
        raise CannotAccept(f"This needs a person with the permission {PERMISSION}.")
    if wrong := fault(reason, what="reason"):
        raise CannotAccept(wrong)
    with transaction.atomic():
        finding = LogFinding.objects.select_for_update().get(pk=pk)
        if is_accepted(finding):
            raise CannotAccept(f"{finding.accepted_by} accepted it already.")
        finding.accepted_at, finding.accepted_by, finding.reason = at, by.username[:150], reason.strip()
        finding.save(update_fields=["accepted_at", "accepted_by", "reason"])
        audit.note(ACCEPTED, OBJECT, pk, by, at, **_said(finding))
    return finding


def is_accepted(finding: LogFinding) -> bool:
    """Whether the audit trail says so of just this."""
    rows = AuditEntry.objects.filter(act=ACCEPTED, object_type=OBJECT, object_id=str(finding.pk), user_id__isnull=False)
    return finding.accepted_at is not None and rows.filter(details=_said(finding)).exists()


def _keep(checked: Checked, at: datetime) -> str:
    """Empty where all of it was accepted."""
    waiting = [one for one in checked.found if not is_accepted(_row(checked.log, one, at))]
    more = checked.breaks - len(checked.found)
    if not waiting and not more:
        return ""
    first = waiting[0] if waiting else "more places than are kept one by one"
    others = f" (and {len(waiting) - 1 + more:,} more)" if len(waiting) + more > 1 else ""
    known = len(checked.found) - len(waiting)
    return f"{checked.log} is broken at {first}{others}{f'; {known:,} were accepted' if known else ''}."


def _row(log: str, found: Break, at: datetime) -> LogFinding:
    row, _ = LogFinding.objects.update_or_create(
        log=log,
        what=found.what,
        position=found.position,
        row_id=found.row_id,
        row_at=found.row_at,
        defaults={"seen_at": at},
        create_defaults={"seen_at": at, "found_at": at},
    )
    return row


def _said(finding: LogFinding) -> dict[str, Any]:
    return {"log": finding.log, "what": finding.what, "position": finding.position, "row": finding.row_id}

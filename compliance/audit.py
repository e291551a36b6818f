"""`audit_trail`: who did what to what, written in the transaction of the act."""

from datetime import datetime

from .acting import NOBODY, Actor
from .models import AuditEntry
from .reasons import shows_somebody

Detail = str | int | float | bool | None


class PersonalDetail(ValueError):
    """An address or a phone number stands in what would be kept for years; leave it out where the act is noted."""


def note(
    act: str, object_type: str, object_id: str | int, by: Actor | None, at: datetime, **details: Detail
) -> AuditEntry:
    """Add a row; `by` is None for what the system does by itself. Raises `PersonalDetail`, and what the database says.

    `details` are plain values about the object, such as its state before and after, never free text that people wrote.
    """
    for name, detail in details.items():
        if isinstance(detail, str) and shows_somebody(detail):
            raise PersonalDetail(f"{act} {object_type}: the detail {name} names somebody")
    return AuditEntry.objects.create(
        at=at,
        **(by.columns if by else NOBODY),
        act=act,
        object_type=object_type,
        object_id=str(object_id),
        details=details,
    )

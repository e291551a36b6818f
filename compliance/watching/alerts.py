"""Alerts: whom they wait for, and that somebody looked into them."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from .. import audit
from ..acting import Actor
from ..models import AccessAlert
from ..reasons import fault

OBJECT = "alert of unusual access"
PERMISSION = "compliance.change_accessalert"


class CannotAcknowledge(ValueError):
    """Not by this person, not now, or not in these words; the text says why."""


def open_ones() -> QuerySet[AccessAlert]:
    return AccessAlert.objects.filter(acknowledged_at=None)


def acknowledge(pk: int, note: str, *, by: Actor, at: datetime) -> AccessAlert:
    """Note what it was. Nobody acknowledges what is about themselves. Raises `CannotAcknowledge`."""
    if by.user_id is None or not by.user.has_perm(PERMISSION):
        raise CannotAcknowledge(f"This needs a person with the permission {PERMISSION}.")
    if wrong := fault(note, what="note"):
        raise CannotAcknowledge(wrong)
    with transaction.atomic():
        alert = AccessAlert.objects.select_for_update().get(pk=pk)
        if alert.user_id == by.user_id:
            raise CannotAcknowledge("It is about your own looks; somebody else acknowledges it.")
        if alert.acknowledged_at:
            raise CannotAcknowledge(f"{alert.acknowledged_by} acknowledged it already.")
        alert.acknowledged_at, alert.acknowledged_by, alert.note = at, by.username[:150], note.strip()
        alert.save(update_fields=["acknowledged_at", "acknowledged_by", "note"])
        audit.note("acknowledged", OBJECT, str(pk), by, at, rule=alert.rule)
    return alert


def of_user(user_id: int, since: datetime) -> QuerySet[AccessAlert]:
    """What is told about a person's own looks: all that is open, and what was found since."""
    about = AccessAlert.objects.filter(user_id=user_id)
    return (about.filter(acknowledged_at=None) | about.filter(found_at__gte=since)).order_by("-found_at")

"""What people do about an alert: acknowledge and snooze it, once, in one transaction with the audit trail."""

from datetime import datetime, timedelta

from django.db import transaction

from compliance import audit
from compliance.acting import Actor

from ..models import MarketingAlert

OBJECT = "marketing alert"
LONGEST_SNOOZE = timedelta(days=30)


class NoAlert(LookupError):
    """There is none of this number."""


class CannotAct(ValueError):
    """What keeps it from being done, and the way out; `field` is empty where that is the alert's own state."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason


def acknowledge(pk: int, by: Actor, at: datetime) -> MarketingAlert:
    """Somebody has seen it. Again it changes nothing. Raises `NoAlert`, `CannotAct` for one that is over."""
    with transaction.atomic():
        alert = _open(pk)
        if alert.acknowledged_at is None:
            alert.acknowledged_at, alert.acknowledged_by = at, by.username
            alert.save(update_fields=["acknowledged_at", "acknowledged_by"])
            audit.note("acknowledge", OBJECT, pk, by, at)
    return alert


def snooze(pk: int, by: Actor, at: datetime, until: datetime) -> MarketingAlert:
    """Tell nobody of it until then, whether it stands or comes back. Raises `NoAlert`, `CannotAct`."""
    if not at < until <= at + LONGEST_SNOOZE:
        raise CannotAct("until", f"Choose a time within {LONGEST_SNOOZE.days} days.")
    with transaction.atomic():
        alert = _open(pk)
        alert.snoozed_until, alert.snoozed_by = until, by.username
        alert.save(update_fields=["snoozed_until", "snoozed_by"])
        audit.note("snooze", OBJECT, pk, by, at, until=until.isoformat())
    return alert


def wake(pk: int, by: Actor, at: datetime) -> MarketingAlert:
    """End a snooze before its time; nobody is told again for it. Raises `NoAlert`, `CannotAct`."""
    with transaction.atomic():
        alert = _open(pk)
        if alert.snoozed_until is not None:
            alert.snoozed_until, alert.snoozed_by = None, ""
            alert.save(update_fields=["snoozed_until", "snoozed_by"])
            audit.note("wake", OBJECT, pk, by, at)
    return alert


def _open(pk: int) -> MarketingAlert:
    alert = MarketingAlert.objects.select_for_update().filter(pk=pk).first()
    if alert is None:
        raise NoAlert(f"There is no alert {pk}.")
    if alert.closed_at is not None:
        raise CannotAct("", "It is over: everything is as usual again.")
    return alert


def open_alerts() -> int:
    """How many are open, whatever they are about."""
    return MarketingAlert.objects.filter(closed_at=None).count()

"""An alert in words: who, what, how many; of contacts nothing but how many."""

from django.conf import settings
from django.urls import reverse

from ..models import AccessAlert
from ..notices import Message
from .rules import BY_NAME

TOPIC = "access"


def line_of(rule: str) -> int:
    """From how many on a rule finds something; 0 of one that counts nothing."""
    return int(getattr(settings, BY_NAME[rule].line)) if BY_NAME[rule].line else 0


def words_of(rule: str) -> str:
    return BY_NAME[rule].words(line_of(rule))


def key_of(pk: int) -> str:
    """The cause of its notices."""
    return f"access-alert-{pk}"


def of(alert: AccessAlert) -> Message:
    """What the channels are told that subscribe to unusual access."""
    title = f"Unusual access to personal data: {BY_NAME[alert.rule].title.lower()}"
    path = reverse("admin:compliance_accessalert_change", args=[alert.pk])
    return Message(TOPIC, key_of(alert.pk), title, body(alert), path)


def body(alert: AccessAlert) -> str:
    """The whole text."""
    usual = "" if alert.usual is None else f"Usual for this person: {alert.usual:,}\n"
    key = f"\nBy key: {alert.key_prefix}" if alert.key_prefix else ""
    return (
        f"Who: {alert.username or 'nobody'}{key}\n"
        f"What: {BY_NAME[alert.rule].title}\n"
        f"How many: {alert.count:,}\n"
        f"{usual}"
        f"Between: {alert.starts_at:%Y-%m-%d %H:%M} and {alert.ends_at:%Y-%m-%d %H:%M} UTC\n\n"
        f"The rule: {words_of(alert.rule)}.\n"
        f"It waits for a compliance officer in the admin, under Alerts of unusual access, number {alert.pk}.\n"
    )

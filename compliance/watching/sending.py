"""Alerts by mail to the addresses of `ALERT_EMAILS`: who, what, how many; of contacts nothing but how many."""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F, Q, QuerySet

from ..job_errors import JobFailedError, told
from ..models import AccessAlert
from .rules import BY_NAME
from .watch import words_of

TRIED_FOR = timedelta(days=1)  # then it waits in the admin alone
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
AT_ONCE = 50  # of one run
LONGEST_ERROR = 500


def send(at: datetime) -> int:
    """Mail what is due; how many went out. Raises `JobFailedError` where some did not, which are tried again later.

    Each is sent before its row says so: a process that dies between the two sends it twice, by the same Message-ID.
    """
    if not settings.ALERT_EMAILS or not settings.EMAIL_URL:
        return 0
    tried = [_try(pk, at) for pk in list(_due(at).values_list("pk", flat=True)[:AT_ONCE])]
    sent, failed = tried.count(True), tried.count(False)
    if failed:
        raise JobFailedError(f"{failed} alerts could not be mailed, {sent} were; why stands with each in the admin.")
    return sent


def _due(at: datetime) -> QuerySet[AccessAlert]:
    waited = Q(tried_at=None) | Q(tried_at__lte=at - FIRST_PAUSE)
    return AccessAlert.objects.filter(waited, sent_at=None, found_at__gt=at - TRIED_FOR).order_by("pk")


def _try(pk: int, at: datetime) -> bool | None:
    """Whether it was mailed; None where another run is at it, or its pause goes on."""
    with transaction.atomic():
        alert = AccessAlert.objects.select_for_update(skip_locked=True).filter(pk=pk, sent_at=None).first()
        if alert is None or (alert.tried_at and at < alert.tried_at + pause(alert.tries)):
            return None
        error = _mail(alert)
        sent_at = None if error else at
        AccessAlert.objects.filter(pk=pk).update(tried_at=at, tries=F("tries") + 1, sent_at=sent_at, error=error)
    return not error


def pause(tries: int) -> timedelta:
    """After so many tries: a minute, doubled each time, at most an hour."""
    return min(FIRST_PAUSE * 2 ** min(max(tries - 1, 0), 10), LONGEST_PAUSE)


def _mail(alert: AccessAlert) -> str:
    """What went wrong; empty if nothing did."""
    rule = BY_NAME[alert.rule]
    message = EmailMessage(
        f"Unusual access to personal data: {rule.title.lower()}",
        body(alert),
        settings.EMAIL_FROM,
        settings.ALERT_EMAILS,
        headers={"Message-ID": f"<access-alert-{alert.pk}@{settings.EMAIL_FROM.rpartition('@')[2]}>"},
    )
    try:
        message.send()
    except OSError as error:  # those of smtplib, and of sockets
        return told(error)[:LONGEST_ERROR] or type(error).__name__
    return ""


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
        f"{_state(alert)} in the admin, under Alerts of unusual access, number {alert.pk}.\n"
    )


def _state(alert: AccessAlert) -> str:
    """Somebody may have been quicker than the mail."""
    return f"{alert.acknowledged_by} acknowledged it" if alert.acknowledged_at else "It waits for a compliance officer"

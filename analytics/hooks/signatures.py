"""Checking that a report is from whom it says, where anymail would want another package for it."""

import hmac
from datetime import UTC, datetime, timedelta

from anymail.exceptions import AnymailWebhookValidationFailure
from django.http import HttpRequest
from django.utils import timezone

from compliance.idempotency import KEPT
from compliance.outbound import sign

TOLERANCE = timedelta(minutes=5)
# As long as a provider may try again with the first signature (SendGrid for 24 hours, Mailgun for 8), and no longer
# than a call is known again.
RETRIED = KEPT


def check_standard(request: HttpRequest, key: str, *, prefix: str = "webhook") -> None:
    """Raises AnymailWebhookValidationFailure. Source: the Standard Webhooks specification, which Svix wrote first."""
    given = {name: request.headers.get(f"{prefix}-{name}", "") for name in ("id", "timestamp", "signature")}
    try:
        at = _read(given["timestamp"])
        wanted = sign(given["id"], at, request.body, [key])["webhook-signature"].encode()
    except (ValueError, OverflowError, OSError):
        raise AnymailWebhookValidationFailure("The signature cannot be checked") from None
    if not any(hmac.compare_digest(wanted, one.encode()) for one in given["signature"].split()):
        raise AnymailWebhookValidationFailure("The signature is another")
    _check(at, TOLERANCE)


def check_age(stamp: object) -> None:
    """Of a time that a signature covers, in seconds. Raises AnymailWebhookValidationFailure."""
    try:
        _check(_read(stamp), RETRIED)
    except (ValueError, OverflowError, OSError):
        raise AnymailWebhookValidationFailure("The signature bears no time") from None


def _read(stamp: object) -> datetime:
    return datetime.fromtimestamp(int(str(stamp)), UTC)


def _check(at: datetime, oldest: timedelta) -> None:
    if not -TOLERANCE <= timezone.now() - at <= oldest:
        raise AnymailWebhookValidationFailure("The signature is too old")

"""Checking that a report is from whom it says, where anymail would want another package for it."""

import hmac
from datetime import UTC, datetime, timedelta

from anymail.exceptions import AnymailWebhookValidationFailure
from django.http import HttpRequest
from django.utils import timezone

from compliance.outbound import sign

TOLERANCE = timedelta(minutes=5)
# As long as a provider may try again with the first signature: SendGrid for 24 hours, Mailgun for 8, Amazon for 1.
RETRIED = timedelta(hours=24)
# As long as a call is known again, which is longer than its signature holds; where that covers no time, a call of older
# reports is refused.
KNOWN = timedelta(days=7)


class SignedAtAnotherTime(AnymailWebhookValidationFailure):
    """Signed with the key, but too long ago or ahead of our clock; the text says when, and what to look at."""


def check_standard(request: HttpRequest, key: str, *, prefix: str = "webhook") -> None:
    """Raises AnymailWebhookValidationFailure, of which SignedAtAnotherTime is one.

    Source: the Standard Webhooks specification, which Svix wrote first.
    """
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
    """Of a time that a signature covers and was found to, in seconds. Raises as `check_standard`."""
    try:
        _check(_read(stamp), RETRIED)
    except (ValueError, OverflowError, OSError):
        raise AnymailWebhookValidationFailure("The signature bears no time") from None


def check_moment(said: str) -> None:
    """The same, of a time as it is written. Raises as `check_standard`."""
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        raise AnymailWebhookValidationFailure("The signature bears no time") from None
    _check(at if at.tzinfo else at.replace(tzinfo=UTC), RETRIED)


def too_old(newest: datetime | None) -> str:
    """Why what is signed without a time, whose newest report has this one, is refused; "" where it is not."""
    if newest is None or timezone.now() - newest <= KNOWN:
        return ""
    return (
        f"Its newest report is of {newest:%Y-%m-%dT%H:%M:%SZ}, more than {_said(KNOWN)} ago; it is a replay, or comes "
        "too late: give what it says by a file."
    )


def _read(stamp: object) -> datetime:
    return datetime.fromtimestamp(int(str(stamp)), UTC)


def _check(at: datetime, oldest: timedelta) -> None:
    age = timezone.now() - at
    if age > oldest:
        raise SignedAtAnotherTime(
            f"It was signed at {at:%Y-%m-%dT%H:%M:%SZ}, more than {_said(oldest)} ago; look at the sender's clock, or "
            "it is a replay."
        )
    if age < -TOLERANCE:
        raise SignedAtAnotherTime(
            f"It was signed at {at:%Y-%m-%dT%H:%M:%SZ}, more than {_said(TOLERANCE)} ahead of our clock; look at the "
            "sender's clock, and at ours."
        )


def _said(span: timedelta) -> str:
    minutes = span // timedelta(minutes=1)
    if minutes < 120:
        return f"{minutes} minutes"
    return f"{minutes // 60} hours" if minutes <= 48 * 60 else f"{span.days} days"

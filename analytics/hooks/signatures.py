"""Checking that a report is from whom it says, where anymail would want another package for it."""

import hmac
from datetime import UTC, datetime, timedelta

from anymail.exceptions import AnymailWebhookValidationFailure
from django.http import HttpRequest
from django.utils import timezone

from compliance.outbound import sign

TOLERANCE = timedelta(minutes=5)


def check_standard(request: HttpRequest, key: str, *, prefix: str = "webhook") -> None:
    """Raises AnymailWebhookValidationFailure. Source: the Standard Webhooks specification, which Svix wrote first."""
    given = {name: request.headers.get(f"{prefix}-{name}", "") for name in ("id", "timestamp", "signature")}
    try:
        at = datetime.fromtimestamp(int(given["timestamp"]), UTC)
        wanted = sign(given["id"], at, request.body, [key])["webhook-signature"].encode()
    except (ValueError, OverflowError, OSError):
        raise AnymailWebhookValidationFailure("The signature cannot be checked") from None
    if not any(hmac.compare_digest(wanted, one.encode()) for one in given["signature"].split()):
        raise AnymailWebhookValidationFailure("The signature is another")
    if abs(timezone.now() - at) > TOLERANCE:
        raise AnymailWebhookValidationFailure("The signature is too old")

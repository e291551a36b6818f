"""Checking that a report is from whom it says, where anymail would want another package for it."""

import base64
import binascii
import hmac
from datetime import UTC, datetime, timedelta

from anymail.exceptions import AnymailWebhookValidationFailure
from django.http import HttpRequest
from django.utils import timezone

TOLERANCE = timedelta(minutes=5)


def check_standard(request: HttpRequest, key: str, *, prefix: str = "webhook") -> None:
    """Raises AnymailWebhookValidationFailure. Source: the Standard Webhooks specification, which Svix wrote first."""
    given = {name: request.headers.get(f"{prefix}-{name}", "") for name in ("id", "timestamp", "signature")}
    try:
        secret = base64.b64decode(key.removeprefix("whsec_"), validate=True)
        at = datetime.fromtimestamp(int(given["timestamp"]), UTC)
    except (binascii.Error, ValueError, OverflowError, OSError):
        raise AnymailWebhookValidationFailure("The signature cannot be checked") from None
    signed = b".".join((given["id"].encode(), given["timestamp"].encode(), request.body))
    wanted = base64.b64encode(hmac.digest(secret, signed, "sha256")).decode()
    shown = [one.partition(",")[2] for one in given["signature"].split() if one.startswith("v1,")]
    if not any(hmac.compare_digest(wanted.encode(), one.encode()) for one in shown):
        raise AnymailWebhookValidationFailure("The signature is another")
    if abs(timezone.now() - at) > TOLERANCE:
        raise AnymailWebhookValidationFailure("The signature is too old")

"""A report as each provider words and signs it, of nobody: what the test of a webhook is made of. Pure."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from compliance.outbound import sign

CONTACT, CAMPAIGN, MESSAGE = "nobody@example.com", "sample", "sample-message"
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
NOTHING = base64.b64encode(b"of nobody").decode()  # where a signature stands
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
WITH_A_PRIVATE_KEY = frozenset(
    {"amazon_ses", "postal", "sendgrid"}
)  # we have the public one, and cannot sign as they do


@dataclass(frozen=True, slots=True)
class Sample:
    """What goes over the wire."""

    body: bytes
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()


def _stamp(at: datetime) -> int:
    return int(at.timestamp())


def _said(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


# What an open says in the words of each provider, of Postal a delivery, since it reports no opens.
REPORTS: Mapping[str, Callable[[datetime], Any]] = {
    "amazon_ses": lambda at: {
        "eventType": "Open", "open": {"timestamp": _said(at), "userAgent": AGENT},
        "mail": {"destination": [CONTACT], "messageId": MESSAGE, "headers": [{"name": "X-Tag", "value": CAMPAIGN}]},
    },
    "brevo": lambda at: {
        "event": "opened", "email": CONTACT, "ts_epoch": _stamp(at) * 1000, "message-id": f"<{MESSAGE}>",
        "tags": [CAMPAIGN],
    },
    "mailersend": lambda at: {
        "type": "activity.opened",
        "data": {
            "id": MESSAGE, "type": "opened", "created_at": _said(at),
            "email": {"message": {"id": MESSAGE}, "recipient": {"email": CONTACT}, "tags": [CAMPAIGN]},
        },
    },
    "mailgun": lambda at: {
        "event-data": {
            "event": "opened", "id": MESSAGE, "timestamp": _stamp(at), "recipient": CONTACT, "tags": [CAMPAIGN],
            "message": {"headers": {"message-id": MESSAGE}}, "user-variables": {}, "client-info": {"user-agent": AGENT},
        }
    },
    "mailjet": lambda at: [
        {
            "event": "open", "time": _stamp(at), "MessageID": 1, "email": CONTACT, "customcampaign": CAMPAIGN,
            "agent": AGENT,
        }
    ],
    "mailtrap": lambda at: {
        "events": [
            {
                "event": "open", "timestamp": _stamp(at), "message_id": MESSAGE, "event_id": MESSAGE, "email": CONTACT,
                "category": CAMPAIGN, "user_agent": AGENT,
            }
        ]
    },
    "mandrill": lambda at: [
        {
            "event": "open", "_id": MESSAGE, "ts": _stamp(at), "user_agent": AGENT,
            "msg": {"_id": MESSAGE, "email": CONTACT, "tags": [CAMPAIGN]},
        }
    ],
    "postal": lambda at: {
        "event": "MessageSent", "uuid": MESSAGE, "timestamp": _stamp(at),
        "payload": {"status": "Sent", "message": {"id": 1, "to": CONTACT, "direction": "outgoing", "tag": CAMPAIGN}},
    },
    "postmark": lambda at: {
        "RecordType": "Open", "MessageID": MESSAGE, "Recipient": CONTACT, "ReceivedAt": _said(at), "Tag": CAMPAIGN,
        "UserAgent": AGENT,
    },
    "resend": lambda at: {
        "type": "email.opened", "created_at": _said(at),
        "data": {
            "email_id": MESSAGE, "created_at": _said(at), "to": [CONTACT],
            "headers": [{"name": "X-Tags", "value": json.dumps([CAMPAIGN])}],
        },
    },
    "sendgrid": lambda at: [
        {
            "event": "open", "email": CONTACT, "timestamp": _stamp(at), "sg_event_id": MESSAGE,
            "smtp-id": f"<{MESSAGE}>", "category": [CAMPAIGN], "useragent": AGENT,
        }
    ],
    "sparkpost": lambda at: [
        {
            "msys": {
                "track_event": {
                    "type": "open", "event_id": "1", "rcpt_to": CONTACT, "raw_rcpt_to": CONTACT,
                    "timestamp": str(_stamp(at)), "transmission_id": MESSAGE, "campaign_id": CAMPAIGN,
                    "user_agent": AGENT,
                }
            }
        }
    ],
    "unisender_go": lambda at: {
        "event_name": "transactional_email_status", "status": "opened", "email": CONTACT, "job_id": MESSAGE,
        "event_time": at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"), "metadata": {"campaign": CAMPAIGN},
        "delivery_info": {"user_agent": AGENT},
    },
}  # fmt: skip


def sample(provider: str, key: str, at: datetime, url: str) -> Sample:
    """A report to `url`, signed with `key` where there is one and the provider signs with a shared one.

    Raises ValueError for a key that is none.
    """
    report = REPORTS[provider](at)
    body = json.dumps(report).encode()
    if provider == "amazon_ses":
        notice = {
            "Type": "Notification", "MessageId": MESSAGE, "TopicArn": key, "Message": body.decode(),
            "Timestamp": _said(at), "SignatureVersion": "2", "Signature": NOTHING, "SigningCertURL": url,
        }  # fmt: skip
        headers = (("x-amz-sns-message-type", "Notification"), ("x-amz-sns-message-id", MESSAGE))
        return Sample(json.dumps(notice).encode(), "text/plain", headers)
    if provider == "mandrill":
        made = hmac.digest(key.encode(), f"{url}mandrill_events{body.decode()}".encode(), "sha1")
        form = urlencode({"mandrill_events": body.decode()}).encode()
        return Sample(form, FORM, (("X-Mandrill-Signature", base64.b64encode(made).decode()),))
    if provider in WITH_A_PRIVATE_KEY:
        return Sample(body, JSON, _of_nobody(provider, at))
    return _signed(provider, report, body, key, at)


def _signed(provider: str, report: Any, body: bytes, key: str, at: datetime) -> Sample:
    if not key:
        return Sample(body, JSON, (("svix-id", MESSAGE),) if provider == "resend" else ())
    if provider in ("mailersend", "mailtrap"):
        name = "Signature" if provider == "mailersend" else "Mailtrap-Signature"
        return Sample(body, JSON, ((name, hmac.digest(key.encode(), body, "sha256").hex()),))
    if provider == "mailgun":
        stamp = str(_stamp(at))
        made = hmac.digest(key.encode(), f"{stamp}{MESSAGE}".encode(), "sha256").hex()
        signature = {"timestamp": stamp, "token": MESSAGE, "signature": made}
        return Sample(json.dumps(report | {"signature": signature}).encode())
    if provider == "resend":
        made_headers = sign(MESSAGE, at, body, [key])
        return Sample(body, JSON, tuple((name.replace("webhook", "svix"), said) for name, said in made_headers.items()))
    if provider == "unisender_go":
        unsigned = json.dumps(report | {"auth": key}).encode()
        return Sample(json.dumps(report | {"auth": hashlib.md5(unsigned).hexdigest()}).encode())  # noqa: S324  theirs
    return Sample(body)


def _of_nobody(provider: str, at: datetime) -> tuple[tuple[str, str], ...]:
    """Headers of a signature that nobody made."""
    if provider == "postal":
        return (("X-Postal-Signature", NOTHING),)
    name = "X-Twilio-Email-Event-Webhook"
    return ((f"{name}-Signature", NOTHING), (f"{name}-Timestamp", str(_stamp(at))))

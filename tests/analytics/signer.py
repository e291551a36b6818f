"""What mail providers send, signed as each of them does."""

import base64
import hashlib
import hmac
import json
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from django.test import Client
from django.utils import timezone

from analytics.hooks import addresses
from analytics.hooks.providers import BY_NAME
from tests.analytics import amazon

JSON = "application/json"
KEY = "a key of theirs"


class Signer:
    """Sends what a provider sends, signed as it does."""

    def __init__(self, provider: str) -> None:
        self.provider = provider
        self.rsa = rsa.generate_private_key(public_exponent=65_537, key_size=2_048) if provider == "postal" else None
        self.ec = ec.generate_private_key(ec.SECP256R1()) if provider == "sendgrid" else None
        amazon.known()
        known = BY_NAME[provider]
        _hook, self.path = addresses.make("mail", provider, self.key if known.signed_by else "", timezone.now())

    @property
    def key(self) -> str:
        private = self.rsa or self.ec
        if private:
            pem = private.public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            return "".join(pem.decode().splitlines()[1:-1])
        return {"resend": "whsec_" + base64.b64encode(b"x" * 24).decode(), "amazon_ses": amazon.TOPIC}.get(
            self.provider, KEY
        )

    def post(self, payload: Any, key: str = "", at: datetime | None = None) -> Any:
        body, kind, headers = self.signed(payload, key or self.key, at or timezone.now())
        return Client().post(self.path, body, content_type=kind, headers=headers)

    def signed(
        self, payload: Any, key: str, at: datetime, event_id: str = "m1", said_at: str = ""
    ) -> tuple[bytes, str, dict[str, str]]:
        """What goes over the wire; some providers have id and time of an event in what they wrap it in."""
        body, stamp = json.dumps(payload).encode(), str(int(at.timestamp()))
        if self.provider == "amazon_ses":
            notice = amazon.signed(amazon.notice(payload, key, at, event_id, said_at))
            return json.dumps(notice).encode(), "text/plain", amazon.headers_of(notice)
        if self.provider == "mandrill":
            url = f"http://testserver{self.path}mandrill_events{body.decode()}"
            made = base64.b64encode(hmac.digest(key.encode(), url.encode(), "sha1")).decode()
            form = urlencode({"mandrill_events": body.decode()}).encode()
            return form, "application/x-www-form-urlencoded", {"X-Mandrill-Signature": made}
        if self.provider == "mailgun":
            its_own = str(int(datetime.fromisoformat(said_at).timestamp())) if said_at else stamp
            return self._mailgun(payload, key, its_own, event_id)
        if self.provider in ("mailersend", "mailtrap"):
            name = "Signature" if self.provider == "mailersend" else "Mailtrap-Signature"
            return body, JSON, {name: hmac.digest(key.encode(), body, "sha256").hex()}
        if self.provider == "resend":
            secret = base64.b64decode(key.removeprefix("whsec_"))
            made = base64.b64encode(hmac.digest(secret, f"{event_id}.{stamp}.".encode() + body, "sha256")).decode()
            return body, JSON, {"svix-id": event_id, "svix-timestamp": stamp, "svix-signature": f"v1,{made}"}
        if self.rsa:
            made = base64.b64encode(self.rsa.sign(body, padding.PKCS1v15(), hashes.SHA1())).decode()
            return body, JSON, {"X-Postal-Signature": made if key == self.key else "b25seQ=="}
        if self.ec:
            made = base64.b64encode(self.ec.sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))).decode()
            name = "X-Twilio-Email-Event-Webhook"
            return (
                body,
                JSON,
                {f"{name}-Signature": made if key == self.key else "b25seQ==", f"{name}-Timestamp": stamp},
            )
        if self.provider == "unisender_go":
            unsigned = json.dumps({**payload, "auth": key}).encode()
            made = hashlib.md5(unsigned).hexdigest()
            return json.dumps({**payload, "auth": made}).encode(), JSON, {}
        return body, JSON, {}

    @staticmethod
    def _mailgun(payload: dict[str, Any], key: str, stamp: str, token: str) -> tuple[bytes, str, dict[str, str]]:
        made = hmac.digest(key.encode(), f"{stamp}{token}".encode(), "sha256").hex()
        signed = {"timestamp": stamp, "token": token, "signature": made}
        if "event-data" in payload:
            return json.dumps(payload | {"signature": signed}).encode(), JSON, {}
        form = urlencode({name: value for name, value in payload.items() if isinstance(value, str)} | signed).encode()
        return form, "application/x-www-form-urlencoded", {}

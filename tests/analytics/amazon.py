"""Messages as Amazon's SNS sends them, signed with a certificate of the test's own."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from analytics.hooks import sns

TOPIC = "arn:aws:sns:eu-west-1:123456789012:mail"
OTHER_TOPIC = "arn:aws:sns:eu-west-1:123456789012:other"
HOST = "sns.eu-west-1.amazonaws.com"
URL = f"https://{HOST}/SimpleNotificationService-0123456789abcdef.pem"
CONFIRM = f"https://{HOST}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=ab1"
Key = rsa.RSAPrivateKey


@cache
def key(bits: int = 2_048) -> Key:
    return rsa.generate_private_key(public_exponent=65_537, key_size=bits)


def certificate(
    name: str = "sns.amazonaws.com",
    by: str = "Amazon",
    ends: timedelta = timedelta(days=2),
    bits: int = 2_048,
    alone: bool = False,
) -> x509.Certificate:
    """Of `key(bits)`; it holds from yesterday until `ends` from now. `alone`: its name stands in the subject only."""
    now = datetime.now(UTC)
    issuer = [(x509.NameOID.ORGANIZATION_NAME, by), (x509.NameOID.COMMON_NAME, "Amazon RSA 2048 M01")]
    built = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(oid, said) for oid, said in issuer]))
        .public_key(key(bits).public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + ends)
    )
    others = x509.SubjectAlternativeName([x509.DNSName(name)])
    return (built if alone else built.add_extension(others, critical=False)).sign(key(), hashes.SHA256())


def pem(of: x509.Certificate) -> bytes:
    return of.public_bytes(serialization.Encoding.PEM)


def known() -> None:
    """Amazon was asked for the certificate already."""
    sns._kept[URL] = _known(), datetime.max.replace(tzinfo=UTC)


@cache
def _known() -> x509.Certificate:
    return certificate(ends=timedelta(days=1_000))


def notice(report: Any, topic: str, at: datetime, message_id: str = "m1", said_at: str = "") -> dict[str, Any]:
    """A report as the message that brings it; one that is a message already is signed as it is."""
    if isinstance(report, Mapping) and "Type" in report:
        return {
            "Message": "",
            "Timestamp": at.isoformat(),
            "TopicArn": topic,
            "Token": "ab1",
            "SubscribeURL": "",
            **report,
        }
    said = {"Type": "Notification", "MessageId": message_id, "TopicArn": topic, "Message": json.dumps(report)}
    return said | {"Timestamp": said_at or at.astimezone(UTC).isoformat()}


def signed(message: Mapping[str, Any], version: str = "2", bits: int = 2_048) -> dict[str, Any]:
    """The same, signed; what it is signed over is written here anew, as Amazon's documentation has it."""
    names = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
    if message["Type"] != "Notification":
        names = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    text = "".join(f"{name}\n{message[name]}\n" for name in names if name in message)
    hashed = hashes.SHA256() if version == "2" else hashes.SHA1()
    made = base64.b64encode(key(bits).sign(text.encode(), padding.PKCS1v15(), hashed)).decode()
    return {**message, "SignatureVersion": version, "Signature": made, "SigningCertURL": URL}


def headers_of(message: Mapping[str, Any]) -> dict[str, str]:
    return {"x-amz-sns-message-type": str(message["Type"]), "x-amz-sns-message-id": str(message["MessageId"])}

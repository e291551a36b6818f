"""Checking that a message is from Amazon's SNS: signed with the key of a certificate that Amazon itself serves.

Source: "Verifying the signatures of Amazon SNS messages" in Amazon's documentation. To whom and by whom the certificate
was issued is looked at; not its chain, since it comes alone: that of the connection it comes by is.
"""

import re
from base64 import b64decode
from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from anymail.exceptions import AnymailWebhookValidationFailure as NotSigned
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm

from compliance import outbound

REGION = r"[a-z]{2}(?:-[a-z]{2,12}){1,2}-\d{1,2}"  # never s3: a host of that is a bucket, which may be called sns
HOST = rf"sns\.{REGION}\.amazonaws\.com(?:\.cn)?"
TOPIC = re.compile(rf"arn:aws(?:-cn|-us-gov)?:sns:{REGION}:\d{{12}}:[A-Za-z0-9_-]{{1,256}}")
CONFIRMS = re.compile(rf"https://{HOST}/[!#-&*-;=?-~]{{1,1000}}")
CERTIFICATE = re.compile(rf"https://{HOST}/SimpleNotificationService-[0-9A-Za-z]{{1,64}}\.pem")
ISSUED_TO = re.compile(rf"sns(?:-signing)?(?:[.-]{REGION})?\.amazonaws\.com(?:\.cn)?")
ISSUED_BY = ("Amazon", "DigiCert Inc")  # the second to many of Amazon's hosts in China
SMALLEST_KEY = 2_048  # bits
HASHES: Mapping[str, type[HashAlgorithm]] = {"1": SHA1, "2": SHA256}
CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
SIGNED: Mapping[str, tuple[str, ...]] = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": CONFIRMATION,
    "UnsubscribeConfirmation": CONFIRMATION,
}
OPTIONAL = "Subject"
KEPT, MISSED = timedelta(days=1), timedelta(seconds=10)  # how long a certificate, or that there was none, is remembered
MOST_KEPT = 32
SECONDS = 5.0  # to fetch one; Amazon waits 15 for our answer

_kept: dict[str, tuple[x509.Certificate | type[Exception], datetime]] = {}  # by address, until when


class CannotTell(Exception):
    """Whether it is signed cannot be told now, since Amazon could not be asked."""


def check(message: Mapping[str, Any], at: datetime) -> None:
    """Raises NotSigned and CannotTell."""
    url, hashed = str(message.get("SigningCertURL")), HASHES.get(str(message.get("SignatureVersion")))
    if hashed is None or not CERTIFICATE.fullmatch(url):
        raise NotSigned("Signed in no way of Amazon's")
    signed = text_of(message)
    key = _key_of(_certificate(url, at), at)
    try:
        key.verify(b64decode(str(message.get("Signature")), validate=True), signed, PKCS1v15(), hashed())
    except (InvalidSignature, ValueError):
        raise NotSigned("The signature is another") from None


def text_of(message: Mapping[str, Any]) -> bytes:
    """What is signed of a message. Raises NotSigned for one that other fields could give the same text as: those that
    come after the first are a line each.
    """
    names = SIGNED.get(str(message.get("Type")), ())
    given = [(name, message.get(name)) for name in names if name != OPTIONAL or message.get(name) is not None]
    lines = [f"{name}\n{said}\n" for name, said in given if isinstance(said, str)]
    if not given or len(lines) < len(given) or any(line.count("\n") > 2 for line in lines[1:]):
        raise NotSigned("A field is missing or is not as Amazon writes it")
    return "".join(lines).encode()


def confirm(url: str) -> None:
    """Tell Amazon that we want what it asks about. Raises CannotTell."""
    if not CONFIRMS.fullmatch(url) or not _fetched(url).ok:
        raise CannotTell


def _certificate(url: str, at: datetime) -> x509.Certificate:
    """Kept by this process, and for a moment that there is none: whoever names ever others makes it ask no more often.

    Raises NotSigned and CannotTell.
    """
    for other, (_, until) in list(_kept.items()):
        if until <= at:
            _kept.pop(other, None)
    found, _ = _kept.get(url, (CannotTell if len(_kept) >= MOST_KEPT else None, at))
    if found is None:
        found = _found(url)
        _kept[url] = found, at + (MISSED if isinstance(found, type) else KEPT)
    if isinstance(found, type):
        raise found("The certificate cannot be had")
    return found


def _found(url: str) -> x509.Certificate | type[Exception]:
    """It, or what to raise instead."""
    try:
        answer = _fetched(url)
        if answer.status == HTTPStatus.NOT_FOUND:
            return NotSigned
        return x509.load_pem_x509_certificate(answer.body) if answer.ok else CannotTell
    except (CannotTell, ValueError):
        return CannotTell


def _fetched(url: str) -> outbound.Answer:
    try:
        return outbound.get(url, seconds=SECONDS)
    except (outbound.Refused, outbound.Unanswered) as error:
        raise CannotTell from error


def _key_of(certificate: x509.Certificate, at: datetime) -> RSAPublicKey:
    """Raises NotSigned."""
    key, names = certificate.public_key(), _names(certificate)
    by = [str(one.value) for one in certificate.issuer.get_attributes_for_oid(x509.NameOID.ORGANIZATION_NAME)]
    if not any(map(ISSUED_TO.fullmatch, names)) or not set(by) & set(ISSUED_BY):
        raise NotSigned("The certificate is not that of Amazon's SNS")
    if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        raise NotSigned("The certificate does not hold now")
    if not isinstance(key, RSAPublicKey) or key.key_size < SMALLEST_KEY:
        raise NotSigned("The certificate has another kind of key")
    return key


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return [str(one.value) for one in certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)]
    return names.get_values_for_type(x509.DNSName)

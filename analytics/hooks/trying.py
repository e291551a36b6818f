"""The test of a webhook: a sample report through the same check and the same reader, and nothing recorded."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from anymail.exceptions import AnymailWebhookValidationFailure
from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest

from ..ingest.parsing import NewEvent, parse_event
from ..models import Hook
from . import addresses
from .providers import BY_NAME, Provider
from .reading import events_of
from .samples import WITH_A_PRIVATE_KEY, Sample, sample

ANOTHER_KEY = "whsec_YW5vdGhlciBrZXkgdGhhbiB0aGF0IG9uZQ=="  # also where keys are base64


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was tried: whether it works, None where only a real report tells."""

    about: str
    works: bool | None
    text: str


def findings(hook: Hook, url: str, at: datetime) -> list[Finding]:
    """What works and what does not of a webhook, at an address such as `url`. Writes nothing."""
    provider, key = BY_NAME[hook.provider], addresses.keys_of(hook, at)[0]
    found = [_of_key(provider, key)]
    try:
        reader = provider.reader(key)
        signed = sample(provider.name, key, at, url)
        if provider.signs(key):
            found.append(_of_signature(provider, key, url, at))
    except Exception as error:  # noqa: BLE001  whatever a key that is none makes anymail and cryptography raise
        told = f"the key cannot be used ({type(error).__name__}): copy it anew from {provider.label}"
        return [*found, Finding("Signature", False, f"{told}, and make another webhook with it")]
    return [*found, _of_sample(provider, reader.parse_events(_request(signed, url)), at)]


def _of_key(provider: Provider, key: str) -> Finding:
    if provider.always:
        told = f"{provider.label} signs for everybody: give the ARN of your topic, and no other's reports are taken"
        return (
            Finding("Topic", True, "reports of the topic that is set are taken")
            if key
            else Finding("Topic", None, told)
        )
    if key:
        return Finding("Key", True, f"the key that {provider.label} signs with is set")
    if provider.signed_by:
        told = f"no key is set, though {provider.label} can sign: whoever knows the address may report"
        return Finding("Key", None, told)
    return Finding("Key", True, f"{provider.label} signs no reports, so there is none: keep the address secret")


def _of_signature(provider: Provider, key: str, url: str, at: datetime) -> Finding:
    """Signed with the key it has to pass, with another it must not."""
    wrong = sample(provider.name, ANOTHER_KEY, at, url)
    if _passes(provider, key, wrong, url):
        return Finding("Signature", False, "a sample that is signed wrongly is let in")
    if provider.name in WITH_A_PRIVATE_KEY:
        told = f"a wrong signature is refused; a right one only {provider.label} can make"
        return Finding("Signature", None, told)
    if not _passes(provider, key, sample(provider.name, key, at, url), url):
        return Finding("Signature", False, "a sample that is signed with the key is refused")
    return Finding("Signature", True, "a sample signed with the key is let in, one signed with another is refused")


def _passes(provider: Provider, key: str, signed: Sample, url: str) -> bool:
    try:
        provider.reader(key).run_validators(_request(signed, url))
    except AnymailWebhookValidationFailure:
        return False
    return True


def _of_sample(provider: Provider, reports: list[Any], at: datetime) -> Finding:
    names = list(_taken(provider, reports, at))
    if not names:
        return Finding("Sample", False, "a sample report is not understood")
    told = f"a report that a message was {reports[0].event_type} becomes the event “{'” and “'.join(names)}”"
    return Finding("Sample", True, f"{told} of the contact and the campaign that it names")


def _taken(provider: Provider, reports: list[Any], at: datetime) -> Iterator[str]:
    """The names of the events that a door would take."""
    for report in reports:
        for event in events_of(report, provider, at):
            parsed = parse_event(event, now=at, reporting_currency=settings.REPORTING_CURRENCY)
            if isinstance(parsed, NewEvent):
                yield str(event["type"])


def _request(signed: Sample, url: str) -> WSGIRequest:
    """The request that a provider would send."""
    to = urlsplit(url)
    of_headers = {f"HTTP_{name.upper().replace('-', '_')}": said for name, said in signed.headers}
    return WSGIRequest({
        "REQUEST_METHOD": "POST", "PATH_INFO": to.path, "wsgi.url_scheme": to.scheme, "HTTP_HOST": to.netloc,
        "SERVER_NAME": to.hostname or "", "SERVER_PORT": str(to.port or 80), "CONTENT_TYPE": signed.content_type,
        "CONTENT_LENGTH": str(len(signed.body)), "wsgi.input": BytesIO(signed.body), **of_headers,
    })  # fmt: skip

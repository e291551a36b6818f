"""Whatever is sent to the doors is taken, or refused by a problem document; none of it is an error of ours.

What the description allows and what not is asked by `tests/config/test_contract.py`; here is what no description has:
bodies that are none, nested without end, packed, half in another alphabet, and reports of providers gone wrong.
"""

import gzip
import json
import os
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as asking
from hypothesis import strategies as st

from analytics.hooks.providers import PROVIDERS
from analytics.segment.messages import CALLS
from tests.analytics.signer import Signer
from tests.analytics.test_hooks_guarded import DELIVERED
from tests.compliance.keys import headers

pytestmark = pytest.mark.django_db
EXAMPLES = 3 * int(os.environ.get("FUZZ_EXAMPLES", "5"))
ask = asking(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
DOORS = [f"/api/v1/{name}" for name in ("events", "campaigns", "costs", "contacts")]
DOORS += [f"/v1/{name}" for name in ("batch", *CALLS)]
FIELDS = (
    "event_id", "type", "occurred_at", "campaign", "contact", "order", "amount", "currency", "bounce", "ip",
    "user_agent", "url", "machine", "source", "events", "campaigns", "costs", "contacts", "name", "channel", "status",
    "starts_at", "budget", "tags", "date", "item", "clicks", "email", "phone", "batch", "userId", "previousId",
    "messageId", "event", "timestamp", "sentAt", "properties", "context", "traits", "revenue", "campaign_id",
)  # fmt: skip
ODD_TEXTS = (
    "", "\0", "a\0b", "\ud800", "x" * 9_000, "9" * 5_000, "1e999999999", "-0", "NaN", "0000-00-00", "\u202e",
)  # fmt: skip
ODD_TYPES = (
    "application/json", "application/json; charset=utf-16", "text/plain", "text/plain; charset=nobody-knows", "",
    "application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=latin-1", "a" * 5_000, "/",
    "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=x", "application/xml\xe9",
)  # fmt: skip
ODD_BODIES = (
    b"", b"\0", b"\xff\xfe", b"{", b"[" * 100_000, b'{"events":' * 5_000, b"NaN", b"-", b"9" * 10_000,
    b"1e" + b"9" * 50, b'"\\ud800"', b'{"\\ud800": 1}', b"[" + b"1," * 20_000 + b"1]", b"--x\r\n\r\n",
    b"--x\r\nContent-Disposition: form-data\r\n",
    b"--x\r\nContent-Disposition: form-data; name=a; filename=b\r\n\r\n\r\n--x--", b"a=%ff&%00=%", b"&" * 5_000,
    b"a&" * 2_000, "{}".encode("utf-16"), b"\xef\xbb\xbf{}", gzip.compress(b"{}"), gzip.compress(b"[" * 12_000_000),
)  # fmt: skip
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(ODD_TEXTS)
ANYTHING = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS) | st.text(), inner, max_size=4),
    max_leaves=10,
)
ITEMS = st.dictionaries(st.sampled_from(FIELDS), ANYTHING, max_size=8)
BODIES = ANYTHING | st.lists(ITEMS, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), st.lists(ITEMS), max_size=2)


def answered(response: Any) -> None:
    """Well, or by a problem that says what is wrong."""
    assert response.status_code < 500, response.content
    if response.status_code < 400:
        return
    assert response["Content-Type"] == "application/problem+json", (response.status_code, response.content)
    problem = response.json()
    assert problem["status"] == response.status_code
    assert problem["title"]
    assert problem["detail"]


def send(path: str, body: bytes, *, content_type: str, headers: dict[str, str]) -> Any:
    """As it is: the client's own `post` would put it into the alphabet that a type names."""
    return Client().generic("POST", path, body, content_type=content_type, headers=headers)


@pytest.fixture
def key(db: None) -> dict[str, str]:
    return headers("all")


@pytest.mark.parametrize("door", DOORS)
@given(body=BODIES)
@ask
def test_any_json_is_answered(key: dict[str, str], door: str, body: Any) -> None:
    answered(send(door, json.dumps(body).encode(), content_type="application/json", headers=key))


@pytest.mark.parametrize("door", ["/api/v1/events", "/api/v1/contacts", "/v1/batch", "/v1/identify"])
def test_what_is_no_json_is_answered(key: dict[str, str], door: str) -> None:
    for body in ODD_BODIES:
        for more in ({}, {"Content-Encoding": "gzip"}, {"Content-Encoding": "br, gzip"}, {"Content-Length": "x"}):
            answered(send(door, body, content_type="application/json", headers=key | more))
    for kind in ODD_TYPES:
        answered(send(door, b'{"events": []}', content_type=kind, headers=key))
    for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"):
        response = Client().generic(method, door, b"{}", content_type="application/json", headers=key)
        assert response.status_code < 500


@st.composite
def gone_wrong(draw: st.DrawFn, report: Any) -> Any:
    """A report in which something is something else, or more than it should be."""
    if isinstance(report, dict) and report and draw(st.integers(0, 4)):
        name = draw(st.sampled_from(sorted(report)))
        return report | {name: draw(gone_wrong(report[name]))}
    if isinstance(report, list) and report and draw(st.integers(0, 4)):
        return [*report[:-1], draw(gone_wrong(report[-1]))]
    return draw(ANYTHING)


@pytest.mark.parametrize("provider", [one.name for one in PROVIDERS])
@given(data=st.data())
@ask
def test_any_report_that_is_signed_well_is_answered(
    signers: dict[str, Signer], provider: str, data: st.DataObject
) -> None:
    signer = signers[provider] if provider in signers else signers.setdefault(provider, Signer(provider))
    report = DELIVERED[provider](timezone.now())
    body = data.draw(gone_wrong(report))
    if isinstance(report, dict) and not isinstance(body, dict):
        body = report | {"event": body, "events": body, "event-data": body, "data": body}
    signed, kind, named = signer.signed(body, signer.key, timezone.now(), event_id=data.draw(st.uuids()).hex)
    answered(send(signer.path, signed, content_type=kind, headers=named))


@pytest.fixture
def signers(db: None) -> dict[str, Signer]:
    """One of each provider, for all that is made up."""
    return {}


@pytest.mark.parametrize("provider", [one.name for one in PROVIDERS])
def test_what_is_no_report_is_answered(provider: str) -> None:
    signer = Signer(provider)
    named = {"x-amz-sns-message-type": "Notification", "svix-timestamp": "9" * 30, "Signature": "é"}
    kinds = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x")
    tries = [(kind, body) for kind in kinds for body in ODD_BODIES] + [(kind, b"a=1") for kind in ODD_TYPES]
    for kind, body in tries:
        answered(send(signer.path, body, content_type=kind, headers=named))
    for more in ({"Content-Length": "x"}, {"Content-Length": "-1"}, {"Content-Encoding": "gzip"}):
        answered(send(signer.path, gzip.compress(b"{}"), content_type="application/json", headers=named | more))
    for method in ("PUT", "PATCH", "DELETE", "TRACE", "BREW"):
        answered(Client().generic(method, signer.path, b"{}", content_type="application/json"))

"""The test button of a webhook: what it tells of each provider, and that it leaves nothing behind."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from analytics.hooks import addresses
from analytics.hooks.providers import BY_NAME, PROVIDERS
from analytics.hooks.samples import REPORTS, WITH_A_PRIVATE_KEY
from analytics.hooks.trying import findings
from analytics.models import Hook
from compliance import crypto
from tests.analytics.signer import Signer

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 10, 5, 12, tzinfo=UTC)


def tried(hook: Hook) -> dict[str, tuple[bool | None, str]]:
    return {
        one.about: (one.works, one.text)
        for one in findings(hook, f"http://testserver/hooks/{hook.provider}/x/", timezone.now())
    }


@pytest.mark.parametrize("provider", [one.name for one in PROVIDERS])
def test_every_provider_is_tried_by_its_own_words_and_signature(provider: str) -> None:
    signer, known = Signer(provider), BY_NAME[provider]
    with CaptureQueriesContext(connection) as queries:
        found = tried(Hook.objects.get(name="mail"))
    assert [one["sql"].split()[0] for one in queries] == ["SELECT"]
    assert signer.path
    assert found["Topic" if known.always else "Key"][0] is True
    kind = "delivered" if provider == "postal" else "opened"
    assert found["Sample"][0] is True
    assert f"a message was {kind} becomes the event “" in found["Sample"][1]
    assert f"{kind}”" in found["Sample"][1]
    if known.signed_by:
        assert found["Signature"][0] is (None if provider in WITH_A_PRIVATE_KEY else True)
        assert "is refused" in found["Signature"][1]
    else:
        assert "Signature" not in found


def test_every_provider_has_a_sample() -> None:
    assert set(REPORTS) == set(BY_NAME)


@pytest.mark.parametrize(
    ("provider", "key"), [("sendgrid", "no key"), ("postal", "no key"), ("resend", "no key!"), ("mailgun", "schlüssel")]
)
def test_a_key_that_is_none_is_told(provider: str, key: str) -> None:
    sealed = crypto.encrypt(key.encode())
    hook = Hook.objects.create(name="mail", provider=provider, secret_hash=b"x" * 32, made_at=NOW, key=sealed)
    works, text = tried(hook)["Signature"]
    assert works is False
    assert "cannot be used" in text


def test_where_a_key_could_be_and_is_not_that_is_told() -> None:
    of_any_topic, _path = addresses.make("amazon", "amazon_ses", "", NOW)
    assert tried(of_any_topic)["Topic"][0] is None
    assert "give the ARN of your topic" in tried(of_any_topic)["Topic"][1]
    assert "is refused" in tried(of_any_topic)["Signature"][1]
    hook, _path = addresses.make("mail", "resend", "", NOW)
    assert tried(hook)["Key"][0] is None
    assert "whoever knows the address" in tried(hook)["Key"][1]

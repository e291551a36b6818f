"""Whatever goes wrong, with whatever in it: nobody's address and no key is in a log."""

import json
import logging
from collections.abc import Iterator
from io import StringIO
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from analytics.api.kpi import MetricsView
from compliance.admin import JobRunAdmin
from compliance.log_masks import masked
from tests.compliance.keys import headers

ADDRESS, PHONE, KEY = "canary.1@example.com", "+49 30 1234567", "abcdefgh." + "x1" * 16


@pytest.fixture
def written() -> Iterator[StringIO]:
    """What a handler of the root logger writes, from DEBUG on."""
    stream, root = StringIO(), logging.getLogger()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.setLevel(level)
    root.removeHandler(handler)


@pytest.mark.parametrize(
    "text",
    [
        f"no {ADDRESS}",
        "no Canary.1+tag@mail.example.co.uk, nobody",
        "/admin/?q=canary%40example.com&p=1",
        "call +49 30 1234567 now",
        "call 0049301234567",
        "call (030) 123-4567",
        "call 415-555-0134",
        "call 14155550134",
        f"Authorization: Api-Key {KEY}",
        f"key {KEY} is wrong",
        "{'password': 'hunter2'}",
        "token=abc.def-ghi&x=1",
        "Bearer abc.def",
        "redis://:hunter2@127.0.0.1:6379/0",
        "Not Found: /hooks/amazon_ses/hunter2/",
        'duplicate key value violates "one"\nDETAIL:  Key (name)=(Canary Doe) already exists.',
        "violates it\nDETAIL:  Failing row contains (7,\nhunter2).\nCONTEXT:  COPY x, line 3: hunter2\n\nThe above",
        "Not Found: /hooks/Mailgun/hunter2",
        "Not Found: //hook//unisender-go//hunter2/more",
    ],
)
def test_what_names_somebody_or_opens_a_door_is_hidden(text: str) -> None:
    shown = masked(text)
    assert "…" in shown
    for secret in ("canary", "1234567", "301234", "555", "abcdefgh", "hunter2", "abc.def"):
        assert secret not in shown.lower()
    assert masked(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-24 15:51:55,150 folded 1,000,000 events in 12.345678901 s, 1000000 rows",
        "run 9f1c2d3e-4b5a-4c6d-8e7f-0123456789ab of [2026-10-18, 2026-11-15)",
        "127.0.0.1:54321 GET /api/v1/campaigns/17/details 200",
        "key abcdefgh of the shop was revoked",
        "The token has expired; the password was changed",
        "deadlock detected\nDETAIL:  Process 71 waits for ShareLock; blocked by process 72.\nHINT:  See it.",
    ],
)
def test_what_an_operator_needs_stays(text: str) -> None:
    assert masked(text) == text


def test_arguments_causes_and_what_cannot_be_put_together_are_masked(written: StringIO) -> None:
    log = logging.getLogger("somewhere.else")
    log.info("asked by %s, %r", ADDRESS, {"phone": PHONE})
    log.warning("too few %s %s", ADDRESS)
    try:
        raise KeyError(ADDRESS)
    except KeyError as cause:
        try:
            raise ValueError(f"key {KEY}") from cause
        except ValueError:
            log.exception("it failed")
    text = written.getvalue()
    assert "Traceback" in text
    assert "KeyError" in text
    assert "cannot be written" in text
    for secret in (ADDRESS, PHONE, KEY):
        assert secret not in text


def test_masking_a_long_text_takes_no_long_time() -> None:
    for letter in ("a", "@", "0", " 0", "%40", "a@", "(", "secret="):
        assert len(masked(letter * 100_000)) <= 100_000  # it would never end


@pytest.mark.django_db
def test_what_is_sent_to_doors_forms_and_errors_is_not_in_the_log(written: StringIO, admin_user: User) -> None:
    client = Client(raise_request_exception=False)
    key = headers("all")
    event = {"event_id": ADDRESS, "type": PHONE, "occurred_at": ADDRESS, "campaign": ADDRESS, "contact": ADDRESS}
    for door in ("events", "campaigns", "costs"):
        for body in (json.dumps({door: [event]}), json.dumps(event), ADDRESS):
            client.post(f"/api/v1/{door}", body, content_type="application/json", headers=key)
    client.post(reverse("admin:login"), {"username": ADDRESS, "password": KEY})
    client.get("/api/v1/metrics", headers={"Authorization": f"Api-Key {KEY}"})
    client.get(f"/api/v1/{ADDRESS}?phone={PHONE}", headers=key)
    client.get(f"/nowhere/{ADDRESS}")
    client.get("/", headers={"Host": ADDRESS})

    def fails(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError(f"{ADDRESS} {PHONE} {KEY}")

    with patch.object(MetricsView, "get", fails):
        assert client.get("/api/v1/metrics", headers=key).status_code == 500
    client.force_login(admin_user)
    with patch.object(JobRunAdmin, "get_queryset", fails):
        assert client.get(reverse("admin:compliance_jobrun_changelist"), {"q": ADDRESS}).status_code == 500

    text = written.getvalue()
    assert "RuntimeError" in text
    assert "Not Found" in text
    secret = key["Authorization"].partition(" ")[2]
    for planted in (ADDRESS, "canary.1", "1234567", KEY, secret):
        assert planted not in text

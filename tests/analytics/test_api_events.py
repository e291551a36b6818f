"""`POST /api/v1/events`, as a client sees it."""

import gzip
import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from analytics.fold import fold_inbox
from analytics.models import Campaign, DeadLetterRow, Event, InboxBatch
from tests.analytics.events import event
from tests.compliance import keys

pytestmark = pytest.mark.django_db
URL = "/api/v1/events"
JSON = "application/json"


@pytest.fixture(autouse=True)
def spring_sale() -> Campaign:
    return Campaign.objects.create(external_id="spring-sale", name="Spring sale", channel="email")


@pytest.fixture
def key(db: None) -> dict[str, str]:
    return keys.headers("events:write")


def post(body: Any, headers: dict[str, str] | None, content_type: str = JSON) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Client().post(URL, raw, content_type=content_type, headers=headers)


def recent(**fields: Any) -> dict[str, Any]:
    return event(**{"occurred_at": timezone.now().isoformat(), **fields})


def test_events_are_taken_with_a_verdict_for_each(key: dict[str, str]) -> None:
    answer = post({"events": [recent(), recent(event_id="e2", type="converted", amount="-1")], "source": "shop"}, key)

    assert answer.status_code == 202
    assert answer.json() == {
        "accepted": 1,
        "rejected": 1,
        "results": [
            {"index": 0, "status": "accepted"},
            {
                "index": 1,
                "status": "rejected",
                "field": "amount",
                "reason": "amount: is negative; send money given back as a refunded event with a positive amount",
            },
        ],
    }
    assert InboxBatch.objects.get().source.name == "shop"
    assert DeadLetterRow.objects.get().line == 1


def test_a_bare_list_will_do_and_unknown_fields_are_named(key: dict[str, str]) -> None:
    answer = post([recent(colour="red")], key)

    assert answer.status_code == 202
    assert answer.json()["warnings"] == ["Fields that no event has were ignored: colour."]


def test_money_arrives_exactly_as_it_was_sent(key: dict[str, str]) -> None:
    converted = json.dumps(recent(type="converted", amount=0)).replace(
        '"amount": 0', '"amount": 123456789012345.123456789'
    )
    assert post(f"[{converted}]".encode(), key).status_code == 202

    fold_inbox()
    assert str(Event.objects.get().amount).rstrip("0") == "123456789012345.123456789"


def test_when_nothing_is_accepted_the_answer_is_a_problem_that_bears_the_verdicts(key: dict[str, str]) -> None:
    answer = post([recent(type="danced")], key)

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert (answer.json()["accepted"], answer.json()["results"][0]["field"]) == (0, "type")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
        ({"events": "many"}, 400),
        ("text", 400),
        (None, 400),
        ([], 400),
        ({"events": [], "source": "x"}, 400),
        ({"events": [{}], "source": ""}, 400),
        ({"events": [{}], "source": "x" * 101}, 400),
        ({"events": [{}], "source": {"a": 1}}, 400),
        ([{}] * 1_001, 413),
        (b"[" + b" " * 10_485_760 + b"]", 413),
    ],
)
def test_a_body_that_is_no_list_of_events_is_a_problem(key: dict[str, str], body: Any, status: int) -> None:
    answer = post(body, key)

    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert not InboxBatch.objects.exists()


def test_another_content_type_is_refused(key: dict[str, str]) -> None:
    assert post(b"a=1", key, "application/x-www-form-urlencoded").status_code == 415
    packed = post(gzip.compress(b"[]"), key | {"Content-Encoding": "gzip"})
    assert (packed.status_code, "gzip" in packed.json()["detail"]) == (415, True)


def test_a_stranger_is_turned_away_before_the_body_is_read() -> None:
    answer = post(b"{", None)

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Api-Key"
    assert post(b"{", {"Authorization": "Api-Key abcdefgh.wrong"}).status_code == 401


def test_a_key_without_the_scope_is_told_which_one_it_lacks(db: None) -> None:
    answer = post([recent()], keys.headers("kpi:read"))

    assert answer.status_code == 403
    assert "events:write" in answer.json()["detail"]


def test_a_thousand_events_cost_a_bounded_number_of_queries(
    key: dict[str, str], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    events = [recent(event_id=f"e{n}", contact=f"person {n}", user_agent=f"agent {n % 7}") for n in range(1_000)]
    with django_assert_max_num_queries(18):
        answer = post(events, key)
    with django_assert_max_num_queries(10):  # nobody is new
        post(events, key)

    assert answer.json()["accepted"] == 1_000


def test_without_redis_events_are_taken_all_the_same(
    key: dict[str, str], settings: Any, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise ConnectionError("Redis is gone")

    monkeypatch.setattr("django.core.cache.cache.add", broken)
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        answer = post([recent()], key)

    assert answer.status_code == 202
    assert len(callbacks) == 1

"""`POST /api/v1/campaigns`, as a client sees it."""

import json
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from analytics.models import Campaign, DataVersion
from tests.compliance import keys

pytestmark = pytest.mark.django_db
URL = "/api/v1/campaigns"
SPRING = {"campaign": "spring", "name": "Spring sale", "channel": "email", "budget": "1000.50", "currency": "eur"}


@pytest.fixture
def key(db: None) -> dict[str, str]:
    return keys.headers("campaigns:write")


def post(body: Any, headers: dict[str, str] | None) -> Any:
    return Client().post(URL, json.dumps(body), content_type="application/json", headers=headers)


def statuses(answer: Any) -> list[str]:
    return [result["status"] for result in answer.json()["results"]]


def test_a_campaign_is_created_changed_and_left_alone(key: dict[str, str]) -> None:
    created = post({"campaigns": [SPRING]}, key)
    changed = post([{"campaign": "spring", "name": "Spring", "ends_at": "2026-11-01"}], key)
    repeated = post({"external_id": "spring", "name": "Spring"}, key)

    assert [(a.status_code, statuses(a)) for a in (created, changed, repeated)] == [
        (201, ["created"]), (200, ["updated"]), (200, ["unchanged"]),
    ]  # fmt: skip
    spring = Campaign.objects.get()
    assert (spring.name, spring.channel, str(spring.budget), spring.currency) == ("Spring", "email", "1000.5000", "EUR")
    assert spring.reports_deliveries
    assert DataVersion.objects.get().version == 2


def test_only_the_fields_given_change_and_null_clears_an_end(key: dict[str, str]) -> None:
    post({**SPRING, "ends_at": "2026-11-01", "tags": ["a"]}, key)
    post({"campaign": "spring", "ends_at": None, "budget": None}, key)

    spring = Campaign.objects.get()
    assert (spring.ends_at, spring.budget, spring.name, spring.tags) == (None, None, "Spring sale", ["a"])


def test_items_of_the_same_id_apply_in_order(key: dict[str, str]) -> None:
    answer = post([SPRING, {"campaign": "spring", "name": "Second"}], key)

    assert statuses(answer) == ["created", "updated"]
    assert Campaign.objects.get().name == "Second"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"campaign": ""}, "campaign"),
        ({"campaign": 5}, "campaign"),
        ({"campaign": "x" * 201}, "campaign"),
        ({"name": "x" * 301}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"channel": "pigeon"}, "channel"),
        ({"channel": None}, "channel"),
        ({"status": "lost"}, "status"),
        ({"starts_at": "soon"}, "starts_at"),
        ({"starts_at": "2026-11-02", "ends_at": "2026-11-01"}, "ends_at"),
        ({"budget": -1}, "budget"),
        ({"budget": "1e400"}, "budget"),
        ({"budget": "0.00001"}, "budget"),
        ({"currency": "DOLLARS"}, "currency"),
        ({"tags": [5]}, "tags"),
        ({"tags": {"a": 1}}, "tags"),
        ({"tags": ["a"] * 51}, "tags"),
        ({"reports_deliveries": "perhaps"}, "reports_deliveries"),
    ],
)
def test_what_a_campaign_cannot_be_is_rejected_with_its_field(
    key: dict[str, str], fields: dict[str, Any], field: str
) -> None:
    answer = post([{**SPRING, **fields}], key)

    assert answer.status_code == 400
    assert answer.json()["results"][0]["field"] == field
    assert not Campaign.objects.exists()


def test_a_stranger_is_turned_away_and_a_wrong_key_is_told_its_lack(db: None) -> None:
    assert post(SPRING, None).status_code == 401
    assert "campaigns:write" in post(SPRING, keys.headers("events:write")).json()["detail"]
    assert not Campaign.objects.exists()


def test_a_thousand_campaigns_cost_a_bounded_number_of_queries(
    key: dict[str, str], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    campaigns = [{"campaign": f"c{n}", "channel": "email"} for n in range(1_000)]
    with django_assert_max_num_queries(16):
        assert post(campaigns, key).json()["accepted"] == 1_000
    with django_assert_max_num_queries(16):
        post([{**campaign, "name": "New"} for campaign in campaigns], key)

    assert Campaign.objects.filter(name="New").count() == 1_000

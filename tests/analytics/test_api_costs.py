"""`POST /api/v1/costs`, as a client sees it, and the totals that follow."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from analytics.models import Campaign, CampaignCost, CampaignDaily, ChangedDay, CurrencyRate, DataVersion
from tests.compliance import keys

pytestmark = pytest.mark.django_db
URL = "/api/v1/costs"
DAY = date(2026, 10, 5)
COST = {"campaign": "spring", "date": "2026-10-05", "amount": "10.25", "currency": "USD", "source": "google-ads"}


@pytest.fixture(autouse=True)
def spring() -> Campaign:
    return Campaign.objects.create(external_id="spring", name="Spring sale", channel="search")


@pytest.fixture
def key(db: None) -> dict[str, str]:
    return keys.headers("costs:write")


def post(body: Any, headers: dict[str, str] | None) -> Any:
    return Client().post(URL, json.dumps(body), content_type="application/json", headers=headers)


def statuses(answer: Any) -> list[str]:
    return [result["status"] for result in answer.json()["results"]]


def totals() -> list[tuple[int, date, Decimal, int, int, int]]:
    return list(
        CampaignDaily.objects.order_by("basis", "day").values_list(
            "basis", "day", "cost", "platform_impressions", "platform_clicks", "platform_conversions"
        )
    )


def test_a_cost_stands_in_the_totals_of_its_day_on_both_bases(key: dict[str, str]) -> None:
    answer = post({"costs": [{**COST, "impressions": 1_000, "clicks": 20, "conversions": 2}]}, key)

    assert (answer.status_code, statuses(answer)) == (201, ["created"])
    assert totals() == [(basis, DAY, Decimal("10.25"), 1_000, 20, 2) for basis in (0, 1)]
    assert set(ChangedDay.objects.values_list("basis", "day")) == {(0, DAY), (1, DAY)}


def test_a_repeat_replaces_and_the_totals_move_by_the_difference(key: dict[str, str]) -> None:
    post([COST, {**COST, "source": "meta", "amount": 5}], key)
    answer = post({**COST, "amount": "3.25", "clicks": 7}, key)

    assert (answer.status_code, statuses(answer)) == (200, ["updated"])
    assert totals()[0] == (0, DAY, Decimal("8.25"), 0, 7, 0)
    assert CampaignCost.objects.count() == 2


def test_the_same_again_changes_nothing(key: dict[str, str]) -> None:
    post(COST, key)
    before = (totals(), DataVersion.objects.get().version)
    answer = post({**COST, "amount": "10.250"}, key)

    assert (answer.status_code, statuses(answer)) == (200, ["unchanged"])
    assert (totals(), DataVersion.objects.get().version) == before


def test_of_several_for_one_key_the_last_holds(key: dict[str, str]) -> None:
    answer = post([{**COST, "amount": amount} for amount in (1, 2, 3)], key)

    assert statuses(answer) == ["replaced", "replaced", "created"]
    assert totals()[0][2] == 3


def test_items_of_one_day_add_up(key: dict[str, str]) -> None:
    post([{**COST, "item": "ad 1"}, {**COST, "item": "ad 2"}], key)

    assert totals()[0][2] == Decimal("20.50")


def test_another_currency_counts_by_the_last_rate_known_on_its_day(key: dict[str, str]) -> None:
    CurrencyRate.objects.create(currency="EUR", day=date(2026, 10, 1), rate=Decimal("1.1"))
    CurrencyRate.objects.create(currency="EUR", day=date(2026, 10, 6), rate=Decimal(2))
    post({**COST, "currency": "EUR"}, key)

    assert CampaignCost.objects.get().value == Decimal("11.275")
    assert totals()[0][2] == Decimal("11.275")


def test_a_currency_without_a_rate_is_kept_and_never_summed(key: dict[str, str]) -> None:
    post({**COST, "currency": "JPY", "clicks": 3}, key)

    assert CampaignCost.objects.get().value is None
    assert totals()[0] == (0, DAY, Decimal(0), 0, 3, 0)


@pytest.mark.parametrize("amount", ["-99999999999999.999999999", "99999999999999.999999999"])
def test_a_product_too_large_to_keep_is_unconverted_whatever_its_sign(key: dict[str, str], amount: str) -> None:
    CurrencyRate.objects.create(currency="EUR", day=DAY, rate=Decimal("9999999999"))
    assert post({**COST, "currency": "EUR", "amount": amount}, key).status_code == 201
    assert CampaignCost.objects.get().value is None


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"campaign": "winter"}, "campaign"),
        ({"date": "yesterday"}, "date"),
        ({"date": "20261101"}, "date"),
        ({"date": "2026-W45-1"}, "date"),
        ({"date": "1999-12-31"}, "date"),
        ({"date": (datetime.now(UTC) + timedelta(days=3)).date().isoformat()}, "date"),
        ({"amount": None}, "amount"),
        ({"amount": "-" + "1" * 16}, "amount"),
        ({"amount": "(1)"}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"amount": float("nan")}, "amount"),
        ({"amount": float("inf")}, "amount"),
        ({"amount": "1" * 16}, "amount"),
        ({"amount": 10**4_000}, "amount"),
        ({"amount": True}, "amount"),
        ({"currency": "XXX"}, "currency"),
        ({"source": ""}, "source"),
        ({"item": "x" * 201}, "item"),
        ({"clicks": -1}, "clicks"),
        ({"impressions": "1.5"}, "impressions"),
        ({"conversions": "many"}, "conversions"),
        ({"conversions": -(10**12)}, "conversions"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
    ],
)
def test_what_a_cost_cannot_be_is_rejected_with_its_field(
    key: dict[str, str], fields: dict[str, Any], field: str
) -> None:
    answer = post([{**COST, **fields}], key)

    assert answer.status_code == 400
    assert answer.json()["results"][0]["field"] == field
    assert not CampaignCost.objects.exists()


def test_the_zone_of_its_day_and_fractions_of_conversions_are_kept(key: dict[str, str]) -> None:
    post([{**COST, "conversions": 1.5, "time_zone": "Asia/Tokyo"}, {**COST, "item": "b", "conversions": "1.75"}], key)
    costs = CampaignCost.objects.order_by("item").values_list("time_zone", "conversions", "conversion_fraction")
    assert list(costs) == [("Asia/Tokyo", 1, Decimal("0.5")), ("", 1, Decimal("0.75"))]
    assert set(CampaignDaily.objects.values_list("platform_conversions", "platform_fraction")) == {(3, Decimal("0.25"))}

    assert statuses(post({**COST, "conversions": 1.5, "time_zone": "Asia/Tokyo"}, key)) == ["unchanged"]
    assert statuses(post({**COST, "conversions": 1.5, "time_zone": "Europe/Berlin"}, key)) == ["updated"]


def test_a_rejected_cost_does_not_hold_up_the_others(key: dict[str, str]) -> None:
    answer = post([COST, {**COST, "date": "never"}], key)

    assert (answer.status_code, statuses(answer)) == (201, ["created", "rejected"])


def test_a_stranger_is_turned_away_and_a_wrong_key_is_told_its_lack(db: None) -> None:
    assert post(COST, None).status_code == 401
    assert "costs:write" in post(COST, keys.headers("events:write")).json()["detail"]
    assert not CampaignCost.objects.exists()


def test_a_thousand_costs_cost_a_bounded_number_of_queries(
    key: dict[str, str], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    costs = [{**COST, "item": f"ad {n}"} for n in range(1_000)]
    with django_assert_max_num_queries(11):
        assert post(costs, key).json()["accepted"] == 1_000

    assert totals()[0][2] == Decimal("10250.00")

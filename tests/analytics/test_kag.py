"""Real results of ads, by a mapping told once: the figures known beforehand, and unknown where nothing was clicked."""

import csv
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from analytics import verify
from analytics.models import CampaignCost, ColumnMapping
from tests.analytics.imports import counts, run
from tests.compliance import keys

KAG = Path(__file__).resolve().parents[2].parent / "shared/data/kag_facebook_ads"
FILE = KAG / "KAG_conversion_data.csv"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        not FILE.exists(), reason="the set is not shipped; it lies beside the project where it is tested"
    ),
]
PERIOD = {"start": "2026-09-01", "end": "2026-10-01"}
TOLD = ("--day", "2026-09-30", "--source", "facebook", "--create-campaigns", "--currency", "USD")
Known = dict[str, Any]


@pytest.fixture
def known() -> Known:
    found: Known = json.loads((KAG / "known_answers.json").read_text())
    return found


def bring(mapping: str) -> tuple[int, str]:
    return run(FILE, "--map", mapping, *TOLD, command="import_costs")


def campaigns(key: dict[str, str]) -> list[dict[str, Any]]:
    """All of the ranking, page by page."""
    body = ask("campaigns", key, metrics="cost,cpc,clicks", limit=200)
    found: list[dict[str, Any]] = body["results"]
    while body["next"]:
        body = Client().get(body["next"], headers=key).json()
        found += body["results"]
    return found


def ask(path: str, key: dict[str, str], **params: Any) -> dict[str, Any]:
    body: dict[str, Any] = Client().get(f"/api/v1/{path}", {**PERIOD, **params}, headers=key).json()
    return body


def spent() -> dict[str, Decimal]:
    """What the file says by campaign, added exactly; the known answers were added in floating point."""
    sums: dict[str, Decimal] = {}
    with FILE.open() as file:
        for row in csv.DictReader(file):
            campaign = row["xyz_campaign_id"]
            sums[campaign] = sums.get(campaign, Decimal()) + Decimal(row["Spent"])
    return sums


@pytest.mark.parametrize("item", ["", ",ad_id=item"])
def test_campaigns_have_the_known_figures_whether_ads_are_kept_apart_or_not(known: Known, item: str) -> None:
    assert bring(f"xyz_campaign_id=campaign,Spent=amount{item}") == (0, "")

    assert counts() == (known["rows"], known["rows"], 0, 0)
    assert CampaignCost.objects.count() == (known["ads"] if item else 3)
    assert verify.differences() == []
    exact = spent()
    for name, answer in known["by_campaign"].items():
        costs = CampaignCost.objects.filter(campaign__external_id=name).values_list("amount", "impressions", "clicks")
        amounts, impressions, clicks = zip(*costs, strict=True)
        assert (sum(amounts), sum(impressions), sum(clicks)) == (exact[name], answer["impressions"], answer["clicks"])
        assert abs(exact[name] - Decimal(str(answer["spent"]))) < Decimal("1e-6")
    assert float(sum(exact.values())) == pytest.approx(known["all"]["spent"], abs=1e-9)

    bring(f"xyz_campaign_id=campaign,Spent=amount{item}")
    assert counts() == (known["rows"], 0, known["rows"], 0)


def test_the_api_answers_the_known_figures(known: Known) -> None:
    bring("xyz_campaign_id=campaign,Spent=amount")
    answer = ask("kpi", keys.headers("kpi:read"), metrics="cost,clicks,impressions,cpc,cpm")["metrics"]
    every = known["all"]
    assert {name: answer[name]["value"] for name in answer} == {
        "cost": f"{every['spent']:.2f}",
        "clicks": every["clicks"],
        "impressions": every["impressions"],
        "cpc": f"{every['cpc']:.2f}",
        "cpm": f"{every['cpm']:.2f}",
    }


def test_ads_without_clicks_have_no_cost_per_click_rather_than_none_at_all(known: Known) -> None:
    assert bring("ad_id=campaign,Spent=amount") == (0, "")
    listed = campaigns(keys.headers("campaigns:read"))
    unknown = [one for one in listed if one["metrics"]["cpc"] is None]

    assert len(listed) == known["ads"]
    assert len(unknown) == known["zero_click_rows"]
    assert all(one["metrics"]["clicks"] == 0 for one in unknown)


def test_the_mapping_is_told_once() -> None:
    bring("xyz_campaign_id=campaign,Spent=amount")
    assert ColumnMapping.objects.count() == 1
    assert run(FILE, *TOLD, command="import_costs") == (0, "")
    assert CampaignCost.objects.count() == 3

"""The endpoints of one campaign and of the funnel, as a client sees them."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from analytics.catalogue import NAMES
from analytics.models import Campaign
from tests.analytics.test_api_kpi import OCTOBER, ask, refused
from tests.analytics.totals import campaign, in_hour, midnight, october, on_day, version
from tests.compliance import keys

pytestmark = pytest.mark.django_db


@pytest.fixture
def key(db: None) -> dict[str, str]:
    return keys.headers("kpi:read")


@pytest.fixture
def campaigns(db: None) -> dict[str, Campaign]:
    return october()


Path = Callable[[Campaign], str]
DETAILS: Path = lambda found: f"campaigns/{found.pk}/details"  # noqa: E731
DRILLDOWN: Path = lambda found: f"campaigns/{found.pk}/drilldown"  # noqa: E731
FUNNEL: Path = lambda _found: "funnel"  # noqa: E731
PATHS = (DETAILS, DRILLDOWN, FUNNEL)


def test_the_funnel_with_its_rates(campaigns: dict[str, Campaign], key: dict[str, str]) -> None:
    body = ask("funnel", key, **OCTOBER, channel="email").json()
    assert body["steps"] == [
        {"name": "sends", "label": "Sent", "value": 1000, "step_rate": None, "overall_rate": None},
        {"name": "delivered", "label": "Delivered", "value": 950, "step_rate": 0.95, "overall_rate": 0.95},
        {"name": "unique_opens", "label": "Opened", "value": 380, "step_rate": 0.4, "overall_rate": 0.38},
        {"name": "unique_clicks", "label": "Clicked", "value": 95, "step_rate": 0.25, "overall_rate": 0.095},
        {
            "name": "click_converters",
            "label": "Converted after a click",
            "value": 17,
            "step_rate": round(17 / 95, 10),
            "overall_rate": 0.017,
        },
    ]
    assert (body["conversions_without_click"], body["last_refreshed_at"]) == (2, "2026-11-01T12:00:00.000Z")
    assert body["meta"]["warnings"] == []


def test_a_funnel_says_which_channels_it_leaves_out_and_begins_with_clicks_where_nothing_is_delivered(
    campaigns: dict[str, Campaign], key: dict[str, str]
) -> None:
    mixed = ask("funnel", key, **OCTOBER).json()
    assert mixed["steps"][0]["value"] == 1200
    assert mixed["meta"]["warnings"] == ["The funnel is of messages; Search deliver nothing and are not in it."]
    ads = ask("funnel", key, **OCTOBER, channel="search").json()
    assert [(step["name"], step["value"]) for step in ads["steps"]] == [("unique_clicks", 20), ("click_converters", 4)]


def test_a_funnel_that_widens_for_want_of_events_says_so(campaigns: dict[str, Campaign], key: dict[str, str]) -> None:
    on_day(date(2026, 10, 1), campaign("opens only").pk, opens=9999, unique_opens=9999)
    (warning,) = ask("funnel", key, **OCTOBER, channel="email").json()["meta"]["warnings"]
    assert warning.startswith("Opened is more than delivered:")


def test_details_of_a_campaign(campaigns: dict[str, Campaign], key: dict[str, str]) -> None:
    spring = campaigns["spring"]
    start, end = datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 9, 21, tzinfo=UTC)
    Campaign.objects.filter(pk=spring.pk).update(
        tags=["vip"], budget=Decimal("1000"), currency="USD", starts_at=start, ends_at=end
    )
    answer = ask(DETAILS(spring), key, **OCTOBER, compare="previous")
    assert answer.status_code == 200
    body = answer.json()
    assert body["campaign"] == {
        "id": spring.pk,
        "external_id": "spring",
        "name": "Spring",
        "channel": "email",
        "status": "running",
        "tags": ["vip"],
        "starts_at": "2026-09-01T00:00:00.000Z",
        "ends_at": "2026-09-21T00:00:00.000Z",
    }
    assert list(body["metrics"]) == list(NAMES)
    assert body["metrics"]["sends"] == {"value": 1000, "previous": 800, "change": 0.25, "median": None}
    assert body["metrics"]["revenue"]["value"] == "1900.00"
    assert body["median_of"] == {"channel": "email", "campaigns": 0}
    assert [point["metrics"]["sends"] for point in body["trend"]] == [600, 400]
    assert [step["value"] for step in body["funnel"]["steps"]] == [1000, 950, 380, 95, 17]
    assert body["pacing"] == {
        "budget": "1000.00",
        "currency": "USD",
        "budget_value": "1000.00",
        "rate_day": None,
        "spent": "0.00",
        "spent_share": 0.0,
        "unconverted_costs": 0,
        "last_cost_on": None,
        "time_gone": 1.0,
        "expected": "1000.00",
        "projected": "0.00",
        "pace": "under",
        "unknown": [],
    }
    assert (body["best_hour"]["hour"], body["best_hour"]["stands_on"], len(body["best_hour"]["hours"])) == (None, 0, 24)
    assert body["machine"] == {"opens": 50, "clicks": 0, "open_share": round(50 / 600, 10), "click_share": 0.0}
    assert body["meta"]["scope"]["campaigns"] == ["spring"]


def test_the_days_of_a_campaign_and_the_hours_of_one(campaigns: dict[str, Campaign], key: dict[str, str]) -> None:
    path = DRILLDOWN(campaigns["spring"])
    in_hour(midnight(date(2026, 10, 2)) + timedelta(hours=8), campaigns["spring"].pk, sends=400)
    body = ask(path, key, **OCTOBER, metrics="sends,open_rate").json()
    assert body["results"] == [
        {
            "start": "2026-10-01",
            "end": "2026-10-02",
            "partial": False,
            "metrics": {"sends": 600, "open_rate": round(200 / 570, 10)},
        },
        {
            "start": "2026-10-02",
            "end": "2026-10-03",
            "partial": False,
            "metrics": {"sends": 400, "open_rate": round(180 / 380, 10)},
        },
    ]
    assert (body["next"], body["count"], body["meta"]["scope"]["campaigns"]) == (None, 2, ["spring"])
    for params in ({"date": "2026-10-02"}, {}):
        hours = ask(path, key, level="hour", metrics="sends", **params).json()
        assert hours["count"] == 24
        assert hours["results"][8] == {
            "start": "2026-10-02T08:00:00+00:00",
            "end": "2026-10-02T09:00:00+00:00",
            "partial": False,
            "metrics": {"sends": 400},
        }


@pytest.mark.parametrize("path", PATHS)
def test_strangers_are_turned_away_before_their_question_is_read(path: Path, campaigns: dict[str, Campaign]) -> None:
    address = path(campaigns["spring"])
    assert "errors" not in refused(ask(address, start="nonsense", level="x"), 401)
    mallory = Client()
    mallory.force_login(User.objects.create_user("mallory"))
    refused(mallory.get(f"/api/v1/{address}", {"nonsense": 1}), 403)
    refused(ask(address, keys.headers("events:write")), 403)


@pytest.mark.parametrize("path", [DETAILS, DRILLDOWN])
def test_an_unknown_campaign_is_a_problem_and_a_stranger_learns_nothing(path: Path, key: dict[str, str]) -> None:
    for pk in (1, 10**30):
        address = path(Campaign(pk=pk))
        problem = refused(ask(address, key), 404)
        assert problem["title"] == "No such campaign"
        assert "GET /api/v1/campaigns" in problem["detail"]
        refused(ask(address), 401)


@pytest.mark.parametrize(
    ("path", "params", "field", "says"),
    [
        (FUNNEL, {"start": "2026-13-01"}, "start", "2026-10-01"),
        (FUNNEL, {"campaign": "nope"}, "campaign", "external id"),
        (FUNNEL, {"compare": "previous"}, "compare", "basis"),
        (DETAILS, {"end": "x"}, "end", "2026-10-01"),
        (DETAILS, {"channel": "email"}, "channel", "compare"),
        (DETAILS, {"metrics": "sends"}, "metrics", "compare"),
        (DRILLDOWN, {"level": "week"}, "level", "day, hour, contact"),
        (DRILLDOWN, {"metrics": "sents"}, "metrics", "sends"),
        (DRILLDOWN, {"date": "2026-10-01"}, "date", "start"),
        (DRILLDOWN, {"level": "hour", "start": "2026-10-01"}, "start", "date"),
        (DRILLDOWN, {"level": "hour", "date": "1. 10."}, "date", "2026-10-01"),
        (DRILLDOWN, {"level": "hour", "date": ["2026-10-01", "2026-10-02"]}, "date", "once"),
    ],
)
def test_a_bad_question_names_the_field(
    campaigns: dict[str, Campaign], key: dict[str, str], path: Path, params: dict[str, Any], field: str, says: str
) -> None:
    (error,) = refused(ask(path(campaigns["spring"]), key, **params), 400)["errors"]
    assert error["field"] == field
    assert says in error["reason"]


@pytest.mark.parametrize("path", PATHS)
def test_an_answer_is_kept_and_whoever_has_it_is_told_so(
    path: Path, campaigns: dict[str, Campaign], key: dict[str, str], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    address = path(campaigns["spring"])
    first = ask(address, key, **OCTOBER)
    with django_assert_num_queries(2):  # for the key
        assert ask(address, key, **OCTOBER).content == first.content
        assert ask(address, key | {"If-None-Match": first.headers["ETag"]}, **OCTOBER).status_code == 304
    version(2)
    again = ask(address, key | {"If-None-Match": first.headers["ETag"]}, **OCTOBER)
    assert (again.status_code, again.json()["meta"]["data_version"]) == (200, 2)
    assert again.headers["Cache-Control"] == "private, stale-while-revalidate=30"

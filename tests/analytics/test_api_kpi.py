"""The endpoints that give figures, as a client sees them."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from analytics.catalogue import DEFINITION_VERSION, NAMES
from analytics.queries import kpis
from compliance.models import ApiKey
from tests.analytics.totals import NOW, asked, campaign, in_hour, midnight, october, on_day, version
from tests.compliance import keys

pytestmark = pytest.mark.django_db
OCTOBER = {"start": "2026-10-01", "end": "2026-10-03"}
KEPT = ("/api/v1/kpi", "/api/v1/kpi/timeseries")
FIGURES = (*KEPT, "/api/v1/freshness", "/api/v1/metrics", "/api/v1/sources")


@pytest.fixture
def ada(db: None) -> Client:
    """Ada, an analyst: staff, with a session."""
    client = Client()
    client.force_login(User.objects.create_user("ada", is_staff=True))
    return client


@pytest.fixture
def key(db: None) -> dict[str, str]:
    return keys.headers("kpi:read")


def ask(path: str, headers: dict[str, str] | None = None, **params: Any) -> Any:
    return Client().get(f"/api/v1/{path}", params, headers=headers)


def refused(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == status
    assert {"type", "title", "detail"} <= set(problem)
    return problem


def test_kpis_with_their_comparison(key: dict[str, str]) -> None:
    october()
    answer = ask("kpi", key, **OCTOBER, compare="previous", metrics="sends,revenue,roas,cpm")
    assert answer.status_code == 200
    body = answer.json()
    meta = body.pop("meta")
    assert meta.pop("computed_at").startswith(f"{timezone.now():%Y-%m-%d}")
    assert body == {
        "metrics": {
            "sends": {"value": 1200, "previous": 800, "change": 0.5},
            "revenue": {"value": "2333.33", "previous": "1000.00", "change": 1.3333},
            "roas": {"value": 2.9333333333, "previous": 2.5, "change": 0.1733},
            "cpm": {"value": "150.00", "previous": None, "change": None},
        },
        "last_refreshed_at": "2026-11-01T12:00:00.000Z",
    }
    assert meta == {
        "scope": {
            "start": "2026-10-01",
            "end": "2026-10-03",
            "compare": "previous",
            "compared": {"start": "2026-09-29", "end": "2026-10-01"},
            "channels": [],
            "campaigns": [],
            "statuses": [],
            "tags": [],
            "search": "",
            "grain": "day",
        },
        "basis": "send",
        "time_zone": "UTC",
        "currency": "USD",
        "not_shown": [],
        "definition_version": DEFINITION_VERSION,
        "data_version": 1,
        "completeness": {
            "inbox_waiting": 0,
            "inbox_waiting_rows": 0,
            "inbox_dead": 0,
            "oldest_waiting_seconds": None,
            "last_event_at": None,
            "arrived": 1.0,
            "arrived_conversions": 1.0,
            "still_to_come": 0,
            "missing_costs": [],
        },
        "warnings": [],
    }


def test_by_default_all_metrics_of_thirty_days_uncompared(ada: Client) -> None:
    today = timezone.now().date()
    on_day(today, campaign("spring").id, sends=5)
    on_day(today - timedelta(days=29), 0, revenue=Decimal("1.5"))
    on_day(today - timedelta(days=30), 0, revenue=Decimal(100))
    body = ada.get("/api/v1/kpi").json()
    assert list(body["metrics"]) == list(NAMES)
    assert body["metrics"]["sends"] == {"value": 5}
    assert body["metrics"]["revenue"] == {"value": "1.50"}
    assert body["metrics"]["open_rate"] == {"value": None}
    assert len(body["meta"]["warnings"]) == 1


def test_a_running_day_is_in_the_value_and_in_no_comparison(ada: Client) -> None:
    today, spring = timezone.now().date(), campaign("spring").id
    on_day(today, spring, sends=5)
    on_day(today - timedelta(days=1), spring, sends=30)
    on_day(today - timedelta(days=3), spring, sends=20)
    span = {"start": str(today - timedelta(days=1)), "compare": "previous", "metrics": "sends"}
    body = ada.get("/api/v1/kpi", span).json()
    assert body["metrics"]["sends"] == {"value": 35, "previous": 20, "change": 0.5, "comparable": 30}
    assert body["comparison"]["days"] == {"start": str(today - timedelta(days=1)), "end": str(today)}
    assert "Changes compare the days that are over" in body["meta"]["warnings"][-1]
    body = ada.get("/api/v1/kpi", span | {"start": str(today)}).json()
    assert body["metrics"]["sends"] == {"value": 5, "previous": None, "change": None, "comparable": None}
    assert body["comparison"] is None


def test_filters_by_channel_and_campaign(key: dict[str, str]) -> None:
    october()
    for params in ({"channel": ["email", "search"]}, {"channel": "email,search"}, {"campaign": ["spring", "ads"]}):
        body = ask("kpi", key, **OCTOBER, **params).json()
        assert body["metrics"]["revenue"] == {"value": "2300.00"}
        assert body["metrics"]["unattributed_revenue"] == {"value": "0.00"}


def test_the_same_figures_as_the_query_layer(key: dict[str, str]) -> None:
    october()
    body = ask("kpi", key, **OCTOBER, basis="event").json()
    for name, kpi in kpis.summary(asked(basis="event"), now=NOW).figures.items():
        shown = body["metrics"][name]["value"]
        assert shown == (str(kpi.value) if isinstance(kpi.value, Decimal) else kpi.value)


def test_a_series_of_days(key: dict[str, str]) -> None:
    october()
    body = ask("kpi/timeseries", key, **OCTOBER, metrics="sends,cost", compare="previous").json()
    assert (body["grain"], body["last_refreshed_at"]) == ("day", "2026-11-01T12:00:00.000Z")
    assert body["points"] == [
        {
            "start": "2026-10-01",
            "end": "2026-10-02",
            "partial": False,
            "metrics": {"sends": 800, "cost": "500.00"},
            "previous": {"sends": 800, "cost": "400.00"},
        },
        {
            "start": "2026-10-02",
            "end": "2026-10-03",
            "partial": False,
            "metrics": {"sends": 400, "cost": "250.00"},
            "previous": {"sends": 0, "cost": "0.00"},
        },
    ]


def test_a_series_of_hours_bears_the_offset_of_the_zone(key: dict[str, str], settings: Settings) -> None:
    settings.REPORTING_TIME_ZONE = "America/New_York"
    in_hour(midnight(date(2026, 10, 1)) + timedelta(hours=5), campaign("spring").id, opens=4)
    body = ask("kpi/timeseries", key, **OCTOBER, grain="hour", metrics="opens,cost").json()
    assert len(body["points"]) == 48
    assert body["points"][1] == {
        "start": "2026-10-01T01:00:00-04:00",
        "end": "2026-10-01T02:00:00-04:00",
        "partial": False,
        "metrics": {"opens": 4, "cost": None},
    }
    assert any("cost" in warning for warning in body["meta"]["warnings"])


def test_the_catalogue_explains_every_metric(key: dict[str, str]) -> None:
    body = ask("metrics", key).json()
    assert [row["name"] for row in body["results"]] == list(NAMES)
    assert (body["count"], body["next"]) == (len(NAMES), None)
    assert body["meta"] == {"definition_version": DEFINITION_VERSION}
    roi = next(row for row in body["results"] if row["name"] == "roi")
    assert (roi["unit"], roi["percent"], roi["better"], roi["additive"]) == ("ratio", True, "up", False)
    assert ask("metrics", keys.headers("metrics:read")).status_code == 200
    refused(ask("metrics", keys.headers("costs:write")), 403)


def test_freshness_tells_the_views_too(key: dict[str, str]) -> None:
    october()
    body = ask("freshness", key).json()
    assert (body["data_version"], body["last_refreshed_at"]) == (1, "2026-11-01T12:00:00.000Z")
    assert [view["current"] for view in body["views"]] == [False] * 7
    assert [view["behind_seconds"] for view in body["views"]] == [None] * 7, "none was refreshed yet"
    assert body["completeness"]["inbox_waiting"] == 0


@pytest.mark.parametrize("path", FIGURES)
def test_strangers_are_turned_away_before_their_question_is_read(path: str) -> None:
    nobody = Client().get(path, {"start": "nonsense", "metrics": "nothing"})
    problem = refused(nobody, 401)
    assert "errors" not in problem
    assert nobody.headers["WWW-Authenticate"] == "Api-Key"
    mallory = Client()
    mallory.force_login(User.objects.create_user("mallory"))
    refused(mallory.get(path, {"nonsense": 1}), 403)
    refused(Client().get(path, headers=keys.headers("events:write")), 403)
    refused(Client().get(path, headers={"Authorization": "Api-Key abc.def"}), 401)


@pytest.mark.parametrize("path", FIGURES)
def test_an_answer_is_kept_by_nobody_else(path: str, key: dict[str, str]) -> None:
    answer = Client().get(path, headers=key)
    assert answer.headers["Cache-Control"] == "private" + ", stale-while-revalidate=30" * (path in KEPT)
    assert {"Cookie", "Authorization"} <= {name.strip() for name in answer.headers["Vary"].split(",")}


@pytest.mark.parametrize(
    ("params", "field", "says"),
    [
        ({"start": "2026-13-01"}, "start", "2026-10-01"),
        ({"start": "2026-10-02", "end": "2026-10-01"}, "end", "after start"),
        ({"metrics": "sents"}, "metrics", "sends"),
        ({"channel": "fax"}, "channel", "email"),
        ({"campaign": "nope"}, "campaign", "external id"),
        ({"compare": "year"}, "compare", "last_year"),
        ({"time_zone": "Asia/Tokyo"}, "time_zone", "UTC"),
        ({"chanel": "email"}, "chanel", "channel"),
        ({"start": "2010-01-01", "end": "2026-01-01"}, "end", "10 years"),
        ({"campaign": "\x00"}, "campaign", "external id"),
    ],
)
@pytest.mark.parametrize("path", ["kpi", "kpi/timeseries"])
def test_a_bad_question_names_the_field(
    path: str, key: dict[str, str], params: dict[str, str], field: str, says: str
) -> None:
    problem = refused(ask(path, key, **params), 400)
    (error,) = problem["errors"]
    assert error["field"] == field
    assert says in error["reason"]


@pytest.mark.parametrize("path", ["freshness", "metrics", "sources"])
def test_an_endpoint_without_parameters_takes_none(path: str, key: dict[str, str]) -> None:
    assert refused(ask(path, key, start="2026-10-01"), 400)["errors"][0]["field"] == "start"


@pytest.mark.parametrize("path", ["kpi", "kpi/timeseries"])
def test_an_answer_costs_at_most_four_queries_one_for_the_key_and_two_for_one_moment(
    path: str, key: dict[str, str], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    october()
    with django_assert_max_num_queries(8):
        ask(path, key, **OCTOBER, compare="last_year", channel="email", campaign="spring", tag="vip", search="ing")


@pytest.mark.parametrize("path", ["kpi", "kpi/timeseries"])
def test_whoever_has_the_answer_is_told_so_without_a_look_at_figures(
    path: str, key: dict[str, str], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    october()
    first = ask(path, key, **OCTOBER)
    seen = key | {"If-None-Match": first.headers["ETag"]}
    with django_assert_num_queries(1):  # for the key
        again = ask(path, seen, **OCTOBER)
    assert (again.status_code, again.content) == (304, b"")
    for header in ("ETag", "Cache-Control", "Vary"):
        assert again.headers[header] == first.headers[header]
    assert ask(path, seen, **OCTOBER, metrics="sends").status_code == 200
    version(2)
    changed = ask(path, seen, **OCTOBER)
    assert (changed.status_code, changed.json()["meta"]["data_version"]) == (200, 2)
    assert changed.headers["ETag"] != first.headers["ETag"]


def test_a_kept_answer_is_the_same_for_all_who_may_ask_and_for_nobody_else(ada: Client, key: dict[str, str]) -> None:
    october()
    first = ask("kpi", key, **OCTOBER)
    assert ada.get("/api/v1/kpi", OCTOBER).content == first.content
    seen = {"If-None-Match": first.headers["ETag"]}
    refused(ask("kpi", seen, **OCTOBER), 401)
    refused(ask("kpi", keys.headers("events:write") | seen, **OCTOBER), 403)


def test_a_revoked_key_gets_no_kept_answer(key: dict[str, str]) -> None:
    october()
    assert ask("kpi", key, **OCTOBER).status_code == 200
    ApiKey.objects.update(revoked=True)
    refused(ask("kpi", key, **OCTOBER), 401)


def test_a_database_that_went_away_is_a_problem_with_a_way_out(key: dict[str, str]) -> None:
    with patch.object(kpis, "summary", side_effect=OperationalError("gone")):
        assert "try again" in refused(ask("kpi", key), 503)["detail"]


def test_a_bug_is_told_without_its_inside(key: dict[str, str], caplog: pytest.LogCaptureFixture) -> None:
    with patch.object(kpis, "summary", side_effect=RuntimeError("secret")):
        problem = refused(ask("kpi", key), 500)
    assert "secret" not in str(problem)
    assert "secret" in caplog.text


def test_other_methods_and_addresses_are_problems_too(key: dict[str, str]) -> None:
    refused(Client().post("/api/v1/kpi", headers=key), 405)
    refused(Client().get("/api/v1/kpis"), 404)
    refused(Client().delete("/api/v1/", headers=key), 404)

"""`GET /api/v1/campaigns`, as a client sees it."""

import random
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from analytics.api import figures
from analytics.catalogue import NAMES
from analytics.models import Campaign
from analytics.queries.ranking import ranking
from tests.analytics.test_api_kpi import OCTOBER, ask, refused
from tests.analytics.test_queries_ranking import company
from tests.analytics.totals import asked, campaign, october, version
from tests.compliance import keys

pytestmark = pytest.mark.django_db
CHOICES: dict[str, list[Any]] = {
    "basis": ["send", "event"],
    "channel": ["email", "sms,search"],
    "tag": ["a", ["b", "c"]],
    "search": ["c1", "C2", "spr"],
    "status": ["running", "planned,running"],
}
TWO = {**OCTOBER, "ordering": "-sends", "limit": 2, "metrics": "sends,revenue,open_rate"}


@pytest.fixture
def key(db: None) -> dict[str, str]:
    return keys.headers("campaigns:read")


@pytest.fixture(autouse=True)
def campaigns(db: None) -> dict[str, Campaign]:
    found = october() | {"draft": campaign("draft", tags=["vip", "new"], status="planned")}
    version()
    return found


def follow(address: str, headers: dict[str, str]) -> Any:
    return Client().get(address, headers=headers).json()


def ids(body: dict[str, Any]) -> list[str]:
    return [row["external_id"] for row in body["results"]]


def test_after_midnight_the_next_page_is_of_the_days_of_the_first_and_its_cursor_of_no_others(
    key: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: datetime(2026, 10, 30, 23, 59, 59, tzinfo=UTC))
    relative = {"ordering": "-sends", "limit": 2, "metrics": "sends"}
    first = ask("campaigns", key, **relative).json()
    monkeypatch.setattr("django.utils.timezone.now", lambda: datetime(2026, 10, 31, tzinfo=UTC))
    second = follow(first["next"], key)
    assert (ids(first), ids(second)) == (["spring", "autumn"], ["ads", "draft"])
    assert first["meta"]["scope"] == second["meta"]["scope"]
    assert second["meta"]["scope"]["start"] == "2026-10-01"
    cursor = first["next"].partition("&cursor=")[2]
    (error,) = refused(ask("campaigns", key, **relative, cursor=cursor), 400)["errors"]
    assert error["field"] == "cursor"
    assert "the days before midnight; leave it out to begin anew" in error["reason"]


def test_a_page_with_its_total_and_what_belongs_to_none(campaigns: dict[str, Campaign], key: dict[str, str]) -> None:
    body = ask("campaigns", key, **TWO).json()
    assert body["results"] == [
        {
            "id": campaigns["spring"].pk,
            "external_id": "spring",
            "name": "Spring",
            "channel": "email",
            "status": "running",
            "tags": [],
            "metrics": {"sends": 1000, "revenue": "1900.00", "open_rate": 0.4},
        },
        {
            "id": campaigns["autumn"].pk,
            "external_id": "autumn",
            "name": "Autumn",
            "channel": "sms",
            "status": "running",
            "tags": [],
            "metrics": {"sends": 200, "revenue": "0.00", "open_rate": 0.0},
        },
    ]
    assert (body["columns"], body["ordering"]) == (["sends", "revenue", "open_rate"], "-sends")
    assert body["unattributed"] == {"metrics": {"sends": 0, "revenue": "33.33", "open_rate": None}}
    assert (body["count"], body["position"], body["previous"]) == (4, 1, None)
    assert (body["last_refreshed_at"], body["meta"]["data_version"]) == ("2026-11-01T12:00:00.000Z", 1)
    totals = ask("kpi", keys.headers("kpi:read"), **OCTOBER).json()["metrics"]
    assert body["total"]["metrics"] == {name: totals[name]["value"] for name in body["columns"]}


def test_rows_are_those_of_the_query_layer_for_fifty_random_questions(key: dict[str, str]) -> None:
    dice = random.Random(5)
    company(dice)
    for _ in range(50):
        filters = {name: dice.choice(choices) for name, choices in CHOICES.items() if dice.random() < 0.4}
        days = {"start": f"2026-09-{dice.randint(28, 30)}", "end": f"2026-10-0{dice.randint(2, 4)}"}
        metrics = tuple(dice.sample(NAMES, dice.randint(1, 5)))
        ordering = dice.choice(["", "-"]) + dice.choice([*NAMES, "name"])
        body = ask("campaigns", key, **filters, **days, metrics=",".join(metrics), ordering=ordering, limit=7).json()
        answer = ranking(asked(**filters, **days), metrics, ordering=ordering, limit=7, now=timezone.now())
        assert [(row["id"], row["name"], row["metrics"]) for row in body["results"]] == [
            (row.pk, row.name, figures.values(row.values)) for row in answer.rows
        ]
        assert body["total"]["metrics"] == figures.values(answer.total)
        nobody = None if answer.unattributed is None else {"metrics": figures.values(answer.unattributed)}
        assert body["unattributed"] == nobody
        assert (body["count"], body["columns"]) == (answer.count, list(metrics))
        assert (body["next"] or "").endswith(answer.next)


def test_links_lead_to_the_other_pages_and_back(key: dict[str, str]) -> None:
    first = ask("campaigns", key, **TWO).json()
    assert first["next"].startswith("http://testserver/api/v1/campaigns?start=2026-10-01&end=2026-10-03&")
    second = follow(first["next"], key)
    assert (ids(second), second["position"], second["next"]) == (["ads", "draft"], 3, None)
    assert follow(second["previous"], key)["results"] == first["results"]


def test_links_keep_the_days_that_were_meant(key: dict[str, str]) -> None:
    """By default they are the last thirty, which tomorrow are others."""
    body = ask("campaigns", key, limit=1).json()
    period = body["meta"]["scope"]
    assert f"start={period['start']}&end={period['end']}&" in body["next"]
    assert follow(body["next"], key)["meta"]["scope"] == period


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"search": "SPR"}, ["spring"]),
        ({"channel": "email"}, ["spring", "draft"]),
        ({"status": "planned"}, ["draft"]),
        ({"tag": ["new", "old"]}, ["draft"]),
        ({"campaign": ["ads", "draft"]}, ["ads", "draft"]),
        ({"search": "nothing"}, []),
        ({"ordering": "name"}, ["ads", "autumn", "draft", "spring"]),
        ({"ordering": "-name"}, ["spring", "draft", "autumn", "ads"]),
        ({}, ["spring", "ads", "autumn", "draft"]),
        ({"ordering": "roi"}, ["ads", "spring", "autumn", "draft"]),
    ],
)
def test_filters_and_orders(key: dict[str, str], params: dict[str, Any], found: list[str]) -> None:
    """The ROI of spring is 2.6, of ads 0.6, of the others unknown."""
    body = ask("campaigns", key, **OCTOBER, **params).json()
    assert (ids(body), body["count"], body["columns"]) == (found, len(found), list(NAMES))
    assert (body["unattributed"] is None) == (params.keys() != {"ordering"} and params != {})


@pytest.mark.parametrize(
    ("params", "field", "says"),
    [
        ({"ordering": "-rio"}, "ordering", "Did you mean roi? GET /api/v1/metrics lists them."),
        ({"ordering": ["roi", "cpa"]}, "ordering", "once"),
        ({"limit": "0"}, "limit", "1 to 200"),
        ({"limit": "201"}, "limit", "1 to 200"),
        ({"limit": "ten"}, "limit", "1 to 200"),
        ({"limit": "9" * 30}, "limit", "1 to 200"),
        ({"cursor": "x"}, "cursor", "leave it out"),
        ({"cursor": "a.b\0"}, "cursor", "leave it out"),
        ({"metrics": "sents"}, "metrics", "sends"),
        ({"compare": "previous"}, "compare", "basis"),
        ({"channel": "pigeon"}, "channel", "email"),
    ],
)
def test_a_bad_question_names_the_field(key: dict[str, str], params: dict[str, Any], field: str, says: str) -> None:
    (error,) = refused(ask("campaigns", key, **OCTOBER, **params), 400)["errors"]
    assert error["field"] == field
    assert says in error["reason"]


def test_a_cursor_is_good_for_its_own_question_alone_and_as_it_was_written(key: dict[str, str]) -> None:
    link = ask("campaigns", key, **TWO).json()["next"]
    cursor = link.rpartition("cursor=")[2]
    head, _, signature = cursor.partition(".")
    assert ask("campaigns", key, **TWO | {"limit": 1, "metrics": "roi"}, cursor=cursor).status_code == 200
    for other in ({"ordering": "sends"}, {"basis": "event"}, {"search": "s"}, {"end": "2026-10-04"}):
        (error,) = refused(ask("campaigns", key, **TWO | other, cursor=cursor), 400)["errors"]
        assert error["field"] == "cursor"
    for altered in (f"{head}x.{signature}", f"{head}.{signature[:-1]}", head, cursor * 2):
        (error,) = refused(ask("campaigns", key, **TWO, cursor=altered), 400)["errors"]
        assert error["field"] == "cursor"


def test_strangers_are_turned_away_before_their_question_is_read() -> None:
    assert "errors" not in refused(ask("campaigns", start="nonsense"), 401)
    mallory = Client()
    mallory.force_login(User.objects.create_user("mallory"))
    refused(mallory.get("/api/v1/campaigns", {"nonsense": 1}), 403)
    assert "campaigns:read" in refused(ask("campaigns", keys.headers("campaigns:write", "kpi:read")), 403)["detail"]
    refused(Client().post("/api/v1/campaigns", {}, headers=keys.headers("campaigns:read")), 403)


def test_an_answer_is_kept_and_whoever_has_it_is_told_so(
    key: dict[str, str], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    first = ask("campaigns", key, **TWO)
    with django_assert_num_queries(2):  # for the key
        assert ask("campaigns", key, **TWO).content == first.content
        assert ask("campaigns", key | {"If-None-Match": first.headers["ETag"]}, **TWO).status_code == 304
    version(2)
    again = ask("campaigns", key | {"If-None-Match": first.headers["ETag"]}, **TWO)
    assert (again.status_code, again.json()["meta"]["data_version"]) == (200, 2)
    assert (again.headers["Cache-Control"], again.headers["Vary"]) == (
        "private, stale-while-revalidate=30",
        "Cookie, Authorization",
    )

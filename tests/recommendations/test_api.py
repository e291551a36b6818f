"""Recommendations through the API: listed by what they are worth, decided once, and told when not."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from analytics.models import Campaign, CurrencyRate
from compliance.models import AuditEntry
from recommendations.models import Decision, Recommendation, State
from tests.compliance import keys
from tests.recommendations.made import EXPECTED, NOW, PLAN, made

pytestmark = pytest.mark.django_db
URL = "/api/v1/recommendations"


def staff(name: str, *permissions: str) -> Client:
    user = User.objects.create_user(name, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def ada(db: None) -> Client:
    return staff("ada", "change_recommendation")


@pytest.fixture
def bob(db: None) -> Client:
    return staff("bob", "change_recommendation")


def decide(client: Client, row: Recommendation, decision: str, headers: Any = None, **body: Any) -> Any:
    text = json.dumps(body) if body else ""
    return client.post(f"{URL}/{row.pk}/{decision}", text, content_type="application/json", headers=headers)


def refused(answer: Any, status: int, field: str = "") -> Any:
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), answer.content
    problem = answer.json()
    assert problem["status"] == status
    if field:
        assert [error["field"] for error in problem["errors"]] == [field]
    return problem


def ids(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def test_open_ones_are_listed_those_worth_most_first(ada: Client) -> None:
    small, large, accepted = made(money="5"), made(money="900.50"), made(state="accepted")
    answer = ada.get(URL)
    body = answer.json()

    assert ids(answer) == [large.pk, small.pk]
    assert (body["next"], body["count"], body["last_refreshed_at"]) == (None, 2, "2026-11-15T12:00:00.000Z")
    assert (body["meta"]["states"], body["meta"]["ordering"]) == (["open"], "-money")
    row = body["results"][0]
    assert (row["money"], row["state"], row["version"]) == ("900.50", "open", 1)
    assert row["campaign"]["external_id"] == large.campaign.external_id
    assert row["score"] == {"value": 0.504, "base": 0.8, "adequacy": 0.9, "stability": 0.7}
    assert set(ids(ada.get(URL, {"state": "all"}))) == {small.pk, large.pk, accepted.pk}
    assert "private" in answer["Cache-Control"]


def test_amounts_of_two_currencies_are_compared_by_the_latest_rate(ada: Client) -> None:
    CurrencyRate.objects.create(currency="EUR", day=NOW.date(), rate="1.2")
    CurrencyRate.objects.create(currency="EUR", day=NOW.date() - timedelta(days=1), rate="9")
    money = (
        ("100", "USD"),
        ("90", "EUR"),
        ("80", "EUR"),
        ("9000", "JPY"),
        ("10000", "JPY"),
        ("7000", "CHF"),
        ("96", "USD"),
    )
    rows = [made(money=amount, currency=currency) for amount, currency in money]
    expected = [rows[place].pk for place in (1, 0, 2, 6, 5, 4, 3)]
    assert ids(ada.get(URL)) == expected
    found, address = [], URL + "?limit=1"
    while address:
        answer = ada.get(address)
        found += ids(answer)
        address = answer.json()["next"]
    assert found == expected


def test_the_list_is_of_the_states_rules_campaigns_and_channels_asked_for(ada: Client) -> None:
    mail = Campaign.objects.create(external_id="may, sale", name="May", channel="email")
    one, other = made(campaign=mail), made("subject_line", mail, state="no difference")
    made()
    assert ids(ada.get(URL, {"channel": "email"})) == [one.pk]
    assert ids(ada.get(URL, {"campaign": "may, sale"})) == [one.pk]
    assert ids(ada.get(URL, {"campaign": "may, sale", "state": "all", "rule": "subject_line"})) == [other.pk]
    assert ids(ada.get(URL, {"state": "no difference,better", "rule": ["subject_line", "low_roas"]})) == [other.pk]
    assert ids(ada.get(URL, {"campaign": "unknown\x00"})) == []


@pytest.mark.parametrize(
    ("params", "field", "word"),
    [
        ({"state": "lost"}, "state", "there are open, snoozed"),
        ({"rule": "no_such"}, "rule", "there are low_roas"),
        ({"channel": "pigeon"}, "channel", "there are email"),
        ({"limit": "0"}, "limit", "1 to 200"),
        ({"limit": "many"}, "limit", "1 to 200"),
        ({"cursor": "mine"}, "cursor", "leave it out"),
        ({"states": "open"}, "states", "known are state, rule"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(ada: Client, params: Any, field: str, word: str) -> None:
    problem = refused(ada.get(URL, params), 400, field)
    assert word in problem["errors"][0]["reason"]


def test_pages_go_on_behind_the_last_row_whatever_is_decided_meanwhile(
    ada: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    rows = [made(money=money) for money in ("7", "7", "7", "3", "9")]
    ranked = [rows[4], *rows[:4]]
    first = ada.get(URL, {"limit": 2})
    decide(ada, rows[4], "accept")
    with django_assert_max_num_queries(5):
        second = ada.get(first.json()["next"])
    third = ada.get(second.json()["next"])

    assert ids(first) + ids(second) + ids(third) == [row.pk for row in ranked]
    assert (first.json()["count"], second.json()["count"], third.json()["next"]) == (5, 4, None)
    refused(ada.get(URL, {"cursor": first.json()["next"].rpartition("cursor=")[2], "state": "all"}), 400, "cursor")


def test_one_bears_all_that_it_stands_on(ada: Client) -> None:
    row = made()
    answer = ada.get(f"{URL}/{row.pk}")
    body = answer.json()

    assert answer["ETag"] == '"1"'
    assert (body["expected"], body["plan"], body["settings"], body["outcome"]) == (
        EXPECTED,
        PLAN,
        {"margin": 0.2},
        None,
    )
    assert [(each["metric"], each["value"], each["of_campaign"]) for each in body["evidence"]] == [
        ("roas", 0.4, True),
        ("roas", 2.5, False),
    ]
    for each in body["evidence"]:
        assert ada.get(each["receipt"]).status_code == 200
    assert body["decisions"] == []


def test_a_decision_is_answered_with_what_stands_and_again_with_the_same(ada: Client) -> None:
    row = made()
    first, again = (decide(ada, row, "dismiss", reason="no_budget", note="The year is over") for _ in range(2))

    assert (first.status_code, first["ETag"]) == (200, '"2"')
    assert (first.content, first["ETag"]) == (again.content, again["ETag"])
    body = first.json()
    assert (body["state"], body["version"]) == ("dismissed", 2)
    (told,) = body["decisions"]
    assert told.pop("at") == body["decided_at"] == body["closed_at"]
    assert told == {
        "decision": "dismiss", "reason": "no_budget", "note": "The year is over", "by": "ada", "key": "",
        "before": "open", "after": "dismissed",
    }  # fmt: skip
    assert (Decision.objects.count(), AuditEntry.objects.count()) == (1, 1)


def test_the_whole_way_of_one(ada: Client) -> None:
    row, now = made(), timezone.now()
    until = (now + timedelta(days=3)).isoformat()
    steps = [
        ("snooze", {"until": until}, "snoozed"), ("undo", {}, "open"), ("accept", {}, "accepted"),
        ("implement", {"on": now.date().isoformat()}, "implemented"), ("undo", {}, "accepted"),
        ("implement", {}, "implemented"),
    ]  # fmt: skip
    for decision, body, state in steps:
        answer = decide(ada, row, decision, **body)
        assert (answer.status_code, answer.json()["state"]) == (200, state), answer.content
    told = answer.json()
    assert (told["version"], told["implemented_on"]) == (7, now.date().isoformat())
    assert [each["decision"] for each in told["decisions"]] == [decision for decision, _, _ in steps]


def test_who_comes_second_is_told_what_was_decided_by_whom_and_when(ada: Client, bob: Client) -> None:
    row = made()
    decide(ada, row, "accept")
    problem = refused(decide(bob, row, "dismiss", reason="other"), 409)

    assert problem["detail"].startswith("ada accepted this on ")
    assert (problem["decided"]["decision"], problem["decided"]["by"], problem["state"]) == ("accept", "ada", "accepted")
    assert problem["version"] == 2
    refused(decide(bob, row, "undo"), 409)
    assert problem["title"] == "It was decided already"
    for state, decision in (("expired", "accept"), ("open", "implement")):  # nobody decided anything
        problem = refused(decide(bob, made(state=state), decision), 409)
        assert (problem["title"], problem["decided"]) == ("This cannot be decided", None)


def test_if_match_is_heeded_but_not_for_the_repeat_of_ones_own(ada: Client, bob: Client) -> None:
    row = made()
    seen = ada.get(f"{URL}/{row.pk}")["ETag"]
    first, again = (decide(ada, row, "accept", {"If-Match": seen}) for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)

    problem = refused(decide(bob, row, "implement", {"If-Match": seen}), 412)
    assert (problem["state"], problem["version"]) == ("accepted", 2)
    refused(decide(bob, row, "implement", {"If-Match": "mine"}), 400, "If-Match")
    refused(decide(bob, row, "implement", {"If-Match": '"1", "2"'}), 400, "If-Match")
    assert decide(bob, row, "implement", {"If-Match": first["ETag"]}).status_code == 200
    assert decide(ada, made(), "accept", {"If-Match": "*"}).status_code == 200


@pytest.mark.parametrize(
    ("decision", "body", "field"),
    [
        ("dismiss", {}, "reason"),
        ("dismiss", {"reason": "boring"}, "reason"),
        ("dismiss", {"reason": "\ud800"}, "reason"),
        ("dismiss", {"reason": "other", "note": "x" * 201}, "note"),
        ("dismiss", {"reason": "other", "note": "Ask ada@example.com"}, "note"),
        ("snooze", {}, "until"),
        ("snooze", {"until": "soon"}, "until"),
        ("snooze", {"until": "2020-01-01T00:00:00Z"}, "until"),
        ("undo", {}, "decision"),
    ],
)
def test_a_field_that_cannot_be_taken_is_named(ada: Client, decision: str, body: Any, field: str) -> None:
    row = made()
    refused(decide(ada, row, decision, **body), 400, field)
    row.refresh_from_db()
    assert (row.state, row.version) == (State.OPEN, 1)


def test_a_day_in_the_future_is_none_on_which_it_was_done(ada: Client) -> None:
    row = made()
    decide(ada, row, "accept")
    refused(decide(ada, row, "implement", on="2999-01-01"), 400, "on")


@pytest.mark.parametrize("pk", [7, 2**70])
def test_there_is_no_such_recommendation(ada: Client, pk: int) -> None:
    refused(ada.get(f"{URL}/{pk}"), 404)
    refused(decide(ada, Recommendation(pk=pk), "accept"), 404)


def test_reading_and_deciding_want_their_scopes_and_the_permission(ada: Client) -> None:
    row, path = made(), f"{URL}/{made().pk}"
    reads, writes = keys.headers("recommendations:read"), keys.headers("recommendations:write")
    for place in (URL, path):
        assert Client().get(place).status_code == 401
        assert "recommendations:read" in refused(Client().get(place, headers=writes), 403)["detail"]
        assert Client().get(place, headers=reads).status_code == 200
        assert staff(f"eve {place}").get(place).status_code == 200
    for decision in ("accept", "dismiss", "snooze", "implement", "undo"):
        refused(decide(Client(), row, decision), 401)
        refused(decide(Client(), row, decision, reads), 403)
        told = refused(decide(staff(f"eve {decision}"), row, decision), 403)["detail"]
        assert "recommendations.change_recommendation" in told
    assert decide(Client(), row, "accept", writes).json()["decisions"][0]["by"] == "key test"


def test_fields_that_there_are_not_are_refused_by_name(ada: Client) -> None:
    row = made()
    for decision, body, known in (
        ("accept", {"until": "2026-12-01T00:00:00Z"}, "this call takes none"),
        ("dismiss", {"reason": "other", "because": "…", "x" * 400: 1}, "known are reason, note"),
    ):
        problem = refused(decide(ada, row, decision, **body), 400)
        assert [error["field"][:59] for error in problem["errors"]] == [name[:59] for name in body if name != "reason"]
        assert known in problem["errors"][0]["reason"]
    assert refused(decide(ada, row, "undo", **{"\ud800": 1}), 400, "?")
    row.refresh_from_db()
    assert row.version == 1


def test_the_same_with_other_fields_is_told_what_stands(ada: Client) -> None:
    row = made()
    assert decide(ada, row, "dismiss", reason="other", note="In May").status_code == 200
    problem = refused(decide(ada, row, "dismiss", reason="other", note="In June"), 409)
    assert (problem["decided"]["note"], problem["state"]) == ("In May", "dismissed")


def test_sent_again_with_its_key_it_gets_the_first_answer_whatever_came_after(ada: Client) -> None:
    row = made()
    once = {"Idempotency-Key": "k"}
    first = decide(ada, row, "accept", once)
    Recommendation.objects.update(state=State.EXPIRED, version=9, closed_at=NOW)
    again = decide(ada, row, "accept", once)
    assert (again.status_code, again.content, again["ETag"]) == (200, first.content, '"2"')
    refused(decide(ada, row, "accept"), 409)

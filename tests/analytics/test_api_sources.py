"""`GET sources`: the rows of the Data page for machines."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from analytics.fold import fold_inbox
from analytics.hooks import addresses
from analytics.ingest import record_campaigns, record_costs, record_events
from analytics.sources.coming import Coming
from compliance import denials
from compliance.acting import Actor
from tests.analytics.events import event
from tests.compliance import keys

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
AT = "2026-11-20T12:00:00Z"


@pytest.fixture(autouse=True)
def noon(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analytics.api.sources.timezone", SimpleNamespace(now=lambda: NOW))
    record_campaigns([{"campaign": "spring-sale", "channel": "email"}], at=NOW)


def came(number: int, source: str, days: int = 0) -> None:
    """Events of two hours before, counted three seconds later."""
    at = NOW - timedelta(days=days)
    happened = (at - timedelta(hours=2)).isoformat()
    record_events([event(event_id=f"{days}-{n}", occurred_at=happened) for n in range(number)], source=source, at=at)
    fold_inbox(at + timedelta(seconds=3))


def ask(client: Client | None = None) -> dict[str, Any]:
    """The answer's sources by name."""
    asker = Client(headers=keys.headers("kpi:read")) if client is None else client
    body = asker.get("/api/v1/sources").json()
    assert (body["count"], body["next"], body["meta"]) == (len(body["results"]), None, {"at": AT})
    return {row["name"]: row for row in body["results"]}


def test_each_source_is_told_with_its_state_and_its_days(monkeypatch: pytest.MonkeyPatch) -> None:
    for days in range(5):
        came(20, "shop", days)
    record_events([event(event_id=f"x{n}", campaign="unknown") for n in range(25)], source="shop", at=NOW)
    record_costs([{"campaign": "spring-sale", "date": "2026-11-18", "amount": "1", "source": "ads"}], at=NOW)
    addresses.make("letters", "sendgrid", "", NOW)
    coming = Coming(((0, 0.4), (24, 0.97)), 1_200, 0.93)
    monkeypatch.setattr("analytics.api.sources.by_source", lambda *_: dict.fromkeys(range(1_000_000), coming))
    told = ask()
    assert set(told) == {"shop", "letters", "ads", "campaigns"}
    days = told["shop"].pop("days")
    assert days[-6:] == [{"day": f"2026-11-{15 + n}", "items": 20 if n else 0} for n in range(6)]
    assert (len(days), days[0]) == (30, {"day": "2026-10-22", "items": 0})
    assert told["shop"] == {
        "name": "shop",
        "kind": "API",
        "state": "failing",
        "why": "20\xa0% of 7 days was rejected",
        "last_item_at": AT,
        "last_day": None,
        "received": 100,
        "rejected": 25,
        "suppressed": 0,
        "error_rate": 0.2,
        "inbox_waiting": 0,
        "inbox_dead": 0,
        "counted_after_seconds": pytest.approx(3, abs=0.5),
        "age_seconds": pytest.approx(7200, abs=1),
        "still_to_come": 1_200,
        "usual_delay": [{"hours": 0, "share": 0.4}, {"hours": 24, "share": 0.97}],
    }
    assert (told["letters"]["kind"], told["letters"]["state"]) == ("Webhook", "nothing yet")
    assert (told["ads"]["last_day"], told["ads"]["received"]) == ("2026-11-18", 1)
    assert (told["campaigns"]["days"], told["campaigns"]["error_rate"]) == ([], None)


def test_the_error_rate_of_costs_is_of_what_was_told_in_these_days_whatever_days_it_is_of() -> None:
    days = [f"2026-{month}-{day:02}" for month in ("08", "09", "10") for day in range(1, 31)]
    cost = {"campaign": "spring-sale", "amount": "1", "source": "ads"}
    record_costs([cost | {"date": "2026-11-10"}], at=NOW - timedelta(days=6, hours=12, seconds=1))
    record_costs([cost | {"date": day} for day in days], at=NOW)
    record_costs([cost | {"date": day, "campaign": "unknown"} for day in days[:10]], at=NOW, source="ads")
    told = ask()["ads"]
    assert (told["received"], told["rejected"], told["error_rate"], told["state"]) == (90, 10, 0.1, "failing")
    assert told["why"] == "10\xa0% of 7 days was rejected"
    assert told["days"][-11] == {"day": "2026-11-10", "items": 1}


def test_what_is_denied_is_in_no_count(client: Client) -> None:
    came(4, "shop")
    analysts = Group.objects.create(name="outside analysts")
    user = User.objects.create_user("ada", is_staff=True)
    user.groups.add(analysts)
    client.force_login(user)
    assert ask(client)["shop"]["received"] == 4
    denials.deny(analysts, "sends", by=Actor(User.objects.create_superuser("boss")), at=NOW)
    told = ask(client)["shop"]
    assert (told["received"], told["still_to_come"], told["usual_delay"]) == (0, None, [])


def test_sources_cost_a_bounded_number_of_queries(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    for number in range(12):
        came(2, f"shop-{number}")
    client = Client(headers=keys.headers("kpi:read"))
    with django_assert_max_num_queries(14):
        assert client.get("/api/v1/sources").json()["count"] == 13

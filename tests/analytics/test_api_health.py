from collections.abc import Iterator
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from analytics import parts
from analytics.ingest import batch
from analytics.models import InboxBatch, Source
from compliance import heartbeats
from compliance.heartbeats import BEAT, FOLD, PROGRAMS, SILENT, WORKER

NOBODY_LISTENS = "redis://127.0.0.1:1/0"
URL = "/api/v1/health"
READY = f"{URL}?ready=1"
UP, NEEDED = {"status": "up", "required": False}, {"status": "up", "required": True}
MORE_THAN_ONE = [("analytics", "0001_initial")]


@pytest.fixture
def alive(db: None) -> None:
    heartbeats.note(PROGRAMS, timezone.now())


@pytest.fixture
def not_looked_up() -> Iterator[None]:
    parts._migrated.clear()
    yield
    parts._migrated.clear()


def down(url: str = URL) -> set[str]:
    told = Client().get(url).json()["parts"]
    return {name for name, part in told.items() if part["status"] == "down"}


def test_everything_is_up(alive: None) -> None:
    answer = Client().get(URL)
    assert answer.status_code == 200
    names = ("cache", "broker", *PROGRAMS, "freshness")
    assert answer.json() == {"status": "up", "parts": {"database": NEEDED} | dict.fromkeys(names, UP)}
    assert answer.headers["Cache-Control"] == "no-store"


def test_without_redis_requests_are_answered_all_the_same(alive: None, settings: Settings) -> None:
    settings.CACHE_URL = settings.BROKER_URL = NOBODY_LISTENS
    answer = Client().get(URL)
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert down() == {"cache", "broker"}


@pytest.mark.django_db
@pytest.mark.parametrize("url", [URL, READY])
def test_without_the_database_it_is_down_and_says_so(url: str, not_looked_up: None) -> None:
    with patch.object(connection, "cursor", side_effect=OperationalError("gone")):
        answer = Client().get(url, headers={"Cookie": "sessionid=x", "Authorization": "Api-Key a.b"})
    assert (answer.status_code, answer.json()["status"]) == (503, "down")
    assert {"database", *PROGRAMS, "freshness"} <= {
        n for n, p in answer.json()["parts"].items() if p["status"] == "down"
    }


def test_an_address_that_is_none_is_down(alive: None, settings: Settings) -> None:
    settings.BROKER_URL = ""
    assert down() == {"broker"}


@pytest.mark.parametrize("silent", PROGRAMS)
def test_a_program_that_is_silent_is_down_alone(alive: None, silent: str) -> None:
    heartbeats.note((silent,), timezone.now() - timedelta(seconds=SILENT + 5))
    assert down() == {silent}
    assert Client().get(URL).status_code == 200


@pytest.mark.django_db
def test_programs_that_never_lived_are_down() -> None:
    assert down() == {WORKER, FOLD, BEAT}


@pytest.mark.parametrize(("minutes", "stale"), [(4.9, set()), (5.1, {"freshness"})])
def test_figures_that_are_behind_for_minutes_are_told(alive: None, minutes: float, stale: set[str]) -> None:
    source = Source.objects.create(name="events")
    at = timezone.now() - timedelta(minutes=minutes)
    InboxBatch.objects.create(received_at=at, source=source, rows=1, payload=batch.encode([]))
    assert down() == stale


def test_ready_is_who_has_all_migrations(alive: None, not_looked_up: None) -> None:
    answer = Client().get(READY)
    assert (answer.status_code, answer.json()["parts"]["migrations"]) == (200, NEEDED)
    assert "migrations" not in Client().get(f"{URL}?ready=0").json()["parts"]
    with patch.object(MigrationExecutor, "migration_plan", return_value=MORE_THAN_ONE):
        assert Client().get(READY).status_code == 200, "it was looked up once and for all"


def test_who_lacks_a_migration_is_not_ready_and_is_up(alive: None, not_looked_up: None) -> None:
    with patch.object(MigrationExecutor, "migration_plan", return_value=MORE_THAN_ONE):
        answer = Client().get(READY)
        assert (answer.status_code, answer.json()["status"]) == (503, "down")
        assert down(READY) == {"migrations"}
        assert Client().get(URL).status_code == 200
    assert Client().get(READY).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_who_lacks_a_table_is_not_ready_and_is_up(not_looked_up: None) -> None:
    """Of a migration that is yet to come: new code on the schema before."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE heartbeat RENAME TO heartbeat_to_come")
        try:
            with patch.object(MigrationExecutor, "migration_plan", return_value=MORE_THAN_ONE):
                answers = [Client().get(url) for url in (URL, READY)]
        finally:
            cursor.execute("ALTER TABLE heartbeat_to_come RENAME TO heartbeat")
    assert [answer.status_code for answer in answers] == [200, 503]
    assert set(PROGRAMS) <= {name for name, part in answers[0].json()["parts"].items() if part["status"] == "down"}


def test_to_be_asked_costs_little(
    alive: None, not_looked_up: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    Client().get(READY)
    with django_assert_num_queries(4):
        Client().get(READY)


@pytest.mark.django_db
@pytest.mark.parametrize(("query", "field"), [("ready=yes", "ready"), ("ready=1&ready=0", "ready"), ("redy=1", "redy")])
def test_what_cannot_be_asked_is_a_problem(query: str, field: str) -> None:
    answer = Client().get(f"{URL}?{query}")
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]

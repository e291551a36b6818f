from unittest.mock import patch

import pytest
from django.db import OperationalError, connection
from django.test import Client
from pytest_django import Settings

NOBODY_LISTENS = "redis://127.0.0.1:1/0"
URL = "/api/v1/health"


@pytest.mark.django_db
def test_everything_is_up() -> None:
    answer = Client().get(URL)
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "up",
        "parts": {
            "database": {"status": "up", "required": True},
            "cache": {"status": "up", "required": False},
            "broker": {"status": "up", "required": False},
        },
    }
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_without_redis_requests_are_answered_all_the_same(settings: Settings) -> None:
    settings.CACHE_URL = settings.BROKER_URL = NOBODY_LISTENS
    answer = Client().get(URL)
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["parts"]["broker"]["status"] == "down"


@pytest.mark.django_db
def test_without_the_database_it_is_down_and_says_so() -> None:
    with patch.object(connection, "cursor", side_effect=OperationalError("gone")):
        answer = Client().get(URL, headers={"Cookie": "sessionid=x", "Authorization": "Api-Key a.b"})
    assert (answer.status_code, answer.json()["status"]) == (503, "down")


@pytest.mark.django_db
def test_an_address_that_is_none_is_down(settings: Settings) -> None:
    settings.BROKER_URL = ""
    assert Client().get(URL).json()["parts"]["broker"]["status"] == "down"

"""Requests are counted where they belong, and written beside them."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from unittest.mock import patch

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from analytics.levels.counts import Counts
from analytics.levels.objectives import Series
from analytics.models import LevelSlot
from config import levels

KPI = "/api/v1/kpi?metrics=sends"


@pytest.fixture(autouse=True)
def counts(monkeypatch: pytest.MonkeyPatch) -> Counts:
    own = Counts()
    monkeypatch.setattr(levels, "counts", own)
    return own


def seen(counts: Counts) -> dict[str, tuple[int, int]]:
    """What was answered and what failed, by series, in however many slots."""
    found: dict[str, tuple[int, int]] = {}
    for slot, one in counts.take().items():
        answered, bad = found.get(slot.series.value, (0, 0))
        found[slot.series.value] = (answered + sum(one.counts), bad + one.bad)
    return found


@pytest.mark.django_db
def test_a_request_counts_with_all_and_with_its_own(client: Client, counts: Counts, admin_user: User) -> None:
    assert client.get(KPI).status_code in (401, 403)  # refused, which is no error of ours
    client.force_login(admin_user)
    assert client.get(KPI).status_code == 200
    assert client.get("/admin/marketing/").status_code == 200
    assert client.get("/admin/").status_code == 200
    assert client.get("/api/v1/campaigns/99/details").status_code == 404
    assert client.get("/api/v1/campaigns/99/drilldown").status_code == 404
    wanted = {"all": (6, 0), "kpi": (2, 0), "pages": (1, 0), "details": (1, 0), "drilldown": (1, 0)}
    assert seen(counts) == wanted


@pytest.mark.django_db
def test_what_machines_ask_for_all_the_time_is_not_counted(client: Client, counts: Counts) -> None:
    for path in ("/api/v1/health", "/static/css/page.css", "/metrics"):
        client.get(path)
    assert seen(counts) == {}


@pytest.mark.django_db
def test_an_error_is_bad_also_before_anybody_looked_whose_it_is(
    client: Client, counts: Counts, admin_user: User
) -> None:
    client.force_login(admin_user)
    client.raise_request_exception = False
    with patch("analytics.api.kpi.answered", side_effect=OperationalError("gone")):
        assert client.get(KPI).status_code == 503
    with patch("config.signed_in.Users.__call__", side_effect=ValueError("broken")):
        assert client.get(KPI).status_code == 500
        assert client.get("/nowhere").status_code == 500
    assert seen(counts) == {"all": (0, 3), "kpi": (0, 2)}


@pytest.mark.django_db
def test_counting_costs_no_query(
    client: Client, counts: Counts, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        client.get("/api/v1/nowhere")
    assert seen(counts) == {"all": (1, 0)}


@pytest.mark.django_db(transaction=True)
def test_what_was_counted_is_written_once_more_when_the_process_ends(
    counts: Counts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The main thread stands for the process."""
    life = threading.Event()
    main = threading.Thread(target=life.wait)
    main.start()
    monkeypatch.setattr(levels, "main_thread", lambda: main)
    thread = levels._begin()
    counts.add(Series.KPI, 0.02, timezone.now())
    life.set()
    thread.join(10)
    assert LevelSlot.objects.filter(series="kpi", width=300).count() == 1
    assert LevelSlot.objects.filter(series="up").exists()


def test_a_fork_counts_for_itself(counts: Counts, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its parent writes what was counted before, and who held the lock is not in it."""
    counts.add(Series.KPI, 0.02, datetime(2026, 10, 1, tzinfo=UTC))
    begun: list[str] = []
    monkeypatch.setattr(levels, "_begin", lambda: begun.append("again"))
    with counts._lock:
        levels._begin_anew()
        counts.add(Series.ALL, 0.02, datetime(2026, 10, 1, tzinfo=UTC))
    assert seen(counts) == {"all": (1, 0)}
    assert begun == ["again"]


def test_a_database_that_is_away_is_not_the_end_of_counting(counts: Counts) -> None:
    counts.add(Series.KPI, 0.02, datetime(2026, 10, 1, tzinfo=UTC))
    with patch("analytics.levels.keeping.write", side_effect=OperationalError("gone")):
        levels.write()
    assert seen(counts) == {"kpi": (1, 0)}


@pytest.fixture(autouse=True)
def threads_end() -> Iterator[None]:
    yield
    assert [thread.name for thread in threading.enumerate() if thread.name == "levels"] == []

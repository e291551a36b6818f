from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection

from analytics.models import PageSession, PageViews
from analytics.pages import usage

pytestmark = pytest.mark.django_db

DAY = date(2026, 10, 20)
NINE = datetime(2026, 10, 20, 9, tzinfo=UTC)


def look(who: str, minutes: int, page: str = "overview") -> None:
    usage.count(page, who, NINE + timedelta(minutes=minutes))


def staff(*names: str) -> list[str]:
    return [str(User.objects.create(username=name, is_staff=True).pk) for name in names]


def test_looks_within_half_an_hour_are_one_session_and_a_longer_pause_starts_another() -> None:
    for minutes in (0, 10, 39, 70):
        look("1", minutes)
    sessions = PageSession.objects.order_by("first_at").values_list("first_at", "last_at", "views")
    assert list(sessions) == [
        (NINE, NINE + timedelta(minutes=39), 3),
        (NINE + timedelta(minutes=70), NINE + timedelta(minutes=70), 1),
    ]


def test_every_look_counts_for_its_page() -> None:
    look("1", 0)
    look("2", 0)
    look("2", 1, page="campaigns")
    assert dict(PageViews.objects.values_list("page", "views")) == {"overview": 2, "campaigns": 1}
    assert PageSession.objects.count() == 2


def test_a_look_that_arrives_late_neither_shortens_nor_splits_a_session() -> None:
    look("1", 5)
    look("1", 0)
    (session,) = PageSession.objects.all()
    assert (session.last_at, session.views) == (NINE + timedelta(minutes=5), 2)


def test_a_visitor_has_another_hash_every_day_and_no_key_of_a_person_is_kept() -> None:
    look("77", 0)
    look("77", 24 * 60)
    first, second = PageSession.objects.order_by("day").values_list("visitor", flat=True)
    assert first != second
    assert {field.name for field in PageSession._meta.fields} == {
        "pk",
        "day",
        "visitor",
        "first_at",
        "last_at",
        "views",
    }


def test_a_summary_tells_how_many_of_the_staff_looked_and_how_long() -> None:
    ada, grace, *_rest = staff("ada", "grace", "edsger", "barbara")
    User.objects.create(username="gone", is_staff=True, is_active=False)
    for minutes in (0, 20):
        look(ada, minutes)
    look(grace, -24 * 60)
    look(ada, -40 * 24 * 60)
    found = usage.summary(30, today=DAY)
    assert (found.active_share, found.sessions, found.median_seconds, found.views) == (0.5, 2, 600.0, 3)


def test_without_use_the_share_is_nought_and_a_length_unknown() -> None:
    assert usage.summary(7, today=DAY).active_share is None
    staff("ada")
    assert usage.summary(7, today=DAY) == usage.Usage(7, 0.0, 0, None, 0)


def test_a_page_is_never_lost_for_want_of_a_count(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def broken(*_args: object) -> None:
        asked.append(True)
        raise DatabaseError

    monkeypatch.setattr(connection, "cursor", broken)
    usage.count("overview", "1", NINE)
    assert asked, "the count was tried, failed, and raised nothing"

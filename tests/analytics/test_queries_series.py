from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from pytest_django import Settings

from analytics.queries import kpis
from tests.analytics.totals import NOW, asked, campaign, in_hour, midnight, october, on_day

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaigns() -> None:
    october()


def test_last_year_is_compared_day_by_day() -> None:
    spring = campaign("spring")
    on_day(date(2024, 2, 28), spring.id, sends=1)
    on_day(date(2024, 2, 29), spring.id, sends=2)
    on_day(date(2025, 2, 28), spring.id, sends=10)
    scope = asked(start="2025-02-27", end="2025-03-01", compare="last_year")
    series = kpis.timeseries(scope, ("sends",), now=NOW)
    assert [(point.values["sends"], point.previous) for point in series.points] == [
        (0, {"sends": 0}),
        (10, {"sends": 3}),
    ]
    assert kpis.summary(scope, ("sends",), now=NOW).figures["sends"].previous == 3


@pytest.mark.usefixtures("campaigns")
def test_a_series_has_every_day_and_the_compared_day_beside_it() -> None:
    series = kpis.timeseries(asked(end="2026-10-04", compare="previous"), ("sends", "roas"), now=NOW)
    assert [point.start for point in series.points] == [date(2026, 10, 1), date(2026, 10, 2), date(2026, 10, 3)]
    assert [point.values["sends"] for point in series.points] == [800, 400, 0]
    assert [point.values["roas"] for point in series.points] == [2.2, round(1100 / 250, 10), None]
    assert [point.previous and point.previous["sends"] for point in series.points] == [0, 800, 0]


@pytest.mark.usefixtures("campaigns")
def test_weeks_begin_on_monday_and_months_on_the_first_and_cut_ones_say_so() -> None:
    weeks = kpis.timeseries(asked(end="2026-10-12", grain="week"), ("sends",), now=NOW).points
    assert [(point.start, point.end, point.partial) for point in weeks] == [
        (date(2026, 9, 28), date(2026, 10, 5), True),
        (date(2026, 10, 5), date(2026, 10, 12), False),
    ]
    assert weeks[0].values["sends"] == 1200
    months = kpis.timeseries(asked(start="2026-09-30", end="2026-11-16", grain="month"), ("revenue",), now=NOW).points
    assert [(point.start.month, point.partial, point.values["revenue"]) for point in months] == [
        (9, True, Decimal("200.00")),
        (10, False, Decimal("2333.33")),
        (11, True, Decimal("0.00")),
    ]


def test_hours_know_no_cost_and_say_so() -> None:
    ads = campaign("ads", "search")
    in_hour(datetime(2026, 10, 1, 9, tzinfo=UTC), ads.id, clicks=3, impressions=50, revenue=Decimal(10))
    on_day(date(2026, 10, 1), ads.id, clicks=3, impressions=50, platform_clicks=9, cost=Decimal(20))
    series = kpis.timeseries(asked(grain="hour"), ("clicks", "cost", "roas", "revenue"), now=NOW)
    assert len(series.points) == 48
    assert dict(series.points[9].values) == {"clicks": 3, "cost": None, "roas": None, "revenue": Decimal("10.00")}
    assert dict(series.points[10].values) == {"clicks": 0, "cost": None, "roas": None, "revenue": Decimal("0.00")}
    assert ["cost, roas" in warning for warning in series.meta.warnings] == [True, False]
    assert "clicks count events only" in series.meta.warnings[1]


@pytest.mark.parametrize(("day", "hours"), [("2026-10-25", 25), ("2026-03-29", 23)])
def test_a_day_of_a_clock_change_has_its_hours(settings: Settings, day: str, hours: int) -> None:
    settings.REPORTING_TIME_ZONE = "Europe/Berlin"
    start = date.fromisoformat(day)
    spring = campaign("spring")
    begin = midnight(start) - timedelta(hours=2 if hours == 25 else 1)
    for index in range(hours):
        in_hour(begin + timedelta(hours=index), spring.id, opens=index + 1)
    scope = asked(start=day, end=str(start + timedelta(days=1)), grain="hour", time_zone="Europe/Berlin")
    points = kpis.timeseries(scope, ("opens",), now=NOW).points
    assert [point.values["opens"] for point in points] == list(range(1, hours + 1))
    assert {str(point.start.utcoffset()) for point in points if isinstance(point.start, datetime)} == {
        "1:00:00",
        "2:00:00",
    }


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Australia/Lord_Howe"])
def test_hours_of_zones_off_the_full_hour_are_all_counted(zone: str) -> None:
    spring = campaign("spring")
    for index in range(-30, 80):
        in_hour(datetime(2026, 10, 3, 0, 30, tzinfo=UTC) + timedelta(hours=index), spring.id, opens=1)
    scope = asked(start="2026-10-04", end="2026-10-05", grain="hour", time_zone=zone)
    points = kpis.timeseries(scope, ("opens",), now=NOW).points
    assert sum(int(point.values["opens"] or 0) for point in points) in (23, 24)
    assert len(points) == 24

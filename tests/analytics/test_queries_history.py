"""Days and hours of many campaigns are what the KPIs say of each."""

from collections import Counter
from dataclasses import fields
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.history import Day, Hour
from analytics.models import Campaign
from analytics.models.totals import Basis
from analytics.queries import history, kpis
from analytics.scope import Grain, Period, Scope
from tests.analytics.totals import NOW, campaign, in_hour, midnight, october, on_day

pytestmark = pytest.mark.django_db
FIRST = date(2024, 3, 1)  # summer time begins on the 31st
COUNTS = tuple(field.name for field in fields(Day) if field.name not in ("day", "revenue", "cost"))
METRIC = {"revenue": "net_revenue"} | {name: name for name in (*COUNTS, "cost")}

counts = st.integers(0, 500)
money = st.decimals(0, 10_000, places=2)
measures = st.fixed_dictionaries({}, optional=dict.fromkeys(COUNTS, counts) | {"revenue": money, "refunds": money})
rows = st.dictionaries(
    st.tuples(st.integers(0, 34), st.integers(0, 3), st.sampled_from(Basis)), st.tuples(measures, money), max_size=12
)
Rows = dict[tuple[int, int, Basis], tuple[dict[str, Any], Decimal]]
found_rows = given(found=rows, start=st.integers(-3, 34), days=st.integers(1, 31))
often = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def lay_down(found: Rows) -> list[Campaign]:
    """Days, and the same measures in an hour of each; some of no campaign."""
    made = [campaign("spring"), campaign("ads", "search"), campaign("autumn", "sms", reports_deliveries=False)]
    ids = [0, *(one.id for one in made)]
    for (offset, which, basis), (row, cost) in found.items():
        day = FIRST + timedelta(offset)
        on_day(day, ids[which], (basis,), **row, cost=cost)
        in_hour(midnight(day) + timedelta(hours=offset % 24), ids[which], (basis,), **row)
    return made


def asked(one: Campaign, period: Period, grain: Grain, time_zone: str = "UTC") -> Scope:
    return Scope(period, time_zone, "USD", campaigns=(one.external_id,), grain=grain)


@found_rows
@often
def test_each_day_is_what_the_kpis_say_of_it(found: Rows, start: int, days: int) -> None:
    period = Period(FIRST + timedelta(start), FIRST + timedelta(start + days))
    with transaction.atomic():
        made = lay_down(found)
        read = history.days(period.start, period.end)
        of_some = history.days(period.start, period.end, [made[2].pk, made[0].pk])
        points = {
            one.pk: kpis.timeseries(asked(one, period, Grain.DAY), tuple(METRIC.values()), now=NOW).points
            for one in made
        }
        transaction.set_rollback(True)
    assert set(read) <= set(points)
    assert of_some == {pk: lines for pk, lines in read.items() if pk != made[1].pk}
    for pk, slots in points.items():
        said = {slot.start: slot.values for slot in slots if any(slot.values.values())}
        assert [day.day for day in read.get(pk, ())] == sorted(said)
        for day in read.get(pk, ()):
            assert {name: getattr(day, name) for name in METRIC} == {
                name: pytest.approx(float(said[day.day][metric] or 0)) for name, metric in METRIC.items()
            }


@pytest.mark.parametrize("time_zone", ["UTC", "Europe/Berlin", "Asia/Kolkata"])
@found_rows
@settings(parent=often, max_examples=15)
def test_each_hour_is_the_sum_of_that_hour_of_all_days(time_zone: str, found: Rows, start: int, days: int) -> None:
    period = Period(FIRST + timedelta(start), FIRST + timedelta(start + days))
    with transaction.atomic():
        made = lay_down(found)
        read = history.hours(period.start, period.end, time_zone)
        of_some = history.hours(period.start, period.end, time_zone, [made[0].pk])
        points = {
            one.pk: kpis.timeseries(
                asked(one, period, Grain.HOUR, time_zone), ("delivered", "unique_clicks"), now=NOW
            ).points
            for one in made
        }
        transaction.set_rollback(True)
    assert of_some == {pk: hours for pk, hours in read.items() if pk == made[0].pk}
    for pk, slots in points.items():
        delivered: Counter[int] = Counter()
        clicked: Counter[int] = Counter()
        for slot in slots:
            hour = slot.start.astimezone(ZoneInfo(time_zone)).hour  # type: ignore[union-attr]
            delivered[hour] += slot.values["delivered"]  # type: ignore[assignment,operator]
            clicked[hour] += slot.values["unique_clicks"]  # type: ignore[assignment,operator]
        left = tuple(Hour(hour, delivered[hour], clicked[hour]) for hour in range(24) if delivered[hour] > 0)
        assert read.get(pk, ()) == left


def test_days_on_which_nothing_happened_and_those_of_no_campaign_are_left_out() -> None:
    found = october()
    on_day(date(2026, 10, 3), found["spring"].pk)  # what a correction took back
    read = history.days(date(2026, 10, 1), date(2026, 10, 4))
    assert {pk: [day.day.day for day in days] for pk, days in read.items()} == {
        found["spring"].pk: [1, 2],
        found["autumn"].pk: [1],
        found["ads"].pk: [2],
    }
    assert read[found["spring"].pk][0].revenue == 1100.0
    assert read[found["autumn"].pk] == (Day(date(2026, 10, 1), sends=200, delivered=190, bounces=10),)
    assert history.days(date(2026, 10, 1), date(2026, 10, 4), []) == {}

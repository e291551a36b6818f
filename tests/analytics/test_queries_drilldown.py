"""One campaign slot by slot: days, hours, and that they add up to what is told of the whole."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from analytics.catalogue import METRICS
from analytics.fold import fold_inbox
from analytics.models import Campaign
from analytics.models.totals import Basis
from analytics.queries import drilldown
from analytics.queries.details import details
from analytics.queries.snapshot import snapshot
from analytics.scope import Compare, Scope
from tests.analytics import inbox, oracle
from tests.analytics.oracle import Happened
from tests.analytics.test_fold import happenings
from tests.analytics.test_queries_properties import lay_down, rows, scopes
from tests.analytics.totals import NOW, asked, campaign, in_hour, midnight, october, on_day, version

pytestmark = pytest.mark.django_db
FIRST, DAY = date(2026, 10, 1), timedelta(days=1)
JANUARY = datetime(2026, 1, 1, tzinfo=UTC)
ADDITIVE = tuple(metric.name for metric in METRICS if metric.additive)


@pytest.fixture
def campaigns() -> dict[str, Campaign]:
    return october()


def test_every_day_of_the_period_and_every_hour_of_a_day(campaigns: dict[str, Campaign]) -> None:
    spring = campaigns["spring"].pk
    found = drilldown.days(asked(end="2026-10-05"), spring, ("sends", "open_rate"), now=NOW).series
    assert [(point.start, point.values["sends"]) for point in found.points] == [
        (FIRST, 600), (date(2026, 10, 2), 400), (date(2026, 10, 3), 0), (date(2026, 10, 4), 0),
    ]  # fmt: skip
    in_hour(midnight(FIRST) + timedelta(hours=9), spring, sends=600)
    hours = drilldown.hours(asked(), spring, ("sends", "cost"), day=FIRST, now=NOW).series
    assert [point.values["sends"] for point in hours.points] == [0] * 9 + [600] + [0] * 14
    assert hours.meta.scope.period.words == "2026-10-01"
    assert any("cost" in warning for warning in hours.meta.warnings)


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
def test_a_day_of_a_clock_change_has_its_hours(campaigns: dict[str, Campaign], day: date, hours: int) -> None:
    scope = replace(asked(), time_zone="Europe/Berlin")
    assert len(drilldown.hours(scope, campaigns["spring"].pk, ("sends",), day=day, now=NOW).series.points) == hours


def test_without_a_date_the_last_day_with_events_of_the_basis_is_shown(campaigns: dict[str, Campaign]) -> None:
    spring = campaigns["spring"].pk

    def day(basis: str) -> date:
        return drilldown.hours(asked(basis=basis), spring, ("sends",), now=NOW).series.meta.scope.start

    assert day("send") == NOW.date()
    in_hour(midnight(date(2026, 9, 3)), spring, (Basis.SEND,), unsubscribes=1)
    in_hour(midnight(date(2026, 9, 5)), spring, (Basis.EVENT,), machine_opens=1)
    in_hour(midnight(date(2026, 9, 9)), spring)  # what a correction took back
    assert (day("send"), day("event")) == (date(2026, 9, 3), date(2026, 9, 5))


@given(found=rows, scope=scopes)
@hypothesis(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_days_add_up_to_the_details_and_hours_to_their_day(found: Any, scope: Scope) -> None:
    scope = replace(scope, compare=Compare.NONE)
    with transaction.atomic():
        lay_down(found, scope.currency)
        spring = Campaign.objects.get(external_id="spring").pk
        whole = details(scope, spring, now=NOW)
        by_day = drilldown.days(scope, spring, now=NOW).series.points
        by_month = drilldown.months(scope, spring, now=NOW).series.points
        day = by_day[len(by_day) // 2]
        assert not isinstance(day.start, datetime)
        hours = drilldown.hours(scope, spring, day=day.start, now=NOW).series.points
        transaction.set_rollback(True)
    for name in ADDITIVE:
        assert sum(point.values[name] or 0 for point in by_day) == whole.kpis.figures[name].value, name
        assert sum(point.values[name] or 0 for point in by_month) == whole.kpis.figures[name].value, name
    assert (by_month[0].start, by_month[-1].end) == (scope.start, scope.end)
    for metric in METRICS:
        if metric.additive and metric.has_hours:
            assert sum(point.values[metric.name] or 0 for point in hours) == day.values[metric.name], metric.name
    assert [point.values for point in whole.trend.points] == [point.values for point in by_day]


@given(events=st.lists(happenings(), min_size=1, max_size=30), basis=st.sampled_from(["send", "event"]))
@hypothesis(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_hours_days_funnel_and_machines_are_what_one_plain_count_says(events: list[Happened], basis: str) -> None:
    with transaction.atomic():
        inbox.campaigns(1, 2)
        inbox.put(events)
        fold_inbox(inbox.NOW)
        scope = asked(start="2026-01-25", end="2026-02-25", basis=basis)
        whole = details(scope, 1, now=NOW)
        days = drilldown.days(scope, 1, now=NOW).series.points
        hours = drilldown.hours(scope, 1, day=date(2026, 1, 30), now=NOW).series.points
        transaction.set_rollback(True)
    cells = [(at, measure, amount) for (of, pk, at, measure), amount in oracle.totals(events).items()
             if of == basis and pk == 1]  # fmt: skip

    def counted(name: str, first: datetime = JANUARY, last: datetime = NOW) -> Decimal:
        return sum((amount for at, measure, amount in cells if measure == name and first <= at < last), Decimal(0))

    for name in ("sends", "bounces", "opens", "unique_opens", "unique_clicks", "conversions", "revenue", "refunds"):
        assert whole.kpis.figures[name].value == counted(name), name
        for point in days:
            assert not isinstance(point.start, datetime)
            assert point.values[name] == counted(name, midnight(point.start), midnight(point.start + DAY)), name
        for point in hours:
            assert isinstance(point.start, datetime)
            assert point.values[name] == counted(name, point.start, point.start + timedelta(hours=1)), name
    assert [step.value for step in whole.funnel.steps] == [counted(step.name) for step in whole.funnel.steps]
    assert (whole.machine.opens, whole.machine.clicks) == (counted("machine_opens"), counted("machine_clicks"))


def test_no_more_statements_with_more_campaigns(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    first = campaign("c0")
    version()

    def fill(numbers: range) -> None:
        made = Campaign.objects.bulk_create(
            Campaign(external_id=f"c{number}", name=f"C{number}", channel="email") for number in numbers
        )
        for one in made:
            on_day(FIRST, one.pk, (Basis.SEND,), sends=one.pk)

    def ask() -> None:
        with snapshot():
            details(asked(compare="previous"), first.pk, now=NOW)
        with snapshot():
            drilldown.days(asked(), first.pk, now=NOW)
        with snapshot():
            drilldown.hours(asked(), first.pk, now=NOW)

    for numbers in (range(1, 5), range(5, 500)):
        fill(numbers)
        with django_assert_num_queries(28):
            ask()

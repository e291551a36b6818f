"""What must hold for any totals and any question."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.catalogue import METRICS, NAMES
from analytics.models.totals import Basis
from analytics.queries import kpis
from analytics.queries.answers import Values
from analytics.scope import BasisName, Compare, Grain, Period, Scope
from tests.analytics.totals import NOW, campaign, in_hour, midnight, on_day

pytestmark = pytest.mark.django_db
FIRST = date(2024, 2, 20)  # a leap year's February is among the days
ADDITIVE = tuple(metric.name for metric in METRICS if metric.additive)
HOURLY = tuple(metric.name for metric in METRICS if metric.additive and metric.has_hours)

counts = st.integers(0, 1000)
money = st.decimals(0, 10_000, places=2)
costs = st.decimals(-10_000, 10_000, places=2)
measures = st.fixed_dictionaries(
    {},
    optional={
        "sends": counts,
        "delivered": counts,
        "bounces": counts,
        "opens": counts,
        "unique_clicks": counts,
        "conversions": counts,
        "converters": counts,
        "revenue": money,
        "refunds": money,
    },
)
rows = st.dictionaries(
    st.tuples(st.integers(0, 40), st.integers(0, 3), st.sampled_from(Basis)), st.tuples(measures, costs), max_size=12
)
scopes = st.builds(
    Scope,
    period=st.builds(
        lambda offset, days: Period(FIRST + timedelta(offset), FIRST + timedelta(offset + days)),
        st.integers(-5, 35),
        st.integers(1, 31),
    ),
    time_zone=st.just("UTC"),
    currency=st.sampled_from(["USD", "JPY"]),
    compare=st.sampled_from(Compare),
    basis=st.sampled_from(BasisName),
    channels=st.sampled_from([(), ("email",), ("search", "email"), ("sms",)]),
    campaigns=st.sampled_from([(), ("spring",), ("ads", "autumn")]),
    grain=st.sampled_from(Grain),
)


def lay_down(found: dict[tuple[int, int, Basis], tuple[dict[str, Any], Decimal]], currency: str) -> None:
    """Days, and the same measures in an hour of each; whole units where the currency has no smaller one."""
    ids = [0, campaign("spring").id, campaign("ads", "search").id, campaign("autumn", reports_deliveries=False).id]
    for (offset, which, basis), (row, cost) in found.items():
        whole = {name: value if isinstance(value, int) else _in(value, currency) for name, value in row.items()}
        day = FIRST + timedelta(offset)
        on_day(day, ids[which], (basis,), **whole, cost=_in(cost, currency) if ids[which] else 0)
        in_hour(midnight(day) + timedelta(hours=offset % 24), ids[which], (basis,), **whole)


def _in(amount: Decimal, currency: str) -> Decimal:
    return amount if currency == "USD" else amount.to_integral_value()


def added(many: list[Values], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: sum(values[name] or 0 for values in many) for name in names}


@given(found=rows, scope=scopes)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_slots_channels_and_campaigns_add_up_to_the_kpis(
    found: dict[tuple[int, int, Basis], tuple[dict[str, Any], Decimal]], scope: Scope
) -> None:
    names = HOURLY if scope.grain is Grain.HOUR else ADDITIVE
    with transaction.atomic():
        lay_down(found, scope.currency)
        figures = kpis.summary(scope, now=NOW).figures
        whole = {name: kpi.value for name, kpi in figures.items()}
        points = kpis.timeseries(scope, names, now=NOW).points
        campaigns = kpis.by_campaign(scope, now=NOW)
        channels = kpis.by_channel(scope, now=NOW)
        transaction.set_rollback(True)
    additive = {name: whole[name] for name in names}
    assert added([point.values for point in points], names) == additive
    if scope.compared:
        before = {name: figures[name].previous for name in names}
        assert added([point.previous or {} for point in points], names) == before
    listed = [row.values for row in (*campaigns.rows, campaigns.unattributed) if row]
    assert added(listed, ADDITIVE) == added([row.values for row in channels.rows], ADDITIVE)
    assert added(listed, ADDITIVE) == {name: whole[name] for name in ADDITIVE}
    assert campaigns.total == channels.total == whole
    assert whole["attributed_revenue"] + whole["unattributed_revenue"] == whole["revenue"]  # type: ignore[operator]
    assert scope.filtered <= (whole["unattributed_revenue"] == 0)


@given(found=rows, scope=scopes)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_ratio_is_unknown_exactly_where_there_is_nothing_to_divide_by(
    found: dict[tuple[int, int, Basis], tuple[dict[str, Any], Decimal]], scope: Scope
) -> None:
    with transaction.atomic():
        lay_down(found, scope.currency)
        values = {name: kpi.value for name, kpi in kpis.summary(scope, NAMES, now=NOW).figures.items()}
        transaction.set_rollback(True)
    for metric in METRICS:
        if metric.bottom in values:
            assert (values[metric.name] is None) == ((values[metric.bottom] or 0) <= 0), metric.name

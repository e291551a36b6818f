from dataclasses import fields
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from analytics.catalogue import BY_NAME, METRICS, NAMES, Sums, Unit, compute
from analytics.catalogue.expressions import expression
from analytics.catalogue.sums import PARTS

pytestmark = pytest.mark.django_db
MONEY = {part.name for part in fields(Sums) if isinstance(part.default, Decimal)}

counts = st.integers(-3, 10**9)
amounts = st.decimals(-1000, 10**9, places=5)
sums = st.builds(
    Sums,
    **{part: amounts if part in MONEY else counts for part in PARTS if part not in ("cost", "platform_conversions")},
    cost=st.none() | amounts,
    platform_conversions=st.none() | counts,
)
HALVES = Sums(
    revenue=Decimal("0.125"),
    refunds=Decimal("-0.375"),
    cost=Decimal("1.005"),
    clicks=8,
    impressions=-1,
    sends=3,
    delivered=3,
)


def in_sql(parts: Sums, currency: str) -> dict[str, Any]:
    columns = ", ".join(f"%({part})s::{'numeric' if part in MONEY else 'bigint'} AS {part}" for part in PARTS)
    metrics = ", ".join(expression(name, currency) for name in NAMES)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {metrics} FROM (SELECT {columns}) AS summed", {part: getattr(parts, part) for part in PARTS}
        )
        return dict(zip(NAMES, cursor.fetchone(), strict=True))


@given(parts=sums, currency=st.sampled_from(["USD", "JPY", "KWD"]))
@example(parts=HALVES, currency="USD")
@example(parts=HALVES, currency="JPY")
@example(parts=Sums(), currency="USD")
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_postgresql_gives_what_python_computes(parts: Sums, currency: str) -> None:
    found = in_sql(parts, currency)
    for name, value in compute(parts, NAMES, currency).items():
        if value is None or BY_NAME[name].unit is not Unit.RATIO:
            assert found[name] == value, name
        else:
            assert float(found[name]) == pytest.approx(value, rel=1e-12, abs=1.1e-10), name


def test_every_part_of_the_catalogue_is_tried() -> None:
    assert {part for metric in METRICS for part in metric.parts} <= set(PARTS)
    assert {"revenue", "cost"} <= MONEY

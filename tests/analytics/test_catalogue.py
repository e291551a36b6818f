from decimal import Decimal

import pytest

from analytics.catalogue import BY_NAME, METRICS, NAMES, Better, Sums, Unit, compute
from analytics.catalogue.sums import EMPTY, EMPTY_HOUR, PARTS

PROMISED = """
sends delivered bounces opens unique_opens machine_opens clicks unique_clicks machine_clicks conversions converters
revenue attributed_revenue unattributed_revenue refunds unsubscribes complaints impressions cost platform_conversions
delivery_rate open_rate click_rate click_to_open_rate conversion_rate click_conversion_rate bounce_rate unsubscribe_rate
complaint_rate net_revenue aov revenue_per_recipient roas roi cpa cpc cpm
"""

A_MONTH = Sums(
    sends=1000,
    delivered=950,
    bounces=50,
    unique_opens=380,
    clicks=120,
    unique_clicks=95,
    unsubscribes=19,
    complaints=1,
    impressions=8000,
    conversions=22,
    converters=21,
    revenue=Decimal("2033.33"),
    refunds=Decimal("103.33"),
    attributed_conversions=20,
    attributed_converters=19,
    attributed_revenue=Decimal("2000.00"),
    attributed_refunds=Decimal("100.00"),
    conversion_base=950,
    message_unique_opens=380,
    message_unique_clicks=95,
    message_unsubscribes=19,
    message_complaints=1,
    message_revenue=Decimal("2000.00"),
    message_refunds=Decimal("100.00"),
    cost=Decimal("500.00"),
)

BY_HAND = {
    "delivery_rate": 0.95,
    "open_rate": 0.4,
    "click_rate": 0.1,
    "click_to_open_rate": 0.25,
    "conversion_rate": 0.02,
    "click_conversion_rate": 0.2,
    "bounce_rate": 0.05,
    "unsubscribe_rate": 0.02,
    "complaint_rate": 0.0010526316,
    "net_revenue": Decimal("1930.00"),
    "aov": Decimal("87.73"),
    "revenue_per_recipient": Decimal("2.00"),
    "roas": 3.8,
    "roi": 2.8,
    "cpa": Decimal("25.00"),
    "cpc": Decimal("4.17"),
    "cpm": Decimal("62.50"),
    "unattributed_revenue": Decimal("33.33"),
}


def test_every_promised_metric_is_in_the_catalogue_once() -> None:
    assert list(NAMES) == PROMISED.split()


@pytest.mark.parametrize("name", BY_HAND)
def test_a_metric_is_what_hand_and_paper_give(name: str) -> None:
    assert compute(A_MONTH, [name], "USD") == {name: BY_HAND[name]}


def test_nothing_divided_by_nothing_is_unknown_and_counts_of_nothing_are_zero() -> None:
    values = compute(EMPTY, NAMES, "USD")
    for metric in METRICS:
        assert (values[metric.name] is None) == bool(metric.bottom), metric.name


def test_a_rate_of_fewer_than_none_is_unknown() -> None:
    assert compute(Sums(sends=-1, delivered=-1, message_unique_opens=3), ["open_rate", "delivery_rate"], "USD") == {
        "open_rate": None,
        "delivery_rate": None,
    }


def test_by_the_hour_cost_and_all_that_is_computed_from_it_are_unknown() -> None:
    values = compute(EMPTY_HOUR + Sums(clicks=5, conversions=1, impressions=9), NAMES, "USD")
    unknown = {metric.name for metric in METRICS if not metric.has_hours}
    assert unknown == {"cost", "platform_conversions", "roas", "roi", "cpa", "cpc", "cpm"}
    assert all(values[name] is None for name in unknown)
    assert values["clicks"] == 5


def test_money_is_rounded_half_to_even_so_that_shown_parts_add_up() -> None:
    sums = Sums(revenue=Decimal("1.015"), attributed_revenue=Decimal("0.5149"), refunds=Decimal("0.005"))
    values = compute(sums, ["revenue", "attributed_revenue", "unattributed_revenue", "refunds", "net_revenue"], "USD")
    assert {name: str(value) for name, value in values.items()} == {
        "revenue": "1.02",
        "attributed_revenue": "0.51",
        "unattributed_revenue": "0.51",
        "refunds": "0.00",
        "net_revenue": "1.02",
    }


@pytest.mark.parametrize(("currency", "shown"), [("USD", "12.34"), ("JPY", "12"), ("KWD", "12.345")])
def test_money_has_the_decimals_of_its_currency(currency: str, shown: str) -> None:
    assert str(compute(Sums(cost=Decimal("12.345")), ["cost"], currency)["cost"]) == shown


def test_a_small_loss_is_no_negative_zero() -> None:
    assert str(compute(Sums(refunds=Decimal("0.004")), ["net_revenue"], "USD")["net_revenue"]) == "0.00"


def test_sums_add_up_part_by_part_and_the_unknown_stays_unknown() -> None:
    both = Sums(sends=1, cost=Decimal(2)) + Sums(sends=2, cost=None)
    assert (both.sends, both.cost) == (3, None)


def test_every_row_explains_itself_and_stands_on_known_parts() -> None:
    for metric in METRICS:
        assert metric.definition.endswith("."), metric.name
        assert metric.label
        assert metric.formula
        assert set(metric.parts) <= set(PARTS)
        assert metric.percent <= (metric.unit is Unit.RATIO)
    assert BY_NAME["bounce_rate"].better is Better.DOWN

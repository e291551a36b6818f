from datetime import date
from decimal import Decimal

import pytest

from analytics import presentation
from analytics.catalogue import BY_NAME, Value
from analytics.scope import Period

NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("metric", "value", "currency", "text"),
    [
        ("net_revenue", Decimal("184206.40"), "USD", "$184,206"),
        ("net_revenue", Decimal("999.90"), "USD", "$999.90"),
        ("net_revenue", Decimal("-1210.00"), "EUR", "−€1,210"),
        ("net_revenue", Decimal(0), "USD", "$0.00"),
        ("cost", Decimal("420"), "JPY", "¥420"),
        ("cost", Decimal("420.5"), "CHF", f"CHF{NBSP}420.50"),
        ("open_rate", 0.318, "USD", f"31.8{NBSP}%"),
        ("click_rate", 0.0462, "USD", f"4.62{NBSP}%"),
        ("delivery_rate", 1.0, "USD", f"100{NBSP}%"),
        ("roi", -0.28, "USD", f"−28.0{NBSP}%"),
        ("roas", 4.3101, "USD", "4.31"),
        ("roas", -0.001, "USD", "0.00"),
        ("sends", 412806, "USD", "412,806"),
        ("open_rate", None, "USD", "–"),
    ],
)
def test_a_figure_has_its_unit_and_no_more_digits_than_it_is_worth(
    metric: str, value: Value, currency: str, text: str
) -> None:
    assert presentation.figure(value, BY_NAME[metric], currency) == text


@pytest.mark.parametrize(
    ("metric", "value", "previous", "arrow", "text", "worth"),
    [
        ("net_revenue", Decimal(1124), Decimal(1000), "▲", f"12.4{NBSP}%", "good"),
        ("bounces", 110, 100, "▲", f"10.0{NBSP}%", "bad"),
        ("bounce_rate", 0.02, 0.03, "▼", f"1.00{NBSP}pp", "good"),
        ("open_rate", 0.318, 0.337, "▼", f"1.9{NBSP}pp", "bad"),
        ("click_rate", 0.0462, 0.0441, "▲", f"0.21{NBSP}pp", "good"),
        ("roas", 4.31, 3.93, "▲", "0.38", "good"),
        ("roas", 4.31, 4.31, "", "0.00", "flat"),
        ("sends", 5, 0, "", "–", "flat"),
        ("sends", 0, 0, "", f"0{NBSP}%", "flat"),
        ("open_rate", None, 0.3, "", "–", "flat"),
        ("open_rate", 0.3, None, "", "–", "flat"),
        ("cost", Decimal(2), Decimal(1), "▲", f"100.0{NBSP}%", "flat"),
        ("sends", 12, 10, "▲", f"20.0{NBSP}%", "flat"),
    ],
)
def test_a_change_says_direction_by_arrow_and_worth_by_colour(
    metric: str, value: Value, previous: Value, arrow: str, text: str, worth: str
) -> None:
    change = presentation.change(value, previous, BY_NAME[metric])
    assert (change.arrow, change.text, change.worth) == (arrow, text, worth)


def test_a_column_of_money_has_the_same_decimals_all_down() -> None:
    assert presentation.money_places([Decimal(12), None, Decimal(-4000)], "USD") == 0
    assert presentation.money_places([Decimal(12), None], "USD") == 2


def test_a_period_names_its_last_day() -> None:
    assert presentation.days(Period(date(2026, 10, 25), date(2026, 11, 24))) == "25 Oct – 23 Nov 2026 (30 days)"
    assert presentation.days(Period(date(2025, 12, 31), date(2026, 1, 2))) == "31 Dec 2025 – 1 Jan 2026 (2 days)"
    assert presentation.days(Period(date(2026, 10, 1), date(2026, 10, 2))) == "1 Oct 2026"


def test_an_age_is_told_in_the_largest_unit_that_says_enough() -> None:
    ages = [presentation.ago(seconds) for seconds in (-1, 12, 300, 7200, 200_000)]
    assert ages == [f"0{NBSP}s", f"12{NBSP}s", f"5{NBSP}min", f"2{NBSP}h", f"2{NBSP}days"]

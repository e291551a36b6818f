"""What is said of an effect is true as often as it claims, and chance that goes by itself is no effect."""

from dataclasses import replace
from datetime import date, timedelta
from math import exp, log
from typing import Any

import numpy
import pytest
from numpy.random import Generator

from recommendations.findings import Better, Plan
from recommendations.measuring import measure
from recommendations.models import MEASURED
from recommendations.snapshot import Day
from recommendations.verdicts import Design, Outcome, Series, Verdict

FIRST, DAYS = date(2026, 9, 1), 28
SAME, OTHERS = Design(DAYS, DAYS, True, True), Design(DAYS, DAYS, False, True)
OPENS = Plan("open_rate", Better.HIGHER, DAYS, 100, "others")
COMPLAINTS = Plan("complaint_rate", Better.LOWER, DAYS, 100, "others")


def days(rng: Generator, rate: float, messages: int, start: int, top: str = "unique_opens") -> tuple[Day, ...]:
    counts = rng.poisson(messages, DAYS)
    return tuple(
        Day(FIRST + timedelta(start + n), sends=int(m), delivered=int(m), **{top: int(rng.binomial(m, rate))})
        for n, m in enumerate(counts)
    )


def company(
    rng: Generator, others: int, messages: int, effect: float = 0.0, apart: float = 0.2, drift: float = 0.0
) -> list[Series]:
    """Campaigns that differ by `apart`, and in what becomes of them by `drift`; the first is treated."""
    rates = [min(0.9, 0.3 * exp(apart * rng.normal())) for _ in range(others + 1)]
    return [
        Series(
            number,
            days(rng, rate, messages, 0),
            days(rng, rate * 0.95 * exp(drift * rng.normal()) * (1 if number else 1 + effect), messages, DAYS),
        )
        for number, rate in enumerate(rates)
    ]


def covered(found: list[Outcome], truth: float) -> float:
    told = [one.effect for one in found if one.effect]
    return sum(effect.low <= truth <= effect.high for effect in told) / len(told)


@pytest.mark.parametrize(("effect", "drift"), [(0.0, 0.0), (0.0, 0.1), (0.2, 0.1)])
@pytest.mark.parametrize("design", [SAME, OTHERS])
def test_the_interval_holds_the_truth_as_often_as_it_claims(effect: float, design: Design, drift: float) -> None:
    rng = numpy.random.default_rng(3)
    found = []
    for _ in range(200):
        treated, *controls = company(rng, 6, 60, effect, drift=drift)
        found.append(measure(treated, controls, OPENS, design))
    assert covered(found, effect) >= 0.9
    if not effect:
        assert sum(one.verdict is Verdict.BETTER for one in found) <= 10


@pytest.mark.parametrize(("apart", "messages"), [(0.0, 40), (0.05, 40), (0.05, 8), (0.2, 40)])
def test_the_lowest_of_many_does_not_come_out_better_for_coming_back_by_itself(apart: float, messages: int) -> None:
    rng = numpy.random.default_rng(4)
    said = []
    for _ in range(100):
        all_ = company(rng, 12, messages, apart=apart)
        lowest = min(all_, key=lambda one: _rate(one.before))
        said.append(measure(lowest, [one for one in all_ if one is not lowest], OPENS, OTHERS).verdict)
    assert said.count(Verdict.BETTER) <= 5


def _rate(days: tuple[Day, ...]) -> float:
    return sum(day.unique_opens for day in days) / sum(day.delivered for day in days)


def test_an_effect_of_a_fifth_is_told_where_there_is_enough_and_it_is_what_it_is_worth() -> None:
    rng = numpy.random.default_rng(5)
    treated, *controls = company(rng, 6, 500, 0.2)
    sold = tuple(
        replace(day, converters=day.unique_opens // 20, revenue=2.0 * day.unique_opens) for day in treated.before
    )
    found = measure(replace(treated, before=sold), controls, OPENS, SAME)
    assert found.verdict is Verdict.BETTER
    assert found.expected_change == pytest.approx(-0.05, abs=0.03)
    assert found.effect is not None
    assert found.effect.mid == pytest.approx(0.2, abs=0.05)
    assert found.money is not None  # of 15,000 messages in 30 days a fifth of those who would have opened, at 2.00 each
    assert found.money.mid == pytest.approx(15_000 * _rate(treated.after) * (1 - 1 / 1.2) * 2, rel=0.2)
    assert found.why.startswith("Against what was to be expected open rate changed by +")
    assert (found.against, found.controls) == ("campaigns of its channel with the same finding that were left alone", 6)


def test_fewer_complaints_are_better_also_none_at_all() -> None:
    rng = numpy.random.default_rng(6)
    all_ = [
        Series(n, days(rng, 0.004, 1000, 0, "complaints"), days(rng, 0.004 * bool(n), 1000, DAYS, "complaints"))
        for n in range(6)
    ]
    found = measure(all_[0], all_[1:], COMPLAINTS, SAME)
    assert found.verdict is Verdict.BETTER
    assert found.effect is not None
    assert found.effect.high < -0.8
    assert found.after == 0
    assert found.money is None


def test_no_difference_is_said_of_a_narrow_interval_alone() -> None:
    rng = numpy.random.default_rng(7)
    treated, *controls = company(rng, 10, 3000)
    assert measure(treated, controls, OPENS, SAME).verdict is Verdict.NO_DIFFERENCE


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"controls": 2}, "Only 2 other campaigns"),
        ({"plan": replace(OPENS, minimum=10**6)}, "of fewer than 1,000,000 nobody can tell"),
        ({"after": ()}, "There was no delivered before or none after"),
    ],
)
def test_what_cannot_be_told_says_why(changed: dict[str, Any], why: str) -> None:
    treated, *controls = company(numpy.random.default_rng(8), 6, 60)
    treated = replace(treated, after=changed.get("after", treated.after))
    found = measure(treated, controls[: changed.get("controls")], changed.get("plan", OPENS), SAME)
    assert found.verdict is Verdict.CANNOT_TELL
    assert why in found.why
    assert found.effect is None


def shop(rng: Generator, number: int, orders: tuple[float, float], spend: tuple[float, float]) -> Series:
    """A campaign of ads: orders of some 80 a day, and what it costs a day, before and after."""

    def period(place: int) -> tuple[Day, ...]:
        found = []
        for n in range(DAYS):
            sold = int(rng.poisson(orders[place]))
            money = float(rng.lognormal(log(80) - 0.245, 0.7, sold).sum())
            found.append(Day(FIRST + timedelta(place * DAYS + n), converters=sold, revenue=money, cost=spend[place]))
        return tuple(day for day in found if day.cost or day.converters)

    return Series(number, period(0), period(1))


ADS = Design(DAYS, DAYS, False, False)


@pytest.mark.parametrize(
    ("metric", "orders", "spend", "verdict"),
    [
        ("cost", (0.5, 0.0), (200, 0), Verdict.BETTER),  # lost 160 a day, stopped
        ("roas", (0.5, 0.4), (200, 100), Verdict.BETTER),
        ("cost", (12.0, 0.0), (200, 0), Verdict.WORSE),  # stopped what brought in 960 a day
        ("net_revenue", (12.0, 21.0), (200, 400), Verdict.BETTER),
        ("net_revenue", (2.6, 2.6), (200, 400), Verdict.WORSE),
    ],
)
def test_money_is_judged_by_what_is_left(
    metric: str, orders: tuple[float, float], spend: tuple[float, float], verdict: Verdict
) -> None:
    rng = numpy.random.default_rng(9)
    controls = [shop(rng, n, (n, n), (100, 100)) for n in (4, 5, 6, 7, 8)]
    found = measure(shop(rng, 0, orders, spend), controls, Plan(metric, Better.HIGHER, DAYS, 1, ""), ADS)
    left = 80 * (orders[1] - orders[0]) - (spend[1] - spend[0])
    assert found.verdict is verdict
    assert found.money is not None
    assert found.money.low <= 30 * left <= found.money.high
    assert found.effect is None


@pytest.mark.parametrize(("orders", "spend"), [((12.0, 0.0), (200, 0)), ((12.0, 6.0), (200, 100))])
def test_a_winner_that_ended_or_was_repeated_elsewhere_is_not_held_against_its_rule(
    orders: tuple[float, float], spend: tuple[float, float]
) -> None:
    rng = numpy.random.default_rng(9)
    controls = [shop(rng, n, (n, n), (100, 100)) for n in (4, 5, 6, 7, 8)]
    plan = Plan("net_revenue", Better.HIGHER, DAYS, 1, "")
    found = measure(shop(rng, 0, orders, spend), controls, plan, ADS)
    assert found.verdict is Verdict.CANNOT_TELL
    assert "more was not spent" in found.why
    assert found.money is None


def test_of_money_the_interval_holds_the_truth_as_often_as_it_claims() -> None:
    rng = numpy.random.default_rng(10)
    held = 0
    for _ in range(100):
        controls = [shop(rng, n, (n, n), (100, 100)) for n in (4, 6, 8, 10)]
        found = measure(shop(rng, 0, (3, 2), (150, 75)), controls, Plan("roas", Better.HIGHER, DAYS, 1, ""), ADS)
        assert found.money is not None
        held += found.money.low <= 30 * (75 - 80) <= found.money.high
    assert held >= 90


def test_where_nobody_sells_anything_sales_tell_nothing() -> None:
    rng = numpy.random.default_rng(11)
    all_ = [shop(rng, n, (0, 0), (100, 100)) for n in range(6)]
    found = measure(all_[0], all_[1:], Plan("roas", Better.HIGHER, DAYS, 1, ""), ADS)
    assert found.verdict is Verdict.CANNOT_TELL


def test_verdicts_are_states() -> None:
    assert {verdict.value for verdict in Verdict} == {state.value for state in MEASURED}

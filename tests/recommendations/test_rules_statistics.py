"""Ratios with their intervals, and the factors of a score."""

from math import exp

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommendations.findings import Better
from recommendations.norms import Norms
from recommendations.scoring import adequacy, base, plan, stability
from recommendations.statistics import (
    Sample,
    Usual,
    estimate,
    gap,
    highest_sum,
    needed,
    number,
    sample,
    share,
    t_quantile,
    usual,
)

from .snapshots import Truth, drawn, snapshot

COUNTS = st.integers(0, 10**9)
DAYS = st.lists(st.tuples(COUNTS, COUNTS), min_size=1, max_size=28)
SMALL_DAYS = st.lists(st.integers(1, 5_000).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))), min_size=1)
AROUND = st.builds(Usual, st.floats(0, 4), st.sampled_from([0.0, 7.0]))


def seen(days: list[tuple[int, int]]) -> Sample:
    found = sample(days)
    assert found is not None
    return found


@given(DAYS, AROUND)
def test_an_interval_has_its_value_inside(days: list[tuple[int, int]], around: Usual) -> None:
    found = sample(days)
    if found is None:
        assert sum(x for x, _ in days) == 0
        return
    one = estimate(found, around)
    assert 0 <= one.low <= one.value <= one.high
    assert one.error > 0


@given(SMALL_DAYS, st.integers(2, 50))
def test_more_of_the_same_days_is_never_less_certain(days: list[tuple[int, int]], times: int) -> None:
    around = Usual(0.04, 7.0)
    few, many = seen(days), seen([(x * times, y * times) for x, y in days])
    assert estimate(many, around).error <= estimate(few, around).error * (1 + 1e-9)


@given(st.floats(1e-3, 1e6), st.floats(1, 1e9), st.floats(1e-3, 1e9))
def test_more_data_is_never_less_adequate(error: float, bottom: float, more: float) -> None:
    enough = needed(error, bottom, 2.0)
    assert 0 <= adequacy(bottom, enough) <= adequacy(bottom + more, enough) <= 1


@given(st.floats(-1e12, 1e12), st.floats(-1e12, 1e12))
def test_the_size_of_a_matter_is_between_nothing_and_all(value: float, bar: float) -> None:
    assert 0 <= base(value, bar) <= 1
    assert base(bar, bar) == 0


def test_of_half_or_twice_the_bar_the_size_is_a_half() -> None:
    assert base(1, 2) == base(2, 1) == 0.5


def test_an_interval_holds_the_truth_as_often_as_it_says_though_days_differ() -> None:
    rng, truth = np.random.default_rng(4), Truth(messages=4_000, uneven=0.3)
    world = snapshot(*(drawn(rng, truth) for _ in range(300)))
    around = Norms(world)
    found = [around.estimate(campaign, "open_rate") for campaign in world.campaigns]
    held = [one.low <= truth.open <= one.high for one in found if one]
    assert len(held) == 300
    assert 0.92 <= sum(held) / 300 <= 0.985


def test_one_day_is_judged_by_what_is_usual_around_and_alone_not_at_all() -> None:
    one = seen([(1_000, 300)])
    alone = estimate(one, Usual())
    assert (alone.low, alone.degrees) == (0.0, 0.0)
    usually = estimate(one, Usual(0.04, 7.0))
    assert 0.15 < usually.low < 0.3 < usually.high < 0.5


def test_what_days_differ_by_is_found_again() -> None:
    rng = np.random.default_rng(5)
    rates = 0.3 * rng.lognormal(0, 0.25, (50, 28))
    samples = [seen([(2_000, int(rng.binomial(2_000, min(rate, 1)))) for rate in days]) for days in rates]
    assert usual(samples).uneven == pytest.approx(0.25**2, rel=0.2)


def test_exact_bounds_are_those_of_the_tables() -> None:
    assert share(0, 100) == (0.0, pytest.approx(0.0362, abs=1e-4))
    assert share(5, 100) == (pytest.approx(0.0164, abs=1e-4), pytest.approx(0.1128, abs=1e-4))
    assert number(0) == (0.0, pytest.approx(3.689, abs=1e-3))
    assert number(10) == (pytest.approx(4.795, abs=1e-3), pytest.approx(18.39, abs=1e-2))
    assert t_quantile(3) == pytest.approx(3.182, abs=1e-3)


def test_the_gap_of_two_estimates_is_wider_than_either() -> None:
    one, other = (estimate(seen([(1_000, opens)] * 28), Usual(0.0, 7.0)) for opens in (200, 400))
    low, high = gap(one, other)
    assert exp(low) < 0.5 < exp(high)
    assert high - low > max(2 * 2.03 * each.error for each in (one, other))


def test_of_more_refunds_than_sales_the_bound_may_be_below_zero() -> None:
    assert highest_sum([-100.0, -110.0, -90.0, -100.0]) < -300
    assert highest_sum([-100.0, 110.0, -90.0]) > 0


def test_weeks_that_agree_make_it_steady() -> None:
    rng = np.random.default_rng(6)
    world = snapshot(drawn(rng, Truth()), drawn(rng, Truth(days=7)))
    around = Norms(world)
    four, one = (around.weeks(campaign, "open_rate") for campaign in world.campaigns)
    assert (len(four), len(one)) == (4, 1)
    assert stability(four, lambda rate: rate > 0.2) == pytest.approx(5 / 6)
    assert stability(four, lambda rate: rate > 0.9) == pytest.approx(1 / 6)
    assert stability(one, lambda rate: rate > 0.2) == pytest.approx(2 / 3)


@pytest.mark.parametrize(("pace", "days"), [(1_000, 14), (50, 21), (1, 28), (0, 28)])
def test_a_plan_lasts_whole_weeks_until_there_is_enough(pace: float, days: int) -> None:
    assert plan("open_rate", Better.HIGHER, 1_000, pace).days == days
    assert plan("open_rate", Better.HIGHER, 1_000, pace).minimum == 1_000


def test_a_norm_leaves_the_campaign_itself_out_as_if_it_were_not_there() -> None:
    rng = np.random.default_rng(7)
    campaigns = [drawn(rng, Truth(open=rate, messages=3_000)) for rate in (0.2, 0.3, 0.4, 0.35, 0.05)]
    whole, rest = Norms(snapshot(*campaigns)), Norms(snapshot(*campaigns[:4]))
    norm = whole.others(snapshot(*campaigns).campaigns[4], "open_rate")
    assert norm is not None
    assert norm.peers == 4
    logs = [np.log(rest.estimate(one, "open_rate").value) for one in snapshot(*campaigns[:4]).campaigns]  # type: ignore[union-attr]
    assert np.log(norm.mean.value) == pytest.approx(np.mean(logs), abs=0.03)
    assert norm.spread == pytest.approx(np.std(logs, ddof=1), rel=0.15)

"""What is said by people held out is true as often as it claims; season and luck are no effect. `make bench-rules`
asks more.
"""

from dataclasses import replace
from typing import Any

import numpy
import pytest

from recommendations.findings import Better, Plan
from recommendations.holdout import LEAST, Held, measure_held, too_small
from recommendations.verdicts import Group, Outcome, Verdict

from .arms import DAYS, DESIGN, KINDS, OUT, Kind, Trial, Truth, drawn, judged, trial

SEEDS = 20
CONVERT = "click_conversion_rate"


@pytest.fixture(scope="module", params=KINDS, ids=[kind.name for kind in KINDS])
def trials(request: pytest.FixtureRequest) -> list[Trial]:
    kind: Kind = request.param
    return [trial(seed, (kind,)) for seed in range(SEEDS)]


def said(outcomes: list[Outcome], verdict: Verdict) -> int:
    return sum(one.verdict is verdict for one in outcomes)


def test_the_planted_effect_lies_in_its_interval(trials: list[Trial]) -> None:
    found = [one.kind.found(one.effect) for one in trials]
    true = [one.kind.true(one.truth) for one in trials]
    assert sum(by is not None and by.low <= is_ <= by.high for by, is_ in zip(found, true, strict=True)) >= 0.9 * SEEDS
    assert said([one.effect for one in trials], Verdict.BETTER) >= 0.4 * SEEDS
    assert not said([one.effect for one in trials], Verdict.WORSE)


def test_what_does_as_much_good_as_harm_does_not_come_out_better(trials: list[Trial]) -> None:
    assert said([one.placebo for one in trials], Verdict.BETTER) <= 0.05 * SEEDS


def test_luck_that_it_was_picked_for_goes_by_itself_and_is_no_effect(trials: list[Trial]) -> None:
    """The worst of twelve before; of what was picked for shining the best, which is not to come out worse."""
    wrong = Verdict.WORSE if trials[0].kind.metric == "net_revenue" else Verdict.BETTER
    assert said([one.picked for one in trials], wrong) <= 0.05 * SEEDS


@pytest.mark.parametrize("out", OUT)
@pytest.mark.parametrize("season", [0.6, 2.0])
def test_a_season_is_no_effect(season: float, out: float) -> None:
    rng = numpy.random.default_rng(2)
    truth = Truth(people=(900, 900), out=out, season=season, weather=0.3)
    found = [judged(CONVERT, *drawn(rng, truth)) for _ in range(40)]
    assert sum(one.verdict is Verdict.CANNOT_TELL for one in found) >= 36
    assert all(one.expected_change is not None for one in found)
    assert sum(one.expected_change or 0 for one in found) / 40 == pytest.approx(season - 1, abs=0.15)


def test_what_is_said_names_whom_it_was_compared_with_and_how_many_they_were() -> None:
    truth = Truth(people=(4_000, 4_000), out=0.5, lift=(0.2, 0.9))
    treated, held = drawn(numpy.random.default_rng(3), truth)
    found = judged(CONVERT, treated, held)
    people = [sum(day.people for day in period if day.held_out) for period in (held.before, held.after)]
    assert found.verdict is Verdict.BETTER
    assert found.why.startswith("Against what was to be expected how many convert within 14 days changed by +")
    assert (
        found.against == f"people of its own audience whom it holds out, {people[0]:,} before and {people[1]:,} after"
    )
    assert found.controls == sum(people)
    assert found.because.startswith("They are of the same audience, drawn by chance")
    assert found.arms is not None
    assert found.arms.held_after.people == people[1]
    assert found.arms.change is not None
    assert found.arms.change.mid == pytest.approx(truth.change, abs=0.15)
    assert found.effect is None  # of another rate than the promise
    assert found.money is not None
    assert found.money.mid == pytest.approx(4_000 * 0.5 * 30 * 0.05 * 0.7 * 80, rel=0.25)


def test_no_difference_is_said_of_a_narrow_interval_alone() -> None:
    rng = numpy.random.default_rng(4)
    found = judged(CONVERT, *drawn(rng, Truth(people=(40_000, 40_000), out=0.5, rate=0.2, weather=0.02)))
    assert found.verdict is Verdict.NO_DIFFERENCE


def test_of_a_stopped_campaign_what_it_brought_in_more_is_given_up() -> None:
    truth = Truth(people=(2_000, 0), out=0.5, lift=(1.0, 0.0), cost=(200, 0))
    found = judged("cost", *drawn(numpy.random.default_rng(5), truth))
    assert found.verdict is Verdict.WORSE  # it cost 200 a day and brought in 4,000 more
    assert found.money is not None
    assert found.money.mid == pytest.approx(truth.gain, rel=0.15)
    assert found.expected_change is None


def test_fewer_than_five_are_not_shown() -> None:
    treated, held = drawn(numpy.random.default_rng(6), Truth(people=(4_000, 0)))
    gone = replace(held.before[0], people=4, converters=1)
    found = measure_held(treated, replace(held, after=(gone,)), Plan(CONVERT, Better.HIGHER, DAYS, 1, ""), DESIGN)
    assert found.arms is not None
    assert found.arms.written_after == Group(None, None)


class TestWhenTheHoldoutDecides:
    """Settled by how many there are, whatever comes out."""

    def held(self, **truth: Any) -> Held:
        return drawn(numpy.random.default_rng(7), Truth(**truth))[1]

    def test_enough_in_each_arm_and_period_by_what_all_did(self) -> None:
        held = self.held(people=(800, 800), out=0.1, weather=0.0)
        assert too_small(held) == ""
        smallest = sum(day.people for day in held.before if day.held_out)
        unlucky = tuple(replace(day, converters=0) if day.held_out else day for day in held.before)
        assert smallest * 0.05 > LEAST
        assert too_small(replace(held, before=unlucky)) == ""  # no arm's own luck decides

    def test_too_few_says_how_few(self) -> None:
        why = too_small(self.held(people=(200, 200), out=0.1))
        assert why.startswith("It holds people out, but too few: ")
        assert why.endswith(" of the smallest group were to convert within 14 days, and 50 are needed.")
        assert "fewer than 5 of" in too_small(self.held(people=(20, 20), out=0.1))

    def test_one_arm_alone_is_none(self) -> None:
        held = self.held()
        nobody = tuple(day for day in held.after if not day.held_out)
        assert "fewer than 5 of" in too_small(replace(held, after=nobody))

    def test_of_a_stopped_campaign_the_days_before_do(self) -> None:
        assert too_small(self.held(people=(800, 0))) == ""

    def test_a_few_days_of_assignment_are_too_few(self) -> None:
        held = self.held(people=(20_000, 20_000))
        three = tuple(day for day in held.before if day.day in {one.day for one in held.before[:6]})
        assert "on too few days" in too_small(replace(held, before=three))


@pytest.mark.parametrize(
    ("metric", "truth", "why"),
    [
        ("roas", Truth(cost=(0, 10)), "There was no cost before."),
        ("net_revenue", Truth(people=(800, 900), cost=(200, 150)), "more was not spent"),
        (CONVERT, Truth(people=(800, 0)), "Nobody was written to any more"),
    ],
)
def test_what_cannot_be_told_says_why(metric: str, truth: Truth, why: str) -> None:
    found = judged(metric, *drawn(numpy.random.default_rng(8), truth))
    assert found.verdict is Verdict.CANNOT_TELL
    assert why in found.why
    assert found.money is None


def test_where_nobody_spends_anything_sales_tell_nothing() -> None:
    treated, held = drawn(numpy.random.default_rng(9), Truth())
    free = tuple(replace(day, revenue=0.0, squares=0.0) for day in held.before)
    found = judged("roas", treated, replace(held, before=free))
    assert found.verdict is Verdict.CANNOT_TELL
    assert "sales tell nothing" in found.why

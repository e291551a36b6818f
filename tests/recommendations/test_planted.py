"""What was planted is found again as often as intervals promise; what was not is not. `make bench-rules` asks more."""

import pytest

from recommendations.verdicts import Verdict
from tests.recommendations.trials import EFFECT, Trial, trial

SEEDS = 20


@pytest.fixture(scope="module")
def trials() -> list[Trial]:
    return [trial(seed) for seed in range(SEEDS)]


def test_the_planted_effect_lies_in_its_interval(trials: list[Trial]) -> None:
    found = [one.effect.effect for one in trials if one.effect.effect]
    assert len(found) == SEEDS
    assert sum(effect.low <= EFFECT <= effect.high for effect in found) >= 0.9 * SEEDS


def test_most_effects_of_a_fifth_are_told_and_none_the_wrong_way(trials: list[Trial]) -> None:
    said = [one.effect.verdict for one in trials]
    assert said.count(Verdict.BETTER) >= 0.8 * SEEDS
    assert Verdict.WORSE not in said


def test_a_campaign_of_which_nothing_was_changed_does_not_come_out_better(trials: list[Trial]) -> None:
    said = [one.placebo.verdict for one in trials]
    assert said.count(Verdict.BETTER) <= 0.05 * SEEDS

"""How an objective stands by what was counted. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from .counts import Counted
from .objectives import Objective, steps

HIGH = 0.95  # the percentile that is told


class Standing(StrEnum):
    """Its value is the word for it."""

    MET = "met"
    MISSED = "missed"
    FEW = "too few to tell"
    UNKNOWN = "nothing to judge"


@dataclass(frozen=True, slots=True)
class Level:
    """An objective over a window. Shares are of `all`; `None` where nothing was asked.

    `p95` is a bound in seconds that 95 % of what was answered kept to: the upper end of the step that the percentile
    falls into, infinite above the last. `left` is the share of the error budget that is left: 1 when nothing was bad,
    0 when as much was bad as may be, below 0 when more was. Of so few that none may be bad, a miss tells nothing.
    """

    objective: Objective
    all: int
    bad: int
    share: float | None = None
    share_ours: float | None = None
    p95: float | None = None
    left: float | None = None

    @property
    def standing(self) -> Standing:
        if self.share is None:
            return Standing.UNKNOWN
        if self.share >= self.objective.target:
            return Standing.MET
        return Standing.FEW if self.all * (1 - self.objective.target) < 1 else Standing.MISSED


def judge(objective: Objective, counted: Counted) -> Level:
    """By steps: what is good is in those up to the objective's bound."""
    bounds, answered = steps(objective.series), sum(counted.counts)
    every = answered + counted.bad
    good = _within(counted.counts, bounds, objective.within)
    ours = None if objective.ours is None or not every else _within(counted.counts, bounds, objective.ours) / every
    p95 = _percentile(counted.counts, bounds) if objective.within is not None and answered else None
    return _level(objective, good, every, ours, p95)


def judge_minutes(objective: Objective, served: int, known: int) -> Level:
    """By minutes: those served of those there were since somebody first served."""
    return _level(objective, min(served, known), known)


def _level(objective: Objective, good: int, every: int, ours: float | None = None, p95: float | None = None) -> Level:
    if not every:
        return Level(objective, 0, 0)
    bad = every - good
    left = 1 - bad / (every * (1 - objective.target))
    return Level(objective, every, bad, good / every, ours, p95, left)


def _within(counts: Sequence[int], bounds: Sequence[float], bound: float | None) -> int:
    return sum(counts) if bound is None else sum(counts[: bounds.index(bound) + 1])


def _percentile(counts: Sequence[int], bounds: Sequence[float]) -> float:
    wanted, seen = HIGH * sum(counts), 0
    for count, bound in zip(counts, bounds, strict=False):
        seen += count
        if seen >= wanted:
            return bound
    return float("inf")

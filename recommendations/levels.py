"""Rates on the log scale, each with its variance and how well that is known, added, subtracted and pooled. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, floor, inf, log, sqrt

from .findings import Range
from .statistics import FEW, ORDERS, Sample, Usual, estimate, t_quantile

STEPS = 60  # of halving, far below any error


@dataclass(frozen=True, slots=True)
class Level:
    """An estimate of a logarithm, or any other, with the degrees of freedom of its variance (Satterthwaite)."""

    mid: float
    variance: float
    degrees: float

    def plus(self, other: "Level") -> "Level":
        return _combined(self.mid + other.mid, self, other)

    def minus(self, other: "Level") -> "Level":
        return _combined(self.mid - other.mid, self, other)

    @property
    def range(self) -> Range:
        """Its 95 % interval."""
        wide = t_quantile(floor(min(self.degrees, 1e6))) * sqrt(self.variance) if self.variance else 0.0
        return Range(self.mid - wide, self.mid, self.mid + wide)


def _combined(mid: float, one: Level, other: Level) -> Level:
    total = one.variance + other.variance
    if min(one.degrees, other.degrees) <= 0:
        return Level(mid, total, 0.0)
    loose = sum(level.variance**2 / level.degrees for level in (one, other))
    return Level(mid, total, total * total / loose if loose else inf)


def level(one: Sample, around: Usual, order: float = 0.0) -> Level:
    """The logarithm of a ratio. Half an event more keeps it finite and nearly unbiased where events are few (Gart
    1966); `order` is what an event is worth where the ratio is one of money.
    """
    found = estimate(one, around)
    half = order / 2 if order else 0.5
    variance = found.error**2
    if one.events < FEW:
        variance = max(variance, (ORDERS if order else 1) / (one.events + 0.5))
    return Level(log((max(one.top, 0.0) + half) / one.bottom), variance, found.degrees)


def pooled(levels: Sequence[Level]) -> tuple[Level, float]:
    """Their mean, and the variance between them beyond their own: random effects (Paule and Mandel 1982)."""
    between = _between(levels)
    weights = [1 / (one.variance + between) for one in levels]
    total = sum(weights)
    mid = sum(weight * one.mid for weight, one in zip(weights, levels, strict=True)) / total
    return Level(mid, 1 / total, len(levels) - 1), between


def _between(levels: Sequence[Level]) -> float:
    """So much that the weighted squares around the mean are as large as they would be in half of all cases: by the
    median, for by the mean it is nothing too often where levels are few (Viechtbauer 2021).
    """
    degrees = len(levels) - 1
    usual = degrees * (1 - 2 / (9 * degrees)) ** 3  # the median of a chi-square (Wilson and Hilferty 1931)
    low, high = 0.0, sum((one.mid - levels[0].mid) ** 2 for one in levels)
    if _squares(levels, 0.0) <= usual:
        return 0.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if _squares(levels, middle) > usual else (low, middle)
    return high


def _squares(levels: Sequence[Level], between: float) -> float:
    weights = [1 / (one.variance + between) for one in levels]
    mid = sum(weight * one.mid for weight, one in zip(weights, levels, strict=True)) / sum(weights)
    return sum(weight * (one.mid - mid) ** 2 for weight, one in zip(weights, levels, strict=True))


def factor(logarithm: float) -> float:
    """`exp`, without end where that is what it comes to."""
    return exp(logarithm) if logarithm < 700 else inf

"""Two kinds of messages matched to each other: by how much one surely does better, and what each has. Pure.

The quotient of their matched rates is that of Mantel and Haenszel (1959), which holds however many strata there are
and however small: each may be one person. Its variance is that of Greenland and Robins (1985, "Estimation of a common
effect parameter from sparse follow-up data"), never less than what people differ by (each is a cluster, for whoever
clicks once clicks again), and on top what days differ by: all that left on one shares its weather and its subject.
"""

from dataclasses import dataclass
from math import exp, floor, inf, log, sqrt

from analytics.history import Matched

from .statistics import FEW, TAIL, t_quantile


@dataclass(frozen=True, slots=True)
class Days:
    """What days differ by beyond chance, as a relative variance, known by so many degrees of freedom. Nothing where
    both kinds are of the same days.
    """

    differ: float = 0.0
    degrees: float = inf


SAME_DAYS = Days()
SEEN = 3  # of the outcome on either side


@dataclass(frozen=True, slots=True)
class Quotient:
    """The logarithm of the quotient of the matched rates, with its bounds; `error` is its standard error."""

    low: float
    mid: float
    high: float
    error: float

    @property
    def likely(self) -> float:
        """The best of many looks better than it is, so what is likely lies between its lesser end and what was seen."""
        least = self.low if self.mid > 0 else self.high
        return (least + self.mid) / 2


def tells(matched: Matched) -> bool:
    """Whether enough of the outcome were to be expected on both sides if they did not differ, so that luck does not
    choose who is compared, and some were seen: without any a quotient has no logarithm.
    """
    hits = matched.hits + matched.other_hits
    lesser = min(matched.messages, matched.others) / (matched.messages + matched.others)
    return hits * lesser >= FEW and min(matched.hits, matched.other_hits) >= SEEN


def quotient(matched: Matched, days: Days = SAME_DAYS, tail: float = TAIL) -> Quotient:
    """Of one that `tells`; 95 % without another `tail`."""
    top, other = matched.weighted, matched.other_weighted
    people = (matched.squares / top**2 - 2 * matched.products / (top * other) + matched.other_squares / other**2) * (
        matched.people / (matched.people - 1)
    )
    variance = max(matched.chance / (top * other), people) + days.differ * (1 / matched.days + 1 / matched.other_days)
    mid, error = log(top / other), sqrt(max(variance, 0.0))
    wide = _wide(matched, days, tail) * error
    return Quotient(mid - wide, mid, mid + wide, error)


def rates(matched: Matched, days: Days = SAME_DAYS) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Both matched rates, each with its 95 % interval: value, low, high."""
    wide = _wide(matched, days, TAIL)

    def interval(top: float, squares: float, effective: float) -> tuple[float, float, float]:
        rate, reach = top / matched.weight, exp(min(wide * sqrt(squares / top**2 + days.differ / effective), 700.0))
        return rate, rate / reach, min(1.0, rate * reach)

    return (
        interval(matched.weighted, matched.squares, matched.days),
        interval(matched.other_weighted, matched.other_squares, matched.other_days),
    )


def _wide(matched: Matched, days: Days, tail: float) -> float:
    return t_quantile(floor(min(days.degrees, matched.people - 1)), tail)

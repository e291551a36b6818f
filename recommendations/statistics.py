"""Ratios of sums of days, and how far they can be trusted. Pure.

Messages of one day share its weather, its subject, its audience, so days are clusters: the variance of a ratio is that
of its days' residuals (Taylor's linearization of the ratio estimator, Cochran, *Sampling Techniques*, chapter 6), never
less than chance alone gives. All variances here are relative, that is of the ratio's logarithm. Few days tell little of
their own variance, so it is drawn towards what is usual around (Smyth 2004, "moderated" variances).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import exp, floor, inf, log, sqrt

TAIL = 0.025  # beyond each side of a 95 % interval
POWER = (1.96 + 0.84) ** 2  # two-sided 5 %, 80 % power
PRIOR_DAYS = 7.0  # what is usual around counts as much as a week of one's own
FEW = 10  # events; with fewer of them bounds are exact
TINY = 1e-6  # less than any coin: what is left of money that was paid back, in floats
ORDERS = 2.0  # the relative variance of a sum of n orders is this / n: amounts spread about as much as they are large
SMOOTH = 0.05  # day-to-day variances are told apart down to about this


@dataclass(frozen=True, slots=True)
class Sample:
    """A ratio `top / bottom` of some days. `events` is what chance draws: the top itself, or orders if it is money.

    `chance` is the relative variance that counting alone gives, `own` that of the days' residuals, None of fewer than
    two days; `days` is their effective number (Kish), for a day with a tenth of the messages is no whole day.
    """

    top: float
    bottom: float
    events: float
    days: float
    chance: float
    own: float | None


@dataclass(frozen=True, slots=True)
class Estimate:
    """A ratio with its 95 % interval; `error` is the standard error of its logarithm, with `degrees` of freedom."""

    value: float
    low: float
    high: float
    error: float
    degrees: float


@dataclass(frozen=True, slots=True)
class Usual:
    """The relative variance from day to day that is usual around, and how many days of one's own it counts for."""

    uneven: float = 0.0
    weight: float = 0.0


@lru_cache(maxsize=4096)
def t_quantile(degrees: int, tail: float = TAIL) -> float:
    """Of Student's t, with so much beyond it; without degrees of freedom there is no bound."""
    from scipy.special import stdtrit  # on use, here and below: pages name rules, and are not to load all of scipy

    return float(stdtrit(degrees, 1 - tail)) if degrees > 0 else inf


def sample(
    pairs: Sequence[tuple[float, float]], *, bottom: float | None = None, orders: float | None = None
) -> Sample | None:
    """Of (bottom, top) day by day. With `orders` the top is money of so many. With `bottom` it is divided by that, and
    the pairs only tell how much of the top each day should have. None where there is nothing to divide by.
    """
    weight, top = sum(x for x, _ in pairs), sum(y for _, y in pairs)
    total = weight if bottom is None else bottom
    if weight <= TINY or total <= TINY:
        return None
    events = top if orders is None else orders
    days = weight * weight / sum(x * x for x, _ in pairs)
    if events <= 0 or top <= TINY:
        return Sample(top, total, max(events, 0.0), days, 1.0, None)
    chance = ORDERS / events if orders is not None else max(1 / events - 1 / total, 0.1 / events)
    return Sample(top, total, events, days, chance, _own(pairs, top / weight, top))


def _own(pairs: Sequence[tuple[float, float]], ratio: float, top: float) -> float | None:
    count = sum(1 for x, y in pairs if x or y)
    if count < 2:
        return None
    return count / (count - 1) * sum((y - ratio * x) ** 2 for x, y in pairs) / (top * top)


def usual(samples: Iterable[Sample]) -> Usual:
    """What days of these differ by beyond chance: a mean in which more days and less chance count more."""
    total = weights = degrees = 0.0
    for one in samples:
        if one.own is None or one.days <= 1.5 or one.events < FEW:
            continue
        weight = (one.days - 1) / (one.chance * one.days + SMOOTH) ** 2
        total += weight * (one.own - one.chance) * one.days
        weights += weight
        degrees += one.days - 1
    return Usual(max(0.0, total / weights), PRIOR_DAYS) if degrees >= 2 * PRIOR_DAYS else Usual()


def uneven(one: Sample, around: Usual) -> tuple[float, float]:
    """The variance from day to day beyond chance, its own days' and what is usual by their weights; its degrees."""
    own = max(one.days - 1, 0.0) if one.own is not None else 0.0
    degrees = around.weight + own
    beyond = around.weight * around.uneven + own * ((one.own or 0.0) - one.chance) * one.days
    return (max(0.0, beyond / degrees) if degrees else 0.0), degrees


def estimate(one: Sample, around: Usual) -> Estimate:
    """The ratio with its interval: Student's t on the log scale, exact where events are few and it is a share."""
    days_differ, degrees = uneven(one, around)
    error = sqrt(one.chance + days_differ / one.days)
    value = one.top / one.bottom
    if one.top <= 0:
        return Estimate(value, min(value, 0.0), share(0, one.bottom)[1], error, degrees)
    reach = _reach(error, degrees)
    low, high = value / reach, value * reach
    if one.events < FEW and one.events == one.top:
        exact = share(one.top, one.bottom)
        low, high = min(low, exact[0]), max(high, exact[1])
    return Estimate(value, low, high, error, degrees)


def _reach(error: float, degrees: float) -> float:
    """The factor from a ratio to its bounds."""
    wide = t_quantile(floor(degrees)) * error
    return exp(wide) if wide < 700 else inf


def share(count: float, of: float) -> tuple[float, float]:
    """The exact 95 % interval of a share (Clopper and Pearson)."""
    from scipy.special import betaincinv

    missed = max(of - count, 0.0)
    low = float(betaincinv(count, missed + 1, TAIL)) if count > 0 else 0.0
    return low, float(betaincinv(count + 1, missed, 1 - TAIL)) if missed > 0 else 1.0


def number(count: float) -> tuple[float, float]:
    """The exact 95 % interval of the mean of a Poisson count (Garwood)."""
    from scipy.special import gammaincinv

    low = float(gammaincinv(count, TAIL)) if count > 0 else 0.0
    return low, float(gammaincinv(count + 1, 1 - TAIL))


def highest_sum(values: Sequence[float]) -> float:
    """The upper end of the 95 % interval of what so many days sum up to, which may be below zero."""
    count, total = len(values), sum(values)
    if count < 2:
        return inf
    variance = sum((value - total / count) ** 2 for value in values) / (count - 1)
    return total + t_quantile(count - 1) * sqrt(count * variance)


def gap(one: Estimate, other: Estimate, tail: float = TAIL) -> tuple[float, float]:
    """The interval, 95 % without another `tail`, of the logarithm of the quotient of two independent estimates (Welch
    and Satterthwaite).
    """
    if one.degrees <= 0 or other.degrees <= 0 or one.value <= 0 or other.value <= 0:
        return -inf, inf
    a, b = one.error**2, other.error**2
    freedom = (a + b) ** 2 / (a * a / one.degrees + b * b / other.degrees) if a + b else inf
    mid, wide = log(one.value / other.value), t_quantile(floor(min(freedom, 1e6)), tail) * sqrt(a + b)
    return mid - wide, mid + wide


def needed(error: float, bottom: float, change: float) -> float:
    """How large a bottom must be, before and after alike, for a change by this factor to be seen with 80 % power.

    `error` is what was measured with `bottom`, so days that differ among themselves ask for more.
    """
    apart = log(change) if change > 0 else inf
    return 2 * POWER * error**2 * bottom / (apart * apart) if apart else inf

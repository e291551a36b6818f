"""The range that is usual for a sum, out of the same hours of past weeks. Pure, on arrays.

Counts of people who come by themselves vary by chance (variance = mean) and because days differ (standard deviation in
proportion to the mean), as in a negative binomial. With the variance `chance` m + (`uneven` m)² the transform
g(x) = 2/uneven · asinh(uneven · sqrt(x / chance + 3/8)) has the variance 1 wherever m lies (Anscombe 1948), so a range
is a number of standard deviations there, and goes back in closed form. Centre and spread are medians of past weeks; and
what happened in two of them is usual whatever the median says: some mailings leave every fourth week.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .watched import FEWEST_WEEKS

Array = NDArray[np.float64]
MAD = 1.4826  # a median absolute deviation times this is the standard deviation of a normal
SHIFT = 0.375
SEEN = 3.0  # standard deviations around what two past weeks had
MOST_UNEVEN = 1.0


@dataclass(frozen=True, slots=True)
class Range:
    """By scope and hour: what is usual and from where to where; `low` is -1 where nothing is too little, and all are
    NaN where too little of the past is known.
    """

    usual: Array
    low: Array
    high: Array


def usual_range(past: Array, chance: Array | float, uneven: float, line: float) -> Range:
    """Of the past values (scope, week, hour), NaN where unknown; in the units of the values, which are 0 or more."""
    ordered = np.sort(past, axis=1)
    known = (~np.isnan(past)).sum(axis=1)
    usual = _median(ordered, known)
    spread = MAD * _median(np.sort(np.abs(past - usual[:, None]), axis=1), known)
    low, high = _around(usual, chance, _uneven(usual, spread, chance, uneven), line)
    seen_low, _ = _around(_at(ordered, np.ones_like(known)), chance, uneven, SEEN)
    _, seen_high = _around(_at(ordered, known - 2), chance, uneven, SEEN)
    few = known < FEWEST_WEEKS
    return Range(
        *(np.where(few, np.nan, each) for each in (usual, np.minimum(low, seen_low), np.maximum(high, seen_high)))
    )


def where_known(one: Range, other: Range) -> Range:
    """The first, and where it knows nothing the other."""
    unknown = np.isnan(one.usual)
    pairs = ((one.usual, other.usual), (one.low, other.low), (one.high, other.high))
    return Range(*(np.where(unknown, second, first) for first, second in pairs))


def _uneven(usual: Array, spread: Array, chance: Array | float, uneven: float) -> Array:
    """The floor, and what past weeks differed by beyond chance."""
    more = np.maximum(spread**2 - chance * usual, 0) / np.maximum(usual, chance) ** 2
    return np.sqrt(uneven**2 + np.minimum(more, MOST_UNEVEN**2))


def _around(centre: Array, chance: Array | float, uneven: Array | float, line: float) -> tuple[Array, Array]:
    middle, least = _stable(centre, chance, uneven), _stable(np.zeros_like(centre), chance, uneven)
    low = np.where(middle - line > least, _back(middle - line, chance, uneven), -1.0)
    return low, _back(middle + line, chance, uneven)


def _stable(values: Array, chance: Array | float, uneven: Array | float) -> Array:
    return np.asarray(2 / uneven * np.arcsinh(uneven * np.sqrt(np.maximum(values, 0) / chance + SHIFT)))


def _back(stable: Array, chance: Array | float, uneven: Array | float) -> Array:
    return np.asarray(chance * (np.sinh(uneven * np.maximum(stable, 0) / 2) ** 2 / np.square(uneven) - SHIFT))


def _median(ordered: Array, known: NDArray[np.int_]) -> Array:
    """Of values in order, the unknown ones last."""
    return (_at(ordered, (known - 1) // 2) + _at(ordered, known // 2)) / 2


def _at(ordered: Array, place: NDArray[np.int_]) -> Array:
    place = np.clip(place, 0, ordered.shape[1] - 1)
    return np.take_along_axis(ordered, place[:, None], axis=1)[:, 0]

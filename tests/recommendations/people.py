"""What people of a drawn campaign got and did over weeks: many messages at once, matched in arrays."""

import numpy as np
from numpy.typing import NDArray

from analytics.history import Matched

Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]


def matched(contact: Numbers, stratum: Numbers, day: Numbers, ahead: Flags, hit: Flags) -> Matched | None:
    """As `tests.analytics.matching.match`, of messages given by columns."""
    sums = _strata(stratum, ahead, hit)
    n1, n0, a, b = sums
    total = n1 + n0
    inside = (np.minimum(n1, n0) > 0)[stratum]
    weight = np.where(ahead, n0[stratum], n1[stratum]) / total[stratum] * inside
    if min(len(np.unique(contact[inside & side])) for side in (ahead, ~ahead)) < 5:
        return None
    tops = [np.bincount(contact, weight * hit * side) for side in (ahead, ~ahead)]
    days = [np.bincount(day, weight * side) for side in (ahead, ~ahead)]
    both = np.minimum(n1, n0) > 0
    chance = ((n1 * n0 * (a + b) - a * b * total)[both] / total[both] ** 2).sum()
    return Matched(
        people=len(np.unique(contact[inside])),
        messages=int((inside & ahead).sum()),
        others=int((inside & ~ahead).sum()),
        hits=int((inside & ahead & hit).sum()),
        other_hits=int((inside & ~ahead & hit).sum()),
        weight=float((weight * ahead).sum()),
        weighted=float(tops[0].sum()),
        other_weighted=float(tops[1].sum()),
        chance=float(chance),
        squares=float((tops[0] ** 2).sum()),
        products=float((tops[0] * tops[1]).sum()),
        other_squares=float((tops[1] ** 2).sum()),
        days=float(days[0].sum() ** 2 / (days[0] ** 2).sum()),
        other_days=float(days[1].sum() ** 2 / (days[1] ** 2).sum()),
    )


def _strata(stratum: Numbers, ahead: Flags, hit: Flags) -> list[NDArray[np.float64]]:
    size = int(stratum.max()) + 1
    kinds = (ahead, ~ahead, ahead & hit, ~ahead & hit)
    return [np.bincount(stratum, which, size).astype(np.float64) for which in kinds]

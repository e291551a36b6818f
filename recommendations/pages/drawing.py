"""Intervals drawn beside each other on one axis: where each begins, has its value, and ends, in percent of it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..findings import Range

MARGIN = 4.0  # percent left free at either end, so that a dot is whole


@dataclass(frozen=True, slots=True)
class Drawn:
    """`left` and `right` are the ends, `mark` what it is set against, None where there is nothing."""

    left: float
    spot: float
    right: float
    mark: float | None = None

    @property
    def width(self) -> float:
        return self.right - self.left


def drawn(ranges: Sequence[Range], mark: float | None = None) -> tuple[Drawn, ...]:
    """On an axis from the lowest end to the highest, the mark included."""
    ends = [end for each in ranges for end in (each.low, each.high)] + ([] if mark is None else [mark])
    if not ends:
        return ()
    least, most = min(ends), max(ends)

    def place(value: float) -> float:
        share = (value - least) / (most - least) if most > least else 0.5
        return round(MARGIN + share * (100 - 2 * MARGIN), 1)

    at = None if mark is None else place(mark)
    return tuple(Drawn(place(each.low), place(each.mid), place(each.high), at) for each in ranges)

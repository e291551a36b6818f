"""Who stands out in a quarter, and in which words. Pure.

Among colleagues of the same role who looked at anybody, a count is put on the scale 2 * sqrt(count + 3/8), on which
chance alone spreads every count by 1 (Anscombe 1948), and measured from the median in units of the median absolute
deviation * 1.4826 (Iglewicz and Hoaglin 1993, *How to Detect and Handle Outliers*), but never in less than that 1: so
colleagues who are all alike make nobody an outlier by two contacts more. From `OUT` on somebody stands out, upwards
alone. Of fewer than `FEWEST` colleagues nothing of that kind can be said.

Of one's own quarter before there is one number, which has no spread: there a plain line is drawn, `TIMES` and `MORE`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import median

OUT = 3.5
FEWEST = 5
TIMES, MORE = 3, 20  # as much as in the quarter before, and as many more


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure by which people are compared. `own`: with their own quarter before, too."""

    name: str
    label: str
    own: bool = False


MEASURES: tuple[Measure, ...] = (
    Measure("grants", "grants opened"),
    Measure("contacts", "different contacts", own=True),
    Measure("listed", "contacts listed"),
    Measure("revealed", "revealed in full", own=True),
    Measure("refused", "refused tries"),
    Measure("campaigns", "different campaigns"),
    Measure("outside", "looks outside working hours"),
)
Figures = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Standing:
    """How far somebody is above their colleagues in what they are furthest (None: too few of them), and each thing in
    which they stand out.
    """

    score: float | None
    lines: tuple[str, ...]


def scores(counts: Sequence[int]) -> list[float] | None:
    """How far each count is above the median of all; None of fewer than `FEWEST`."""
    if len(counts) < FEWEST:
        return None
    scaled = [2 * sqrt(count + 3 / 8) for count in counts]
    middle = median(scaled)
    spread = max(1.0, 1.4826 * median(abs(one - middle) for one in scaled))
    return [(one - middle) / spread for one in scaled]


def standings(people: Sequence[Figures], before: Sequence[Figures | None]) -> list[Standing]:
    """Of colleagues of one role, in their order; `before` has each one's own quarter before, if there is one."""
    of_group = {measure.name: scores([one[measure.name] for one in people]) for measure in MEASURES}
    return [_standing(number, people, before[number], of_group) for number in range(len(people))]


def _standing(
    number: int, people: Sequence[Figures], before: Figures | None, of_group: Mapping[str, list[float] | None]
) -> Standing:
    highest, lines = None, []
    for measure in MEASURES:
        count, scored = people[number][measure.name], of_group[measure.name]
        if scored is not None:
            highest = scored[number] if highest is None else max(highest, scored[number])
            if scored[number] >= OUT:
                usual = median(one[measure.name] for one in people)
                lines.append(
                    f"{count:,} {measure.label}: the median of the {len(people)} of this role is {usual:,.0f} "
                    f"(score {scored[number]:.1f})."
                )
        if before is not None and measure.own and grew(count, before[measure.name]):
            lines.append(f"{count:,} {measure.label}: in the own quarter before {before[measure.name]:,}.")
    return Standing(highest, tuple(lines))


def grew(count: int, before: int) -> bool:
    return count >= TIMES * before and count - before >= MORE

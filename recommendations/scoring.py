"""What every finding is made of: its score, its figures, how it will be judged. Pure.

`score = base × adequacy × stability`, each in [0, 1].
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from math import ceil, isfinite

from analytics.presentation import money

from .findings import Better, Figure, Plan, Range
from .holdout import JUDGED
from .norms import Norm, Norms, Week
from .ratios import BY_METRIC
from .snapshot import Campaign
from .statistics import FEW, Estimate, needed

LEAST_DAYS, MOST_DAYS = 14, 28  # whole weeks: days of the week differ
UNBOUNDED = 10**9  # a sample that nobody will ever have
# Revenue grows as spend to this power: each further unit brings less. The range is that of what is usual for paid media
# (Sethuraman, Tellis and Briesch 2011 find less for brands' advertising, auctions for those who search give more).
RETURNS = Range(0.3, 0.6, 0.9)
HELD_OUT = "people whom it holds out, where they are enough, else "
ALONE = "campaigns of its channel with the same finding that were left alone, else its channel's other campaigns"


def base(value: float, bar: float) -> float:
    """How large the matter is: by what share the lesser of the figure and its bar falls short of the greater.

    0 at the bar, a half at half or twice of it, 1 where the smaller is nothing (or less).
    """
    small, large = min(value, bar), max(value, bar)
    return _within(1 - small / large) if large > 0 else 0.0


def adequacy(settled: float, enough: float) -> float:
    """How much the sample can bear: its size over the one at which a change as large as the expected one would be seen
    with 80 % power (`statistics.needed`), at most 1. Days younger than `SETTLED` count by their age.
    """
    return _within(settled / enough) if enough > 0 and isfinite(enough) else 0.0


def stability(weeks: Iterable[Week], agrees: Callable[[float], bool]) -> float:
    """How steady it has been: the chance that the next week says the same, by Laplace's rule of succession from the
    weeks of the window that do and do not. One week alone gives two thirds, four out of four five sixths.
    """
    said = [agrees(week.top / week.bottom) for week in weeks]
    return (sum(said) + 1) / (len(said) + 2)


def _within(number: float) -> float:
    return min(1.0, max(0.0, number))


def between(one: float, other: float, mid: float) -> Range:
    """A range whose ends may come in either order; the middle stays within."""
    low, high = min(one, other), max(one, other)
    return Range(low, min(max(mid, low), high), high)


def own_figure(campaign: Campaign, around: Norms, metric: str, found: Estimate) -> Figure:
    """The campaign's figure with its interval."""
    seen = around.sample(campaign, metric)
    high = found.high if isfinite(found.high) else None
    return Figure(
        BY_METRIC[metric].label, metric, found.value, found.low, high, seen.bottom if seen else 0.0,
        around.start, around.end,
    )  # fmt: skip


def norm_figure(around: Norms, metric: str, norm: Norm, sample: float, whose: str) -> Figure:
    """What the others have, with the interval of their mean."""
    label = f"{BY_METRIC[metric].label} of {whose}"
    return Figure(
        label,
        metric,
        norm.mean.value,
        norm.mean.low,
        norm.mean.high,
        sample,
        around.start,
        around.end,
        of_campaign=False,
    )


def sum_figure(campaign: Campaign, around: Norms, label: str, metric: str, value: float) -> Figure:
    """A plain sum, which has no interval."""
    return Figure(label, metric, value, None, None, float(len(campaign.days)), around.start, around.end)


def plan(metric: str, better: Better, enough: float, pace: float, against: str = ALONE) -> Plan:
    """Judged over as many whole weeks as bring `enough` at so much a day, from two to four. Those held out come first
    where they can do what is judged.
    """
    minimum = ceil(enough) if enough < UNBOUNDED else UNBOUNDED
    days = minimum / pace if pace > 0 else MOST_DAYS
    weeks = ceil(min(max(days, LEAST_DAYS), MOST_DAYS) / 7)
    whom = f"{HELD_OUT}{against}" if metric in JUDGED else against
    return Plan(metric, better, weeks * 7, max(minimum, 1), whom)


def enough_for(error: float, bottom: float, change: float) -> float:
    """`statistics.needed`, never without an end."""
    return min(needed(error, bottom, change), UNBOUNDED)


def worth(campaign: Campaign, around: Norms, field: str) -> float:
    """What one more of a field of `Day` brings in: as with itself if enough convert, else with its channel's others."""
    revenue, count, orders = (
        sum(getattr(day, name) for day in campaign.days) for name in ("revenue", field, "converters")
    )
    if orders < FEW:
        revenue, count = (around.others_sum(campaign, name) for name in ("revenue", field))
    return max(0.0, revenue / count) if count > 0 else 0.0


def amount(value: float, currency: str) -> str:
    """Money as a page shows it."""
    return money(Decimal(f"{value:.2f}"), currency)

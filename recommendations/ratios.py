"""Which of a day's sums a metric of the catalogue is made of, for campaigns. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

from analytics.history import Day

from .findings import Better
from .statistics import Sample, sample


@dataclass(frozen=True, slots=True)
class Ratio:
    """`top / bottom`, both fields of `Day`; without a `bottom` it is per day."""

    metric: str
    label: str
    top: str
    bottom: str
    better: Better

    @property
    def of_money(self) -> bool:
        return self.top in ("revenue", "cost")


RATIOS: tuple[Ratio, ...] = (
    Ratio("roas", "ROAS", "revenue", "cost", Better.HIGHER),
    Ratio("open_rate", "Open rate", "unique_opens", "delivered", Better.HIGHER),
    Ratio("click_rate", "Click rate", "unique_clicks", "delivered", Better.HIGHER),
    Ratio("click_to_open_rate", "Click to open rate", "unique_clicks", "unique_opens", Better.HIGHER),
    Ratio("click_conversion_rate", "Click conversion rate", "converters", "unique_clicks", Better.HIGHER),
    Ratio("bounce_rate", "Bounce rate", "bounces", "sends", Better.LOWER),
    Ratio("unsubscribe_rate", "Unsubscribe rate", "unsubscribes", "delivered", Better.LOWER),
    Ratio("complaint_rate", "Complaint rate", "complaints", "delivered", Better.LOWER),
    Ratio("cost", "Cost", "cost", "", Better.LOWER),
    Ratio("net_revenue", "Net revenue", "revenue", "", Better.HIGHER),
)
BY_METRIC: dict[str, Ratio] = {ratio.metric: ratio for ratio in RATIOS}


def pairs_of(days: Sequence[Day], ratio: Ratio, *, delivers: bool) -> list[tuple[float, float]]:
    """Bottom and top day by day. Money is not judged by the days on which it was paid out: what a day should have
    brought in follows its messages, and only where there are none what it cost.
    """
    bottom = ratio.bottom
    if ratio.of_money:
        bottom = "delivered" if delivers and any(day.delivered > 0 for day in days) else "cost"
    both = attrgetter(bottom, ratio.top)
    return [both(day) for day in days]


def sampled(days: Sequence[Day], ratio: Ratio, *, delivers: bool) -> Sample | None:
    """A ratio of these days; of money its orders are what chance draws."""
    pairs = pairs_of(days, ratio, delivers=delivers)
    if not ratio.of_money:
        return sample(pairs)
    return sample(pairs, bottom=sum(day.cost for day in days), orders=sum(day.converters for day in days))

"""Which of a day's sums a metric of the catalogue is made of, for campaigns. Pure."""

from dataclasses import dataclass

from .findings import Better


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

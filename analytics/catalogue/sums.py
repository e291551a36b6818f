from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

ZERO = Decimal(0)
Part = int | Decimal | None


@dataclass(frozen=True, slots=True)
class Sums:
    """The summed parts that every metric is computed from; `sql/queries/sums.sql` gives a row of them.

    All of them include what belongs to no campaign (campaign 0), except `attributed_*` and `conversion_base`; under a
    filter by campaign or channel both are the same. `message_*` is what campaigns of channels with delivery have: rates
    by delivered messages count nothing that could not have been delivered. None means unknown: cost and what ad
    platforms report have no hour. Money is in the reporting currency, unrounded.
    """

    sends: int = 0
    delivered: int = 0
    bounces: int = 0
    opens: int = 0
    unique_opens: int = 0
    machine_opens: int = 0
    clicks: int = 0
    unique_clicks: int = 0
    machine_clicks: int = 0
    unsubscribes: int = 0
    complaints: int = 0
    impressions: int = 0
    conversions: int = 0
    converters: int = 0
    click_converters: int = 0
    revenue: Decimal = ZERO
    refunds: Decimal = ZERO
    attributed_conversions: int = 0
    attributed_converters: int = 0
    attributed_revenue: Decimal = ZERO
    attributed_refunds: Decimal = ZERO
    conversion_base: int = 0
    message_unique_opens: int = 0
    message_unique_clicks: int = 0
    message_unsubscribes: int = 0
    message_complaints: int = 0
    message_revenue: Decimal = ZERO
    message_refunds: Decimal = ZERO
    cost: Decimal | None = ZERO
    platform_conversions: int | None = 0

    def __add__(self, other: "Sums") -> "Sums":
        """Part by part; what is unknown in either is unknown."""
        return Sums(**{part: _plus(getattr(self, part), getattr(other, part)) for part in PARTS})


def _plus(one: Any, other: Any) -> Any:
    return None if one is None or other is None else one + other


PARTS: tuple[str, ...] = tuple(part.name for part in fields(Sums))
DAY_ONLY: tuple[str, ...] = ("cost", "platform_conversions")  # what exists per day and is unknown per hour
EMPTY = Sums()
EMPTY_HOUR = Sums(cost=None, platform_conversions=None)

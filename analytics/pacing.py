"""Spend against budget. Pure."""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum

from .currencies import MINOR_UNITS

TOLERANCE = Decimal("0.1")  # within a tenth of the budget a campaign is on track


class Pace(StrEnum):
    """How what a campaign will have spent stands to its budget."""

    UNDER = "under"
    ON_TRACK = "on_track"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Projection:
    """`expected` is what would be spent by now if it were spent evenly, `projected` what will be at the end if it goes
    on as so far.
    """

    expected: Decimal | None
    projected: Decimal | None
    pace: Pace | None


def time_gone(starts_at: datetime | None, ends_at: datetime | None, now: datetime) -> float | None:
    """The share of its time that a campaign has behind it, 0 to 1; None without a start or an end."""
    if starts_at is None or ends_at is None or ends_at <= starts_at:
        return None
    return min(1.0, max(0.0, (now - starts_at) / (ends_at - starts_at)))


def project(budget: Decimal | None, spent: Decimal, gone: float | None, currency: str) -> Projection:
    """All money in `currency`. What is spent beyond the budget is over it, whatever is unknown."""
    expected = None if budget is None or gone is None else rounded(budget * Decimal(gone), currency)
    projected = rounded(spent / Decimal(gone), currency) if gone else None
    return Projection(expected, projected, _pace(budget, spent, projected))


def _pace(budget: Decimal | None, spent: Decimal, projected: Decimal | None) -> Pace | None:
    if not budget:
        return None
    if max(spent, projected or spent) > budget * (1 + TOLERANCE):
        return Pace.OVER
    if projected is None:
        return None
    return Pace.UNDER if projected < budget * (1 - TOLERANCE) else Pace.ON_TRACK


def rounded(amount: Decimal, currency: str) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-MINOR_UNITS[currency]), ROUND_HALF_EVEN)

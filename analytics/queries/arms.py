"""What became of the people of a campaign that holds some out: those written to and those held out, day by day.

For who calculates, who sees to it that no group smaller than `SMALLEST_GROUP` is shown.
"""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ..event_types import EventType
from ..history import ArmDay
from .running import rows


def holds_out(campaign: int, start: date, end: date, time_zone: str) -> bool:
    """Whether anybody was held out on the days `[start, end)` of the zone."""
    found: bool = rows("holds_out", _bound(campaign, start, end, time_zone))[0]["found"]
    return found


def days(campaign: int, start: date, end: date, time_zone: str, within: timedelta) -> tuple[ArmDay, ...]:
    """By the day in `[start, end)` on which people were first assigned, and by arm: how many, and what they bought
    `within` so long of that.
    """
    asked = _bound(campaign, start, end, time_zone) | {
        "time_zone": time_zone,
        "within": within,
        "sent": EventType.SENT.value,
        "converted": EventType.CONVERTED.value,
        "refunded": EventType.REFUNDED.value,
    }
    return tuple(ArmDay(**row) for row in rows("arms", asked))


def _bound(campaign: int, start: date, end: date, time_zone: str) -> dict[str, Any]:
    first, last = (datetime.combine(day, time(), ZoneInfo(time_zone)) for day in (start, end))
    return {"campaign": campaign, "starts_at": first, "ends_at": last, "held_out": EventType.HELD_OUT.value}

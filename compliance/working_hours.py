"""What is outside working hours: by the clock of the reporting zone, Monday to Friday. Holidays are not known."""

from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q, QuerySet
from django.db.models.functions import ExtractHour, ExtractIsoWeekDay

FRIDAY = 5


def clock() -> dict[str, Any]:
    """The parameters of statements that ask for them."""
    hours = {"begins": settings.WORKING_DAY_BEGINS, "ends": settings.WORKING_DAY_ENDS}
    return {"zone": settings.REPORTING_TIME_ZONE, **hours}


def outside(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Those whose `at` is outside, as the statements have it."""
    zone = ZoneInfo(settings.REPORTING_TIME_ZONE)
    timed = rows.annotate(at_day=ExtractIsoWeekDay("at", tzinfo=zone), at_hour=ExtractHour("at", tzinfo=zone))
    inside = Q(at_hour__gte=settings.WORKING_DAY_BEGINS, at_hour__lt=settings.WORKING_DAY_ENDS)
    return timed.filter(Q(at_day__gt=FRIDAY) | ~inside)

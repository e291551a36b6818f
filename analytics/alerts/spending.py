"""What campaigns spend: readings by the hour, unusual days, budgets, and cost that nobody clicks on."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from ..changes import Cut
from ..channels import DELIVERING
from ..models import SpendReading
from ..models.totals import Basis
from ..pacing import project, time_gone
from .anomalies import anomalies
from .finding import Finding
from .reading import SCOPES, days_of_cost, floor, rows
from .rules import BUDGET, IDLE
from .watched import HOUR, PAST, WATCHED

READ_WITHIN = timedelta(minutes=20)  # of its end: later an hour's reading would have the next hour's spend in it
KEPT = PAST + timedelta(weeks=1)
NOT_CLICKED = ("direct_mail",)
TOO_EARLY = 0.2  # of its time: before that a projection is a guess
DAY_OF_COST = tuple(one for one in WATCHED if one.metric == "cost")


def note(at: datetime, zone: ZoneInfo) -> int:
    """Read what the running day has cost by the end of the last hour, once; how many rows were added."""
    end = floor(at, zone)
    hour = end - HOUR
    if at - end > READ_WITHIN or SpendReading.objects.filter(hour=hour).exists():
        return 0
    spent = {row["channel"]: row["spent"] for row in rows("spent_today", {"day": hour.astimezone(zone).date()})}
    made = [SpendReading(hour=hour, channel="", spent=sum(spent.values(), Decimal(0)))]
    made += [SpendReading(hour=hour, channel=name, spent=spent[name]) for name in SCOPES if spent.get(name)]
    SpendReading.objects.bulk_create(made, ignore_conflicts=True)
    SpendReading.objects.filter(hour__lt=at - KEPT).delete()
    return len(made)


def unusual(day: date, cut: Cut, line: float) -> list[Finding]:
    """A day whose cost is out of range, for sources that tell nothing before it is over."""
    window = days_of_cost(day, ZoneInfo(cut.time_zone))
    place = window.hours - 1
    since, until = bounds(day, cut)
    found = anomalies(window, [place], {"cost": line}, DAY_OF_COST, spans=(1,))[0]
    return [replace(one, since=since, until=until, whole_day=True) for one in found]


def over_budget(day: date, cut: Cut, share: float) -> Iterator[Finding]:
    """Campaigns that spent more than their budget up to the end of a day, or will more than `share` percent of it."""
    since, until = bounds(day, cut)
    for row in rows("budgets", {"day": day}):
        rate = Decimal(1) if row["currency"] == cut.currency else row["rate"]
        spent = row["spent"] or Decimal(0)
        if rate is None or not spent:
            continue
        budget, gone = row["budget"] * rate, time_gone(row["starts_at"], row["ends_at"], until)
        projected = project(budget, spent, gone if gone and gone >= TOO_EARLY else None, cut.currency).projected
        value = spent if spent > budget else projected
        if value is not None and (spent > budget or value > budget * Decimal(share) / 100):
            yield _finding(BUDGET, row, since, until, value=float(value), usual=float(spent), high=float(budget))


def idle(day: date, cut: Cut, least: float) -> Iterator[Finding]:
    """Campaigns that cost at least so much on a day on which nobody clicked."""
    params = {"event": Basis.EVENT.value, "day": day, "least": least, "not_clicked": list(NOT_CLICKED)}
    since, until = bounds(day, cut)
    for row in rows("idle", params | {"delivering": list(DELIVERING)}):
        yield _finding(IDLE, row, since, until, value=float(row["cost"]), high=least)


def _finding(rule: str, row: dict[str, Any], since: datetime, until: datetime, **figures: Any) -> Finding:
    return Finding(
        rule, "cost", over=True, since=since, until=until, campaign=row["campaign"], whole_day=True, **figures
    )


def bounds(day: date, cut: Cut) -> tuple[datetime, datetime]:
    """The midnights at which a day of the reporting zone begins and ends."""
    zone = ZoneInfo(cut.time_zone)
    return datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone)

"""Lines that people draw: a metric of all, a channel or a campaign, over or under a value, by hour or by day."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from ..catalogue import BY_NAME
from ..changes import Cut
from ..models import AlertRule
from ..queries import kpis
from ..scope import BasisName, Period, Scope
from .finding import Finding
from .rules import BY_DAY
from .spending import bounds
from .watched import HOUR

COSTS = ("cost", "platform_conversions")  # what comes in when a day has been over for a while


def name_of(line: AlertRule) -> str:
    """What findings of a line are called."""
    return f"{AlertRule.LINE}-{line.pk}"


def waits_for_costs(metric: str) -> bool:
    """Whether a metric of a day is known only once the day's costs are."""
    return bool(set(BY_NAME[metric].parts) & set(COSTS))


def of_hour(begins: datetime, lines: Sequence[AlertRule], cut: Cut, now: datetime) -> Iterator[Finding]:
    """What is beyond those of these lines that are by the hour."""
    for line in lines:
        day = begins.date()
        found = kpis.hour(_scope(line, Period(day, day + timedelta(days=1)), cut), begins, (line.metric,), now=now)
        yield from _beyond(line, found.figures[line.metric].value, begins, begins + HOUR)


def of_day(day: date, lines: Sequence[AlertRule], cut: Cut, now: datetime) -> Iterator[Finding]:
    """The same of those by the day."""
    for line in lines:
        found = kpis.summary(_scope(line, Period(day, day + timedelta(days=1)), cut), (line.metric,), now=now)
        yield from _beyond(line, found.figures[line.metric].value, *bounds(day, cut))


def _scope(line: AlertRule, period: Period, cut: Cut) -> Scope:
    whole = Scope(period, cut.time_zone, cut.currency, basis=BasisName.EVENT)
    if line.campaign:
        return replace(whole, campaigns=(line.campaign.external_id,))
    return replace(whole, channels=(line.channel,) if line.channel else ())


def _beyond(line: AlertRule, value: object, since: datetime, until: datetime) -> Iterator[Finding]:
    """Nothing where the value is unknown, as a rate of nothing is."""
    if value is None or line.value is None:
        return
    known, limit = float(str(value)), float(line.value)
    if known > limit if line.over else known < limit:
        yield Finding(
            name_of(line), line.metric, line.over, known, since, until, line.channel, line.campaign_id,
            low=None if line.over else limit, high=limit if line.over else None, whole_day=line.span == BY_DAY,
        )  # fmt: skip

"""Alerts as pages show them: of the figures that whoever looks may see, and of no other."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..alerts import words
from ..alerts.finding import Finding, of_json
from ..alerts.rules import ANOMALY
from ..alerts.telling import names_of, seen_by
from ..alerts.where import page_of
from ..allowed import Allowed
from ..catalogue import BY_NAME, Better
from ..changes import Cut
from ..charts import Sparkline, sparkline
from ..models import MarketingAlert
from ..presentation import ago

SNOOZES: tuple[tuple[int, str], ...] = ((1, "an hour"), (4, "four hours"), (24, "a day"), (168, "a week"))
ACKNOWLEDGE, SNOOZE, WAKE = "acknowledge", "snooze", "wake"


@dataclass(frozen=True, slots=True)
class Row:
    """One of the figures that moved."""

    label: str
    where: str
    value: str
    usual: str
    change: str
    when: str


@dataclass(frozen=True, slots=True)
class News:
    """What an act did, or why it did nothing; `open` is the form that stays open with its errors."""

    said: str = ""
    refused: bool = False
    open: str = ""
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Card:
    id: int
    title: str
    text: str
    state: str
    worth: str  # the colour of the state
    told: str
    since: datetime
    age: str
    look: str  # the page of its scope
    line: Sparkline | None
    usual: Sparkline | None
    hours: int
    rows: tuple[Row, ...]
    acts: tuple[str, ...] = ()
    news: News = News()


def cards(
    alerts: Sequence[MarketingAlert], allowed: Allowed, cut: Cut, now: datetime, *, may: bool = False
) -> list[Card]:
    """Those of which something may be seen. The names of all campaigns are asked for at once."""
    seen = [(alert, seen_by(of_json(alert.parts), allowed)) for alert in alerts]
    names = names_of([part for _, parts in seen for part in parts], cut)
    return [_card(alert, parts, names, cut, now, may=may) for alert, parts in seen if parts]


def _card(
    alert: MarketingAlert, parts: Sequence[Finding], names: words.Names, cut: Cut, now: datetime, *, may: bool
) -> Card:
    state, worth = _state(alert, parts[0], now)
    whole = parts[0].key == of_json(alert.parts)[0].key  # the hours that are kept are of the first figure
    values, usual = _hours(alert) if whole else ([], [])
    return Card(
        id=alert.pk,
        title=words.title(parts, names),
        text=words.text(parts, names),
        state=state,
        worth=worth,
        told=_told(alert, names),
        since=alert.since,
        age=ago((now - alert.since).total_seconds()),
        look=page_of(parts[0].campaign, parts, cut.time_zone),
        line=sparkline(values, usual),
        usual=sparkline(usual, values),
        hours=len(values),
        rows=tuple(_row(part, names) for part in parts if part.metric),
        acts=_acts(alert, now) if may else (),
    )


def _state(alert: MarketingAlert, head: Finding, now: datetime) -> tuple[str, str]:
    if alert.closed_at is not None:
        return "As usual again", "flat"
    if alert.snoozed_until is not None and alert.snoozed_until > now:
        return "Snoozed", "flat"
    if alert.acknowledged_at is not None:
        return "Acknowledged", "warn"
    metric = BY_NAME.get(head.metric)
    welcome = metric is not None and head.rule == ANOMALY and head.over and metric.better is Better.UP
    return "Open", "good" if welcome else "bad"


def _told(alert: MarketingAlert, names: words.Names) -> str:
    """Who did what, and when it was as usual again."""
    said = []
    if alert.closed_at is not None:
        said.append(f"As usual again at {words.moment(alert.closed_at, names)}.")
    elif alert.snoozed_until is not None:
        said.append(f"{alert.snoozed_by} snoozed it until {words.moment(alert.snoozed_until, names)}.")
    if alert.acknowledged_at is not None:
        said.append(f"{alert.acknowledged_by} acknowledged it at {words.moment(alert.acknowledged_at, names)}.")
    return " ".join(said)


def _acts(alert: MarketingAlert, now: datetime) -> tuple[str, ...]:
    if alert.closed_at is not None:
        return ()
    asleep = alert.snoozed_until is not None and alert.snoozed_until > now
    return (*(() if alert.acknowledged_at else (ACKNOWLEDGE,)), WAKE if asleep else SNOOZE)


def _hours(alert: MarketingAlert) -> tuple[list[float | None], list[float | None]]:
    return [hour[0] for hour in alert.series], [hour[1] for hour in alert.series]


def _row(part: Finding, names: words.Names) -> Row:
    usual = words.between(part, names) if part.rule == ANOMALY else words.limit(part, names)
    return Row(
        label=BY_NAME[part.metric].label,
        where=words.scope_of((part,), names),
        value=words.said(part.value, part, names),
        usual=usual,
        change=words.by_how_much(part) if part.rule == ANOMALY else "",
        when=words.when(part, names),
    )


def snooze_until(hours: str, now: datetime) -> datetime | None:
    """The end of one of `SNOOZES`, None for anything else."""
    known = {str(number): timedelta(hours=number) for number, _ in SNOOZES}
    return now + known[hours] if hours in known else None

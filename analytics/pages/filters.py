"""A page's filters: read from its URL, shown as a sentence, written back as the shortest URL of the same state.

A value that cannot be used becomes a `Problem` that names its field; the field falls back to its default and all others
stay as asked. So a mistyped or outdated link still shows figures, and says which.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from ..scope import Grain, Period, Scope, ScopeError, parse
from . import periods

DEFAULTS: dict[str, str] = {
    "period": "30d",
    "from": "",
    "to": "",
    "compare": "previous",
    "channel": "",
    "campaign": "",
    "basis": "send",
    "metric": "net_revenue",
    "sort": "-roas",
}
LABELS: dict[str, str] = {"basis": "By", "start": "From", "end": "To", "from": "From", "to": "To"}
ASKED_AS: dict[str, str] = {"start": "from", "end": "to"}
HOURS_UP_TO, DAYS_UP_TO, WEEKS_UP_TO = 2, 120, 800
TREND_METRICS: tuple[str, ...] = (
    "net_revenue",
    "roas",
    "cost",
    "open_rate",
    "click_rate",
    "conversion_rate",
    "sends",
    "delivered",
    "unique_opens",
    "unique_clicks",
    "conversions",
    "aov",
)
SORTABLE: tuple[str, ...] = ("sends", "open_rate", "click_rate", "conversion_rate", "net_revenue", "roas")


@dataclass(frozen=True, slots=True)
class Problem:
    """What could not be used: the field as the page calls it, and why."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Filters:
    values: Mapping[str, str]  # every name of DEFAULTS, as text
    scope: Scope
    problems: tuple[Problem, ...] = ()

    @property
    def query(self) -> str:
        """The query string of this state; what is at its default is left out."""
        return self._query({})

    def with_(self, **changes: str) -> str:
        """The query string of this state with some values changed."""
        return self._query(changes)

    def _query(self, changes: Mapping[str, str]) -> str:
        state = {**self.values, **changes}
        return urlencode([(name, state[name]) for name, default in DEFAULTS.items() if state[name] != default])

    def without(self, name: str, message: str) -> "Filters":
        """This state with one field back at its default, and the reason told. Only for filters of a scope."""
        scope = replace(self.scope, campaigns=()) if name == "campaign" else replace(self.scope, channels=())
        problem = Problem(LABELS.get(name, name.capitalize()), message)
        return Filters({**self.values, name: DEFAULTS[name]}, scope, (*self.problems, problem))


def read(params: Mapping[str, Sequence[str]], *, now: datetime, time_zone: str, currency: str) -> Filters:
    """The filters that query parameters ask for; never raises. Unknown parameters are left alone."""
    values = {name: _last(params, name) or default for name, default in DEFAULTS.items()}
    problems: list[Problem] = []
    today = now.astimezone(ZoneInfo(time_zone)).date()
    for _ in DEFAULTS:
        try:
            scope = _scope(values, today, now, time_zone, currency)
            break
        except ScopeError as error:
            values = _forget(values, error.field)
            problems.append(Problem(LABELS.get(error.field, error.field.capitalize()), error.message))
    else:  # every field was at fault and is at its default now
        scope = _scope(values, today, now, time_zone, currency)
    return Filters(_with_days(values, scope.period), scope, tuple(problems))


def _last(params: Mapping[str, Sequence[str]], name: str) -> str:
    given = params.get(name, ())
    return given[-1].strip() if given else ""


def _forget(values: Mapping[str, str], field: str) -> dict[str, str]:
    """Both dates go together: one of them alone would silently ask for another period."""
    name = ASKED_AS.get(field, field)
    if name in ("from", "to"):
        return {**values, "from": "", "to": "", "period": DEFAULTS["period"]}
    return {**values, name: DEFAULTS[name]}


def _scope(values: Mapping[str, str], today: date, now: datetime, time_zone: str, currency: str) -> Scope:
    _one_of("metric", values["metric"], TREND_METRICS)
    _one_of("sort", values["sort"].removeprefix("-"), SORTABLE)
    _one_of("period", values["period"], periods.BY_NAME)
    start, end = _period(values, today)
    asked = {name: [values[name]] for name in ("compare", "basis", "channel", "campaign")}
    scope = parse(asked | {"start": [start], "end": [end]}, now=now, time_zone=time_zone, currency=currency)
    return replace(scope, grain=_grain(scope.period))


def _one_of(field: str, value: str, known: Sequence[str] | Mapping[str, object]) -> None:
    if value not in known:
        raise ScopeError(field, f"“{value}” is not one of {', '.join(known)}.")


def _period(values: Mapping[str, str], today: date) -> tuple[str, str]:
    """Start and end, the end not included; on a page both dates count."""
    if values["period"] == "custom" and (values["from"] or values["to"]):
        first = _date("from", values["from"] or values["to"])
        last = _date("to", values["to"] or values["from"])
        if last < first:
            raise ScopeError("to", f"{last} lies before {first}.")
        return first.isoformat(), (last + timedelta(days=1)).isoformat()
    period = periods.BY_NAME[values["period"]].days(today)
    return period.start.isoformat(), period.end.isoformat()


def _date(field: str, text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ScopeError(field, f"“{text}” is no date; write it as 2026-10-01.") from None
    if day >= date.max:
        raise ScopeError(field, f"{text} is out of range.")
    return day


def _grain(period: Period) -> Grain:
    """As fine as a chart can bear."""
    if period.days <= HOURS_UP_TO:
        return Grain.HOUR
    if period.days <= DAYS_UP_TO:
        return Grain.DAY
    return Grain.WEEK if period.days <= WEEKS_UP_TO else Grain.MONTH


def _with_days(values: Mapping[str, str], period: Period) -> dict[str, str]:
    """A custom period always says its dates; any other leaves them out of the URL."""
    if values["period"] != "custom":
        return {**values, "from": "", "to": ""}
    return {**values, "from": period.start.isoformat(), "to": (period.end - timedelta(days=1)).isoformat()}

"""A page's filters: read from its URL, shown as a sentence, written back as the shortest URL of the same state.

A value that cannot be used becomes a `Problem` that names its field; the field falls back to its default and all others
stay as asked. So a mistyped or outdated link still shows figures, and says which.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from ..scope import Grain, Period, Scope, ScopeError, echo, parse, parse_day
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
SEVERAL: tuple[str, ...] = ("channel", "campaign")  # filters of which any number may be chosen
LABELS: dict[str, str] = {"basis": "By"}
ASKED_AS: dict[str, str] = {"start": "from", "end": "to"}
DEFAULTED = "This filter is back at its default; the others are as you set them."
ONE_DAY = "The other date is kept; until there are two, its day alone is shown."
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
    """What could not be used: the field as the page calls it, why, and what the page shows instead."""

    field: str
    message: str
    instead: str = DEFAULTED


State = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True, slots=True)
class Filters:
    values: Mapping[str, str]  # every name of DEFAULTS that has one value, as text
    scope: Scope
    problems: tuple[Problem, ...] = ()

    @property
    def query(self) -> str:
        """The query string of this state; what is at its default is left out."""
        return self.with_()

    def with_(self, **changes: str) -> str:
        """The query string of this state with some values changed."""
        state: State = {**self.values, "channel": self.scope.channels, "campaign": self.scope.campaigns, **changes}
        pairs = [(name, text) for name in DEFAULTS for text in _texts(state[name]) if text != DEFAULTS[name]]
        return urlencode(pairs)

    def query_with(self, state: Mapping[str, str]) -> str:
        """The query string of this state and of what a page keeps besides."""
        more = {name: text for name, text in state.items() if text and name not in DEFAULTS}
        return "&".join(part for part in (self.query, urlencode(more)) if part)

    def of_nothing_else(self) -> "Filters":
        """This state without what a page of one campaign does not ask: other campaigns, channels, an order."""
        scope = replace(self.scope, channels=(), campaigns=())
        return replace(self, scope=scope, values={**self.values, "sort": DEFAULTS["sort"]})

    def with_problem(self, problem: Problem) -> "Filters":
        return replace(self, problems=(*self.problems, problem))

    def without(self, name: str, message: str) -> "Filters":
        """This state with one of the filters SEVERAL back at its default, and the reason told."""
        scope = replace(self.scope, campaigns=()) if name == "campaign" else replace(self.scope, channels=())
        return Filters(self.values, scope, (*self.problems, Problem(_label(name), message)))


def _texts(value: str | Sequence[str]) -> Sequence[str]:
    return (value,) if isinstance(value, str) else value


def _label(name: str) -> str:
    return LABELS.get(name, name.capitalize())


def read(params: Mapping[str, Sequence[str]], *, now: datetime, time_zone: str, currency: str) -> Filters:
    """The filters that query parameters ask for; never raises. Unknown parameters are left alone."""
    state = _given(params)
    problems: list[Problem] = []
    today = now.astimezone(ZoneInfo(time_zone)).date()
    for _ in DEFAULTS:
        try:
            scope = _scope(state, today, now, time_zone, currency)
            break
        except ScopeError as error:
            name = ASKED_AS.get(error.field, error.field)
            state, instead = _forget(state, name)
            problems.append(Problem(_label(name), error.message, instead))
    else:  # every field was at fault and is at its default now
        scope = _scope(state, today, now, time_zone, currency)
    values = {name: value for name, value in state.items() if isinstance(value, str)}
    return Filters(_with_days(values, scope.period), scope, tuple(problems))


def _given(params: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """What was given, else the default. Dates without a period are a period of their own."""
    state: dict[str, Any] = {name: _last(params, name) or default for name, default in DEFAULTS.items()}
    if (state["from"] or state["to"]) and not _last(params, "period"):
        state["period"] = "custom"
    return state | {name: list(params.get(name, ())) for name in SEVERAL}


def _last(params: Mapping[str, Sequence[str]], name: str) -> str:
    given = params.get(name, ())
    return given[-1].strip() if given else ""


def _forget(state: Mapping[str, Any], name: str) -> tuple[dict[str, Any], str]:
    """The state without what was at fault, and in words what is shown instead: of two dates the other one is kept."""
    if name in SEVERAL:
        return {**state, name: []}, DEFAULTED
    if name not in ("from", "to"):
        return {**state, name: DEFAULTS[name]}, DEFAULTED
    if state["from"] and state["to"]:
        return {**state, name: ""}, ONE_DAY
    return {**state, "from": "", "to": "", "period": DEFAULTS["period"]}, DEFAULTED


def _scope(state: Mapping[str, Any], today: date, now: datetime, time_zone: str, currency: str) -> Scope:
    _one_of("metric", state["metric"], TREND_METRICS)
    _one_of("sort", state["sort"].removeprefix("-"), SORTABLE)
    _one_of("period", state["period"], periods.BY_NAME)
    period = _period(state, today)
    asked = {"start": [period.start.isoformat()], "end": [period.end.isoformat()]}
    asked |= {name: [state[name]] for name in ("compare", "basis")} | {name: state[name] for name in SEVERAL}
    scope = parse(asked, now=now, time_zone=time_zone, currency=currency)
    return replace(scope, grain=_grain(scope.period))


def _one_of(field: str, value: str, known: Sequence[str] | Mapping[str, object]) -> None:
    if value not in known:
        raise ScopeError(field, f"“{echo(value)}” is not one of {', '.join(known)}.")


def _period(state: Mapping[str, str], today: date) -> Period:
    """On a page both dates count, and one alone is a day."""
    if state["period"] != "custom":
        return periods.BY_NAME[state["period"]].days(today)
    first, last = parse_day("from", state["from"]), parse_day("to", state["to"])
    if first and last and last < first:
        raise ScopeError("to", f"{last} lies before From, {first}.")
    day = first or last
    return Period(day, (last or day) + timedelta(days=1)) if day else periods.BY_NAME["custom"].days(today)


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

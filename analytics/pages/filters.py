"""A page's filters: read from its URL, shown as a sentence, written back as the shortest URL of the same state.

A value that cannot be used becomes a `Problem` that names its field; the field falls back to its default and all others
stay as asked. So a mistyped or outdated link still shows figures, and says which.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from ..allowed import EVERYTHING, Allowed
from ..scope import FILTERS, Grain, Period, Scope, ScopeError, parse, parse_day
from . import periods
from .fields import DEFAULT_PERIOD, Field, Fields
from .labels import label_of

SCOPED: dict[str, str] = {
    "channel": "channels",
    "campaign": "campaigns",
    "status": "statuses",
    "tag": "tags",
    "search": "search",
}  # as the scope calls them
ASKED_AS: dict[str, str] = {"start": "from", "end": "to"}
DEFAULTED = "This filter is back at its default; the others are as you set them."
ONE_DAY = "The other date is kept; until there are two, its day alone is shown."
HOURS_UP_TO, DAYS_UP_TO, WEEKS_UP_TO = 2, 120, 800


@dataclass(frozen=True, slots=True)
class Problem:
    """What could not be used: the field as the page calls it, why, and what the page shows instead."""

    field: str
    message: str
    instead: str = DEFAULTED


Texts = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Filters:
    fields: Fields
    values: Mapping[str, Any]  # by field: a text, or texts where there may be several
    scope: Scope
    problems: tuple[Problem, ...] = ()
    unseen: tuple[str, ...] = ()  # metrics asked for that whoever asks may not see; the rest is shown without them

    @property
    def allowed(self) -> Allowed:
        return self.scope.allowed

    def standard(self, name: str) -> Any:
        """The default of a field."""
        return next(field.default for field in self.fields if field.name == name)

    @property
    def unseen_words(self) -> str:
        return ", ".join(map(label_of, self.unseen))

    @property
    def query(self) -> str:
        """The query string of this state; what is at its default is left out."""
        return self.with_()

    def with_(self, **changes: Texts) -> str:
        """The query string of this state with some values changed."""
        forgotten = {field.name: field.default for field in self.fields if changes and field.fleeting}
        return self.for_(self.fields, **forgotten | changes)

    def for_(self, fields: Fields, **changes: Texts) -> str:
        """The query string by which a page of these fields takes over what it knows of this state."""
        return urlencode([*self._pairs(fields, changes)])

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What this state says that no select of the sentence shows, and that outlives a change of them."""
        return [*self._pairs(tuple(field for field in self.fields if field.aside and not field.fleeting), {})]

    def without(self, name: str, message: str, instead: str = DEFAULTED) -> "Filters":
        """This state with one field back at its default, and the reason told."""
        field = next(field for field in self.fields if field.name == name)
        default: Any = field.default
        scope = replace(self.scope, **{SCOPED[name]: default}) if name in SCOPED else self.scope
        problems = (*self.problems, Problem(field.words, message, instead))
        return Filters(self.fields, {**self.values, name: default}, scope, problems, self.unseen)

    def _pairs(self, fields: Fields, changes: Mapping[str, Texts]) -> Iterator[tuple[str, str]]:
        state = {**self.values, **changes}
        for field in fields:
            if (texts := state.get(field.name, field.default)) != field.default:
                yield from ((field.name, text) for text in _texts(texts))


def _texts(value: Texts) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value


def read(
    params: Mapping[str, Sequence[str]],
    fields: Fields,
    *,
    now: datetime,
    time_zone: str,
    currency: str,
    allowed: Allowed = EVERYTHING,
) -> Filters:
    """The filters that query parameters ask for, without metrics that are not `allowed`; never raises. Parameters of no
    field are left alone.
    """
    fields = tuple(field.open_to(allowed) for field in fields)
    state, unseen = _given(params, fields, allowed)
    if any(state.get(name) for name in ("from", "to")) and not "".join(params.get("period", ())):
        state["period"] = "custom"  # dates without a period are a period of their own
    problems: list[Problem] = []
    today = now.astimezone(ZoneInfo(time_zone)).date()
    by_name = {field.name: field for field in fields}
    for _ in fields:
        try:
            scope = replace(_scope(state, fields, today, now, time_zone, currency), allowed=allowed)
            break
        except ScopeError as error:
            field = by_name[ASKED_AS.get(error.field, error.field)]
            state, instead = _forget(state, field)
            problems.append(Problem(field.words, error.message, instead))
    else:  # every field was at fault and is at its default now
        scope = replace(_scope(state, fields, today, now, time_zone, currency), allowed=allowed)
    return replace(_filters(fields, state, scope, tuple(problems)), unseen=unseen)


def _given(
    params: Mapping[str, Sequence[str]], fields: Fields, allowed: Allowed
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What parameters say of each field, without the metrics that are not allowed; and which those are."""
    state: dict[str, Any] = {}
    unseen: dict[str, None] = {}
    for field in fields:
        value = field.given(params) if field.known or not field.of_metrics else field.default
        if hidden := field.unseen(value, allowed):
            left = tuple(text for text in value if text not in hidden) if field.several else ""
            value = left or field.default
            unseen |= dict.fromkeys(hidden)
        state[field.name] = value
    return state, tuple(unseen)


def _filters(fields: Fields, state: Mapping[str, Any], scope: Scope, problems: tuple[Problem, ...]) -> Filters:
    values = {
        field.name: getattr(scope, SCOPED[field.name]) if field.name in SCOPED else field.ordered(state[field.name])
        for field in fields
    }
    return Filters(fields, _with_days(values, scope.period), scope, problems)


def _forget(state: Mapping[str, Any], field: Field) -> tuple[dict[str, Any], str]:
    """The state without what was at fault, and in words what is shown instead: of two dates the other one is kept."""
    if field.name not in ("from", "to"):
        return {**state, field.name: field.default}, DEFAULTED
    if state["from"] and state["to"]:
        return {**state, field.name: ""}, ONE_DAY
    return {**state, "from": "", "to": "", "period": DEFAULT_PERIOD}, DEFAULTED


def _scope(
    state: Mapping[str, Any], fields: Fields, today: date, now: datetime, time_zone: str, currency: str
) -> Scope:
    for field in fields:
        field.check(state[field.name])
    period = _period(state, today)
    asked = {"start": [period.start.isoformat()], "end": [period.end.isoformat()]}
    asked |= {name: list(_texts(state[name])) for name in ("compare", "basis", *FILTERS) if name in state}
    scope = parse(asked, now=now, time_zone=time_zone, currency=currency)
    return replace(scope, grain=_grain(scope.period))


def _period(state: Mapping[str, str], today: date) -> Period:
    """On a page both dates count, and one alone is a day; a page that asks for none has the default."""
    if state.get("period", DEFAULT_PERIOD) != "custom":
        return periods.BY_NAME[state.get("period", DEFAULT_PERIOD)].days(today)
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


def _with_days(values: Mapping[str, Any], period: Period) -> dict[str, Any]:
    """A custom period always says its dates; any other leaves them out of the URL."""
    if values.get("period") != "custom":
        return {**values, "from": "", "to": ""}
    return {**values, "from": period.start.isoformat(), "to": (period.end - timedelta(days=1)).isoformat()}

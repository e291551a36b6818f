"""What is asked: period, comparison, date basis, filters, grain. Pure; campaigns are looked up on reading."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from .allowed import EVERYTHING, Allowed
from .catalogue import NAMES
from .channels import BY_NAME as CHANNELS
from .days import read_day
from .statuses import Status

DEFAULT_DAYS = 30
EARLIEST = date(2000, 1, 1)
MAX_YEARS = 10
MAX_HOUR_DAYS = 31
LONGEST_SEARCH = 100
ECHOED = 60  # characters of a bad value that an error repeats


class Compare(StrEnum):
    NONE = "none"
    PREVIOUS = "previous"  # the equally long period right before
    LAST_YEAR = "last_year"  # the same dates a year before


class BasisName(StrEnum):
    SEND = "send"
    EVENT = "event"


class Grain(StrEnum):
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"  # ISO: from Monday
    MONTH = "month"


class ScopeError(ValueError):
    """A question that cannot be answered: which field of it, and the way out."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


@dataclass(frozen=True, slots=True)
class Period:
    """Days `[start, end)` of the reporting zone."""

    start: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    @property
    def words(self) -> str:
        """Its first and its last day, as an answer names them."""
        last = self.end - timedelta(days=1)
        return f"{self.start}" if last == self.start else f"{self.start} to {last}"


@dataclass(frozen=True, slots=True)
class Scope:
    """One question's frame, shared by page, fragment, API, export and rule.

    `channels`, `campaigns` (external ids), `statuses`, `tags` (any of them) and `search` (part of a name or external
    id, in any case) are filters, empty = all. With any of them, what belongs to no campaign is out. `allowed` are the
    metrics that whoever asks may see: no query computes another.
    """

    period: Period
    time_zone: str
    currency: str
    compare: Compare = Compare.NONE
    basis: BasisName = BasisName.SEND
    channels: tuple[str, ...] = ()
    campaigns: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    search: str = ""
    grain: Grain = Grain.DAY
    allowed: Allowed = EVERYTHING

    @property
    def start(self) -> date:
        return self.period.start

    @property
    def end(self) -> date:
        return self.period.end

    @property
    def filtered(self) -> bool:
        return bool(self.channels or self.campaigns or self.statuses or self.tags or self.search)

    @property
    def compared(self) -> Period | None:
        """The period compared with, None without a comparison."""
        return self.set_against(self.period)

    def set_against(self, days: Period) -> Period | None:
        """What some days of the period are compared with, None without a comparison."""
        if self.compare is Compare.PREVIOUS:
            back = timedelta(days=self.period.days)
            return Period(days.start - back, days.end - back)
        if self.compare is Compare.LAST_YEAR:
            last = _years_later(days.end - timedelta(days=1), -1)
            return Period(
                _years_later(days.start, -1),
                max(_years_later(days.end, -1), last + timedelta(days=1)),  # the 29th goes with the 28th of February
            )
        return None

    @property
    def parameters(self) -> tuple[tuple[str, str], ...]:
        """What `parse` reads as this scope, but for the grain."""
        several = (
            ("channel", self.channels),
            ("campaign", self.campaigns),
            ("status", self.statuses),
            ("tag", self.tags),
        )
        return (
            ("start", self.start.isoformat()),
            ("end", self.end.isoformat()),
            ("basis", self.basis.value),
            *([] if self.compare is Compare.NONE else [("compare", self.compare.value)]),
            *((name, text) for name, texts in several for text in texts),
            *([("search", self.search)] if self.search else []),
        )

    def today(self, now: datetime) -> date:
        """The running day of the reporting zone."""
        return now.astimezone(ZoneInfo(self.time_zone)).date()

    def split(self, today: date) -> tuple[Period, Period]:
        """The days that are over, and those from `today` on; either may be empty."""
        cut = min(max(today, self.start), self.end)
        return Period(self.start, cut), Period(cut, self.end)


FILTERS: tuple[str, ...] = ("channel", "campaign", "status", "tag", "search")
PARAMETERS: tuple[str, ...] = ("start", "end", "compare", "basis", *FILTERS, "grain", "time_zone")


def parse(
    params: Mapping[str, Sequence[str]],
    *,
    now: datetime,
    time_zone: str,
    currency: str,
    allowed: Allowed = EVERYTHING,
) -> Scope:
    """The scope that query parameters ask for; a missing or empty one has its default.

    `channel` and `status` may stand several times or with commas, `campaign` (an external id) and `tag` several times.
    `time_zone` and `currency` are the installation's; `now` decides what "the last 30 days" are. Raises `ScopeError`.
    """
    asked_zone = given_once(params, "time_zone")
    if asked_zone not in ("", time_zone):
        raise ScopeError("time_zone", f"Figures are cut in {time_zone}; leave time_zone out or ask for {time_zone}.")
    grain = _choice(params, "grain", Grain, Grain.DAY)
    period = _period(params, now.astimezone(ZoneInfo(time_zone)).date())
    if grain is Grain.HOUR and period.days > MAX_HOUR_DAYS:
        raise ScopeError(
            "grain", f"Hours are given for at most {MAX_HOUR_DAYS} days; shorten the period or ask for days."
        )
    return Scope(
        period=period,
        time_zone=time_zone,
        currency=currency,
        compare=_choice(params, "compare", Compare, Compare.NONE),
        basis=_choice(params, "basis", BasisName, BasisName.SEND),
        channels=some_of(params, "channel", CHANNELS),
        campaigns=_texts(params, "campaign"),
        statuses=some_of(params, "status", list(Status)),
        tags=_texts(params, "tag"),
        search=_search(params),
        grain=grain,
        allowed=allowed,
    )


def parse_metrics(params: Mapping[str, Sequence[str]], allowed: Allowed = EVERYTHING) -> tuple[str, ...]:
    """The names in `metrics` (commas, or several times), each once, in their order; all `allowed` where none is named.

    Raises `ScopeError`, and `NotShown` for one that is not allowed.
    """
    names = _list(params, "metrics")
    for name in names:
        if name not in NAMES:
            raise ScopeError("metrics", f"There is no metric {echo(name)!r}. {near(name, NAMES)}")
    allowed.check(*names)
    return names or allowed.of(NAMES)


def echo(text: str) -> str:
    """A bad value as an error repeats it: whoever sent it knows it by its beginning."""
    return text if len(text) <= ECHOED else f"{text[: ECHOED - 1]}…"


def near(name: str, known: Iterable[str], listed: str = "GET /api/v1/metrics lists them.") -> str:
    """The way out of a name that is not known: those next to it, and where all of them are `listed`."""
    alike = get_close_matches(name, known, n=3)
    return f"Did you mean {' or '.join(alike)}? {listed}" if alike else listed


def _period(params: Mapping[str, Sequence[str]], today: date) -> Period:
    start, end = (parse_day(field, given_once(params, field)) for field in ("start", "end"))
    if end is None:
        end = today + timedelta(days=1)
        if start is not None and start >= end:
            raise ScopeError("start", f"start {start} lies in the future; give an end after it, or an earlier start.")
    if start is None:
        start = max(end - timedelta(days=DEFAULT_DAYS), EARLIEST)
    if start >= end:
        raise ScopeError("end", f"end {end} must come after start {start}; end itself is not in the period.")
    if end > _years_later(start, MAX_YEARS):
        raise ScopeError(
            "end", f"A period spans at most {MAX_YEARS} years; give an end until {_years_later(start, MAX_YEARS)}."
        )
    return Period(start, end)


def parse_day(field: str, text: str) -> date | None:
    """A day written as 2026-10-01 and nothing else; None for an empty text. Raises `ScopeError`."""
    if not text:
        return None
    try:
        day = read_day(text)
    except ValueError:
        raise ScopeError(field, f"{echo(text)!r} is no date; write it as 2026-10-01.") from None
    if not EARLIEST <= day <= date.max.replace(year=date.max.year - MAX_YEARS - 1):
        raise ScopeError(field, f"{day} is out of range; dates lie between {EARLIEST} and the year 9900.")
    return day


def some_of(params: Mapping[str, Sequence[str]], field: str, known: Iterable[str]) -> tuple[str, ...]:
    """Those of the `known` names that are given, several times or with commas. Raises `ScopeError`."""
    known, names = tuple(known), _list(params, field)
    for name in names:
        if name not in known:
            raise ScopeError(field, f"There is no {field} {echo(name)!r}; there are {', '.join(known)}.")
    return names


def _texts(params: Mapping[str, Sequence[str]], field: str) -> tuple[str, ...]:
    """Each text once, as it is: a comma may be part of it."""
    return tuple(dict.fromkeys(value for value in params.get(field, ()) if value))


def _search(params: Mapping[str, Sequence[str]]) -> str:
    text = given_once(params, "search")
    if len(text) > LONGEST_SEARCH:
        raise ScopeError("search", f"search has {len(text)} characters; give at most {LONGEST_SEARCH}.")
    return text


_Choice = TypeVar("_Choice", bound=StrEnum)


def _choice(params: Mapping[str, Sequence[str]], field: str, choices: type[_Choice], default: _Choice) -> _Choice:
    text = given_once(params, field)
    if not text:
        return default
    try:
        return choices(text)
    except ValueError:
        raise ScopeError(field, f"{echo(text)!r} is no {field}; it is one of {', '.join(choices)}.") from None


def given_once(params: Mapping[str, Sequence[str]], field: str) -> str:
    """The text of a parameter, empty where it is not given. Raises `ScopeError`."""
    values = params.get(field, ())
    if len(values) > 1:
        raise ScopeError(field, f"{field} was given {len(values)} times; give it once.")
    return values[0].strip() if values else ""


def _list(params: Mapping[str, Sequence[str]], field: str) -> tuple[str, ...]:
    words = (word.strip() for value in params.get(field, ()) for word in value.split(","))
    return tuple(dict.fromkeys(word for word in words if word))


def _years_later(day: date, years: int) -> date:
    """The same date so many years later; 29 February becomes the 28th where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)

"""What the address of a page may say: each page declares its fields, most of them shared. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..allowed import Allowed
from ..catalogue import NAMES
from ..scope import ScopeError, echo, near
from . import periods
from .columns import COLUMNS, DEFAULT_COLUMNS

DEFAULT_PERIOD = "30d"
SPARE = 6  # columns of somebody who may see none of the standard ones
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
class Field:
    """`known` are the values it may have, in the order shown, where the scope does not check them itself; `listed` says
    where a page offers them, if they are too many for an error.
    """

    name: str
    default: str | tuple[str, ...] = ""
    label: str = ""
    known: Collection[str] = ()
    listed: str = ""
    several: bool = False  # any number of values
    falling: bool = False  # a `-` may stand before a value
    aside: bool = False  # no select of the sentence shows it
    fleeting: bool = False  # a place in the answer, which is another once anything else changes
    of_metrics: bool = False  # its values are metrics
    instead: str = ""  # of a metric: the default of somebody who may not see the other one

    def given(self, params: Mapping[str, Sequence[str]]) -> str | tuple[str, ...]:
        """What parameters say of it, else its default."""
        texts = params.get(self.name, ())
        if not self.several:
            return (texts[-1].strip() if texts else "") or self.default
        if self.known:
            texts = [word.strip() for text in texts for word in text.split(",")]
        return tuple(text for text in texts if text) or self.default

    def check(self, value: Any) -> None:
        """Raises `ScopeError` for a value that is not known."""
        for text in (value if self.several else (value,)) if self.known else ():
            name = text.removeprefix("-") if self.falling else text
            if name not in self.known:
                listed = self.listed or f"There are {', '.join(self.known)}."
                raise ScopeError(self.name, f"“{echo(text)}” is not known here. {near(name, self.known, listed)}")

    def ordered(self, value: Any) -> Any:
        """Of several values each once, in the order of `known`."""
        return tuple(text for text in self.known if text in value) if self.several else value

    def open_to(self, allowed: Allowed) -> "Field":
        """The field as somebody has it who may see these metrics alone; its default is what is left of it, else what is
        to stand for it, else the first metric that is left.
        """
        if not self.of_metrics or allowed.sees(*self.known):
            return self
        known, sign = allowed.of(self.known), "-" if self.falling else ""
        default: Any = _seen(self.default, allowed)
        if not default and self.several:
            default = known[:SPARE]
        elif not default:
            metrics = [f"{sign}{name}" for name in (self.instead, *known) if name in known and name in NAMES]
            default = next(iter((*metrics, *known)), "")  # what is left may be no metric: a name
        return replace(self, known=known, default=default)

    def unseen(self, value: Any, allowed: Allowed) -> tuple[str, ...]:
        """The metrics among given values that somebody may not see."""
        texts = value if self.several else (value,)
        names = [text.removeprefix("-") for text in texts] if self.of_metrics else []
        return tuple(name for name in names if name in NAMES and not allowed.sees(name))

    @property
    def words(self) -> str:
        """What the page calls it."""
        return self.label or self.name.capitalize()


def _seen(value: Any, allowed: Allowed) -> Any:
    """What is left of a metric with its sign, or of several."""
    if isinstance(value, str):
        return value if allowed.sees(value.removeprefix("-")) else ""
    return allowed.of(value)


Fields = tuple[Field, ...]


def _sort(default: str, known: Collection[str], listed: str = "") -> Field:
    """The column that a table is sorted by."""
    return Field("sort", default, known=known, listed=listed, falling=True, aside=True, of_metrics=True)


def _carried(field: Field) -> Field:
    """One that a page does not ask, but takes along for the pages that it leads to."""
    return replace(field, aside=True)


_PERIOD: Fields = (Field("period", DEFAULT_PERIOD, known=periods.BY_NAME), Field("from"), Field("to"))
_COMPARE = Field("compare", "previous")
_CHANNEL = Field("channel", (), several=True)
_CAMPAIGN = Field("campaign", (), several=True)
_STATUS = Field("status", (), several=True)
_TAG = Field("tag", (), several=True)
_BASIS = Field("basis", "send", label="By")
_METRIC = Field("metric", "net_revenue", known=TREND_METRICS, of_metrics=True, instead="conversions")  # of the trend
_COLUMNS = Field(
    "columns", DEFAULT_COLUMNS, known=COLUMNS, listed="“Columns” lists them.", several=True, of_metrics=True
)

OVERVIEW: Fields = (*_PERIOD, _COMPARE, _CHANNEL, _CAMPAIGN, _BASIS, _METRIC, _sort("-roas", SORTABLE))
CAMPAIGNS: Fields = (
    *_PERIOD,
    _COMPARE,
    _CHANNEL,
    _STATUS,
    _TAG,
    _BASIS,
    Field("search"),
    _COLUMNS,
    _sort("-roi", ("name", *COLUMNS), "“Columns” lists them; a click on a heading sorts by it."),
    Field("cursor", label="Page", aside=True, fleeting=True),
)
CAMPAIGN: Fields = (*_PERIOD, _COMPARE, _BASIS, _METRIC)
DRILLDOWN: Fields = (*_PERIOD, _carried(_COMPARE), _BASIS, _carried(_METRIC), Field("date", aside=True))

"""What a rule finds: what is wrong or good, by which figures, what to do, and how it will be judged. Pure.

All of it is frozen into the recommendation that is made of it, as `asdict` gives it.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Better(StrEnum):
    HIGHER = "higher"
    LOWER = "lower"


@dataclass(frozen=True, slots=True)
class Range:
    """A value with its 95 % interval; `low <= mid <= high`."""

    low: float
    mid: float
    high: float


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that a finding stands on. `metric` is a name of the catalogue; with `[start, end)` and whose it is
    (the campaign's, else its channel's other campaigns') that is its receipt. `sample` is what it is divided by. With
    an `hour` of the day (reporting zone) it is of the messages that left in that.

    By people's history it is with an hour `against` which that one is matched, or with a `line` of messages in 28 days:
    then with `above` of what came to those who had got more, or not more.
    """

    label: str
    metric: str
    value: float
    low: float | None
    high: float | None
    sample: float
    start: date
    end: date
    of_campaign: bool = True
    hour: int | None = None
    against: int | None = None
    line: float | None = None
    above: bool | None = None

    @property
    def of_people(self) -> bool:
        """Whether it is counted by people's history."""
        return self.against is not None or self.line is not None


@dataclass(frozen=True, slots=True)
class Expected:
    """The promise: `metric` goes from `before` to somewhere in `after`, and `money` is what that is worth in 30 days,
    in the reporting currency; `how` says in a sentence how both were computed.
    """

    metric: str
    before: float
    after: Range
    money: Range
    how: str


@dataclass(frozen=True, slots=True)
class Plan:
    """How it will be judged: by `metric` over `days` from the day after it was done, once they have settled, against
    the campaigns that `against` names; with less than `minimum` of what the metric is divided by, nobody can tell.
    """

    metric: str
    better: Better
    days: int
    minimum: int
    against: str


@dataclass(frozen=True, slots=True)
class Score:
    """Three factors in [0, 1]: how large the matter is, how much the sample can bear, how steady it has been."""

    base: float
    adequacy: float
    stability: float

    @property
    def value(self) -> float:
        return self.base * self.adequacy * self.stability


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's finding about one campaign. `action` is a word for machines, `proposal` a sentence for people."""

    rule: str
    version: int
    campaign: int
    action: str
    proposal: str
    score: Score
    evidence: tuple[Figure, ...]
    expected: Expected
    plan: Plan
    expires_days: int


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that raised an error over a campaign, so that nobody knows what it would have found."""

    rule: str
    campaign: int
    error: Exception

    def __str__(self) -> str:
        return f"{self.rule} over campaign {self.campaign}: {type(self.error).__name__}: {self.error}"

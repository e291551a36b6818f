"""What is said of what was done: the question, the answer, and what all ways of measuring share. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from analytics.presentation import percent

from .findings import Better, Range
from .ratios import Ratio
from .snapshot import Day

ALIKE = 0.1  # an interval within so much is no difference
MONTH = 30
MONEY = ("roas", "cost", "net_revenue")
LEFT = "what is left, per spend of before,"


class Verdict(StrEnum):
    """The states in which a recommendation may end after it was measured."""

    BETTER = "better"
    NO_DIFFERENCE = "no difference"
    WORSE = "worse"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True)
class Series:
    """One campaign's days before and after; days on which nothing happened need not be there."""

    campaign: int
    before: tuple[Day, ...]
    after: tuple[Day, ...]


@dataclass(frozen=True, slots=True)
class Design:
    """How long both periods are, in days; whether the same finding had been made of the controls, and of what they are
    campaigns; whether messages are delivered in the channel; at which ROAS a campaign pays.
    """

    before: int
    after: int
    same_finding: bool
    delivers: bool
    peers: str = "its channel"
    break_even: float = 1.0


@dataclass(frozen=True, slots=True)
class Group:
    """So many people of one arm and period, and how many of them converted; None of fewer than may be shown."""

    people: int | None
    converters: int | None


@dataclass(frozen=True, slots=True)
class Arms:
    """What stands behind a comparison with people held out: both arms before and after, by who converted within `days`.
    `change` is by what share more of those written to converted than was to be expected; None where money is judged.
    """

    days: int
    written_before: Group
    written_after: Group
    held_before: Group
    held_after: Group
    change: Range | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """`before` and `after` are the metric's, without a `bottom` per day; `expected_change` is by what share it would
    have changed anyhow (of money, the ROAS; of arms, what those held out did). `effect` is by what share it is higher
    than that (0.2 = +20 %), None where money or arms are judged. `money` is what came of it in 30 days, in the
    reporting currency. None is unknown. `because` says why just these `controls` were chosen.
    """

    verdict: Verdict
    why: str
    against: str
    controls: int
    before: float | None
    after: float | None
    expected_change: float | None = None
    effect: Range | None = None
    money: Range | None = None
    because: str = ""
    arms: Arms | None = None


class CannotTell(Exception):
    """Why nobody can."""


def verdict_of(effect: Range, better: Better) -> Verdict:
    if effect.low > 0:
        return Verdict.BETTER if better is Better.HIGHER else Verdict.WORSE
    if effect.high < 0:
        return Verdict.WORSE if better is Better.HIGHER else Verdict.BETTER
    return Verdict.NO_DIFFERENCE if effect.low > -ALIKE and effect.high < ALIKE else Verdict.CANNOT_TELL


def told(verdict: Verdict, what: str, by: Range) -> str:
    """The effect in a sentence."""
    reach = f"95 % of such intervals hold the truth: {_signed(by.low)} to {_signed(by.high)}"
    text = f"Against what was to be expected {what} changed by {_signed(by.mid)} ({reach})."
    return f"{text} That is too wide to tell." if verdict is Verdict.CANNOT_TELL else text


def must_have_spent_more(was: float, now: float) -> None:
    """A campaign that ended, or was repeated under another name, says nothing of what more spend brings in. Of what it
    cost a day; raises `CannotTell`.
    """
    if now <= was:
        raise CannotTell(
            f"It cost {was:,.2f} a day before and {now:,.2f} after: more was not spent, so nothing tells what "
            "more would have brought in."
        )


def value_of(ratio: Ratio, days: Sequence[Day], length: int) -> float | None:
    top = sum(getattr(day, ratio.top) for day in days)
    bottom = sum(getattr(day, ratio.bottom) for day in days) if ratio.bottom else length
    return top / bottom if bottom > 0 else None


def scaled(one: Range, by: float) -> Range:
    return Range(one.low * by, one.mid * by, one.high * by)


def _signed(share: float) -> str:
    return f"{'+' if share > 0 else ''}{percent(share)}"

"""What came of a recommendation: the effect with its interval beside what was promised. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from analytics.catalogue import BY_NAME
from analytics.history import SMALLEST_GROUP
from analytics.pages.labels import label_of
from analytics.presentation import percent

from ..findings import Expected, Range
from ..frozen import expected_of, plan_of, range_of
from ..models import Recommendation, State
from ..shown import Shown
from ..verdicts import MONEY
from . import words
from .drawing import Drawn, drawn

VERDICTS: dict[str, tuple[str, str]] = {  # in words, and how good that is
    State.BETTER: ("It helped", "good"),
    State.NO_DIFFERENCE: ("No difference", "flat"),
    State.WORSE: ("It did harm", "bad"),
    State.CANNOT_TELL: ("Cannot tell", "warn"),
}


@dataclass(frozen=True, slots=True)
class Line:
    label: str
    text: str
    span: str
    drawn: Drawn
    own: bool


@dataclass(frozen=True, slots=True)
class Axis:
    """What was measured, and what was promised."""

    label: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    verdict: str
    worth: str
    why: str
    axes: tuple[Axis, ...]
    facts: tuple[tuple[str, str], ...]
    because: str


def outcome(recommendation: Recommendation, shown: Shown) -> Outcome | None:
    """None while nothing was measured; its verdict alone for who may not see its figures."""
    kept = recommendation.outcome
    if recommendation.state not in VERDICTS or not kept:
        return None
    verdict, worth = VERDICTS[recommendation.state]
    if not shown.figures:
        return Outcome(verdict, worth, "", (), (), "")
    metric = plan_of(recommendation).metric
    kept = kept if shown.money else kept | {"money": None}
    return Outcome(
        verdict=verdict,
        worth=worth,
        why=kept.get("why") or "",
        axes=tuple(_axes(kept, expected_of(recommendation), metric, recommendation.currency)),
        facts=tuple(_facts(kept, metric, recommendation.currency)),
        because=kept.get("because") or "",
    )


def _axes(kept: dict[str, Any], expected: Expected, metric: str, currency: str) -> Iterator[Axis]:
    """The change of a rate, and what that is worth; what is measured of money is told by its worth alone. What arms
    are compared by is another rate than the promised one, and stands by itself.
    """
    effect, money, arms = range_of(kept.get("effect")), range_of(kept.get("money")), kept.get("arms")
    if effect and metric not in MONEY:
        promised = _promised(expected) if expected.metric == metric else None
        yield Axis(f"Change of {words.inner(metric)}", _lines(effect, promised, words.change))
    if arms and (change := range_of(arms["change"])):
        yield Axis(f"Change of conversions within {arms['days']} days", _lines(change, None, words.change))
    if money:
        both = (money, expected.money)
        places = words.money_places([end for each in both for end in (each.low, each.mid, each.high)], currency)
        yield Axis("Worth in 30 days", _lines(*both, lambda amount: words.money(amount, places, currency)))


def _promised(expected: Expected) -> Range | None:
    """As a relative change, which is what is measured."""
    if not expected.before:
        return None
    low, mid, high = (at / expected.before - 1 for at in (expected.after.low, expected.after.mid, expected.after.high))
    return Range(low, mid, high)


def _lines(measured: Range, promised: Range | None, text: Callable[[float], str]) -> tuple[Line, ...]:
    named: Sequence[tuple[str, Range]] = [("Measured", measured), *([("Promised", promised)] if promised else [])]
    return tuple(
        Line(label, text(each.mid), f"{text(each.low)} to {text(each.high)}", line, label == "Measured")
        for (label, each), line in zip(named, drawn([each for _, each in named], mark=0.0), strict=True)
    )


def _facts(kept: dict[str, Any], metric: str, currency: str) -> Iterator[tuple[str, str]]:
    before, after, anyhow = (kept.get(name) for name in ("before", "after", "expected_change"))
    if before is not None and after is not None:
        values = [words.value(each, metric, currency) for each in (before, after)]
        yield f"{label_of(metric)} before and after", " → ".join(values) + ("" if BY_NAME[metric].bottom else " a day")
    if anyhow is not None:
        yield "Would have changed anyhow by", words.change(anyhow)
    if arms := kept.get("arms"):
        yield from _arms(arms)
    if against := kept.get("against"):
        counted = kept.get("controls", 0) > 1 and not kept.get("arms")
        yield "Against", f"{kept['controls']:,} {against}" if counted else str(against)


def _arms(arms: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Who converted of those written to and of those held out, before and after."""
    for name, label in (("written", "written to"), ("held", "held out")):
        both = " → ".join(_share(arms[f"{name}_{when}"]) for when in ("before", "after"))
        yield f"Converted within {arms['days']} days, {label}", both


def _share(group: dict[str, Any]) -> str:
    people, converters = group["people"], group["converters"]
    if people is None:
        return f"fewer than {SMALLEST_GROUP} people"
    share = f"fewer than {SMALLEST_GROUP}" if converters is None else percent(round(converters / people, 6))
    return f"{share} of {people:,}"

"""What came of a recommendation: the effect with its interval beside what was promised. Pure."""

from dataclasses import dataclass
from typing import Any

from analytics.pages.labels import label_of

from ..findings import Expected, Range
from ..models import Recommendation, State
from . import words
from .drawing import Drawn, drawn
from .frozen import expected_of, plan_of, range_of

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
    drawn: Drawn | None
    own: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    verdict: str
    worth: str
    metric: str
    lines: tuple[Line, ...]  # what was measured, and what was promised
    facts: tuple[tuple[str, str], ...]
    why: str


def outcome(recommendation: Recommendation) -> Outcome | None:
    """None while nothing was measured."""
    kept = recommendation.outcome
    if recommendation.state not in VERDICTS or not kept:
        return None
    verdict, worth = VERDICTS[recommendation.state]
    expected, metric = expected_of(recommendation), plan_of(recommendation).metric
    return Outcome(
        verdict=verdict,
        worth=worth,
        metric=label_of(metric),
        lines=_lines(range_of(kept.get("effect")), _promised(expected) if expected.metric == metric else None),
        facts=tuple(_facts(kept, metric, recommendation.currency)),
        why=kept.get("why") or "",
    )


def _promised(expected: Expected) -> Range | None:
    """As a relative change, which is what is measured."""
    if not expected.before:
        return None
    low, mid, high = (at / expected.before - 1 for at in (expected.after.low, expected.after.mid, expected.after.high))
    return Range(low, mid, high)


def _lines(effect: Range | None, promised: Range | None) -> tuple[Line, ...]:
    found = [(label, each, own) for label, each, own in _named(effect, promised) if each]
    lines = drawn([each for _, each, _ in found], mark=0.0)
    return tuple(
        Line(label, f"{words.change(each.mid)} ({words.change_span(each)})", line, own)
        for (label, each, own), line in zip(found, lines, strict=True)
    )


def _named(effect: Range | None, promised: Range | None) -> tuple[tuple[str, Range | None, bool], ...]:
    return ("Measured", effect, True), ("Promised", promised, False)


def _facts(kept: dict[str, Any], metric: str, currency: str) -> list[tuple[str, str]]:
    facts = []
    if (before := kept.get("before")) is not None and (after := kept.get("after")) is not None:
        values = [words.value(each, metric, currency) for each in (before, after)]
        facts.append(("Before and after", " → ".join(values)))
    if money := range_of(kept.get("money")):
        places = words.money_places((money.low, money.mid, money.high), currency)
        text = f"{words.money(money.mid, places, currency)} ({words.money_span(money, places, currency)}) in 30 days"
        facts.append(("Worth", text))
    if against := kept.get("against"):
        facts.append(("Against", _controls(str(against), kept.get("controls"))))
    return facts


def _controls(against: str, controls: int | None) -> str:
    if not controls:
        return against
    return f"{against} ({controls:,} campaign{'' if controls == 1 else 's'})"

"""How each rule has done, in words."""

from collections.abc import Mapping
from dataclasses import dataclass

from analytics.presentation import UNKNOWN, percent

from ..findings import Range
from ..models import State
from ..rules import RULES
from ..scoreboard import Score
from .rules import title_of

VERDICTS: tuple[tuple[str, str], ...] = (
    (State.BETTER, "helped"),
    (State.NO_DIFFERENCE, "no difference"),
    (State.WORSE, "did harm"),
    (State.CANNOT_TELL, "cannot tell"),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure and, in small below it, what it is made of."""

    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    title: str
    cells: tuple[Shown, ...]


COLUMNS: tuple[str, ...] = ("Proposed", "Accepted", "Measured", "Hit rate", "Came of what was promised")


def columns(money: bool) -> tuple[str, ...]:
    """What came of what was promised is a matter of `money`, which not everybody may see."""
    return COLUMNS if money else COLUMNS[:-1]


def scoreboard(scores: Mapping[str, Score], money: bool) -> tuple[Row, ...]:
    """Every rule there is, and those there were that proposed something."""
    names, width = dict.fromkeys([*(rule.name for rule in RULES), *scores]), len(columns(money))
    return tuple(Row(name, title_of(name), _cells(scores.get(name) or Score(name))[:width]) for name in names)


def held(score: Score | None) -> str:
    """How often a rule was right, for its cards; empty while nobody can say."""
    if score is None or not score.told:
        return ""
    times = "1 time" if score.told == 1 else f"{score.told:,} times"
    return f"rule helped {score.measured[State.BETTER]:,} of {times}"


def kept(whole: Score) -> tuple[tuple[str, Shown], ...]:
    """Of all rules together: how many are accepted, and whether that helped."""
    decided = whole.accepted + whole.dismissed
    accepted = percent(round(whole.accepted / decided, 3)) if decided else UNKNOWN
    measured, told = sum(whole.measured.values()), whole.told
    verdicts = ", ".join(f"{whole.measured[state]:,} {word}" for state, word in VERDICTS if whole.measured[state])
    return (
        ("Accepted", Shown(accepted, f"{whole.accepted:,} of {decided:,} that were decided")),
        ("Helped", Shown(_share(whole.hit_rate).text, _spread(whole.hit_rate, told))),
        ("Measured", Shown(f"{measured:,}", verdicts or "none of those accepted yet")),
        ("Open", Shown(f"{whole.open:,}", f"{whole.expired:,} expired")),
    )


def _spread(found: Range | None, told: int) -> str:
    if found is None:
        return "none could be told yet"
    return f"of {told:,} that could be told; 95 % interval {_share(found).note}"


def _cells(score: Score) -> tuple[Shown, ...]:
    left = [f"{count:,} {word}" for count, word in ((score.open, "open"), (score.expired, "expired")) if count]
    verdicts = [f"{score.measured[state]:,} {word}" for state, word in VERDICTS if score.measured[state]]
    return (
        Shown(f"{score.proposed:,}", ", ".join(left)),
        Shown(f"{score.accepted:,}", f"{score.dismissed:,} dismissed" if score.dismissed else ""),
        Shown(f"{sum(score.measured.values()):,}", ", ".join(verdicts)),
        _share(score.hit_rate),
        _share(score.realised),
    )


def _share(found: Range | None) -> Shown:
    if found is None:
        return Shown(UNKNOWN)
    low, mid, high = (percent(round(each, 3)) for each in (found.low, found.mid, found.high))
    return Shown(mid, f"{low} to {high}")

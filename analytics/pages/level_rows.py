"""How the Health page writes service levels. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, isinf

from ..levels.judging import Level, Standing
from ..levels.objectives import WINDOWS, Objective, steps
from ..presentation import SPACE, UNKNOWN, percent
from .job_rows import BAD, WELL, Mark, took

FLAT = Mark("·", "flat")
MARKS = {Standing.MET: WELL, Standing.MISSED: BAD, Standing.FEW: FLAT, Standing.UNKNOWN: FLAT}
FINEST = 10_000  # a share is told in hundredths of a percent


@dataclass(frozen=True, slots=True)
class LevelCell:
    """An objective over one window. `bar` is how much of the error budget is left, in percent."""

    mark: Mark
    word: str
    share: str
    of: str
    notes: tuple[str, ...]
    bar: float | None
    budget: str


@dataclass(frozen=True, slots=True)
class LevelRow:
    name: str
    label: str
    promise: str
    cells: tuple[LevelCell, ...]


HEADS: tuple[str, ...] = tuple(window.label for window in WINDOWS)


def level_rows(levels: Sequence[Sequence[Level]]) -> tuple[LevelRow, ...]:
    """One for each objective, with a cell for each window."""
    return tuple(_row(row[0].objective, row) for row in levels)


def missed(levels: Sequence[Sequence[Level]], window: str) -> str:
    """The objectives that are missed over a window, as the page's sentence names them; empty where none is."""
    place = [each.name for each in WINDOWS].index(window)
    names = [f"“{row[place].objective.label}”" for row in levels if row[place].standing is Standing.MISSED]
    if not names:
        return ""
    return f"the service level{'s' if len(names) > 1 else ''} {' and '.join(names)} over {WINDOWS[place].label}"


def _row(objective: Objective, levels: Sequence[Level]) -> LevelRow:
    within = f"within {took_whole(objective.within)}" if objective.within is not None else ""
    promise = " ".join(filter(None, (percent(objective.target), f"of {objective.unit}s", objective.good, within)))
    return LevelRow(objective.name, objective.label, promise, tuple(_cell(level) for level in levels))


def _cell(level: Level) -> LevelCell:
    standing = level.standing
    if level.share is None or level.left is None:
        return LevelCell(MARKS[standing], standing.value, UNKNOWN, "", (), None, "")
    unit = level.objective.unit
    return LevelCell(
        mark=MARKS[standing],
        word=standing.value,
        share=share(level.share),
        of=f"of {level.all:,} {unit}{'' if level.all == 1 else 's'}",
        notes=tuple(_notes(level)),
        bar=max(0.0, level.left) * 100,
        budget=_budget(level.left),
    )


def _notes(level: Level) -> list[str]:
    found = []
    if level.p95 is not None:
        found.append(f"p95 {bound(level.p95, steps(level.objective.series)[-1])}")
    if level.share_ours is not None:
        found.append(f"{whole_share(level.share_ours)} within our {took_whole(level.objective.ours)}")
    return found


def _budget(left: float) -> str:
    if left < 0:
        return f"budget spent {1 - left:,.1f} times"
    return f"{whole_share(left)} of the budget left"


def share(ratio: float) -> str:
    """A share that is never rounded up: what is not all is not 100 %."""
    digits = f"{floor(ratio * FINEST + 1e-6) / (FINEST / 100):.2f}".rstrip("0").rstrip(".")
    return f"{digits}{SPACE}%"


def whole_share(ratio: float) -> str:
    return f"{floor(ratio * 100 + 1e-6)}{SPACE}%"


def bound(seconds: float, last: float) -> str:
    """A percentile by the step it falls into, whose upper end is known."""
    return f">{SPACE}{took_whole(last)}" if isinf(seconds) else f"≤{SPACE}{took_whole(seconds)}"


def took_whole(seconds: float | None) -> str:
    """A bound of the tables: `25 ms`, `2.5 s`, `10 s`, `5 min`."""
    return took(seconds).replace(".0", "")

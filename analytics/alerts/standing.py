"""What becomes of alerts when hours are judged: opened, standing, over, or back within their cool-down. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Generic, TypeVar

from .causes import causes, covers, in_order
from .finding import Finding

COOL_DOWN = timedelta(hours=24)  # what comes back so soon after it was over is the same, and nobody is told again

Id = TypeVar("Id")
IsJudged = Callable[[Finding], bool]


@dataclass(frozen=True, slots=True)
class Standing(Generic[Id]):
    """An alert that is open, or was closed not long ago, with its parts as last seen."""

    id: Id
    parts: tuple[Finding, ...]
    closed_at: datetime | None = None
    snoozed_until: datetime | None = None

    def may_come_back(self, at: datetime) -> bool:
        if self.closed_at is None:
            return True
        return at - self.closed_at < COOL_DOWN or (self.snoozed_until is not None and at < self.snoozed_until)


class Turn(Enum):
    OPENED = "opened"
    STANDS = "stands"
    BACK = "back"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Step(Generic[Id]):
    """What became of one alert (None is a new one), and its parts from now on, the one it is named for first."""

    turn: Turn
    alert: Standing[Id] | None
    parts: tuple[Finding, ...]


def step(known: Sequence[Standing[Id]], found: Sequence[Finding], judged: IsJudged, at: datetime) -> list[Step[Id]]:
    """Of alerts that are known and what was found of an hour. A part that was not judged this time stays as it was."""
    mine: dict[int, list[Finding]] = {place: [] for place in range(len(known))}
    steps: list[Step[Id]] = []
    for group in causes(found):
        homes = [(finding, _home(finding, known, at)) for finding in group]
        first = min((home for _, home in homes if home is not None), default=None)
        new = [finding for finding, home in homes if home is None]
        if first is not None and not any(finding.channel for finding in new):
            homes = [(finding, first if home is None else home) for finding, home in homes]
            new = []  # all moved because a channel did, of which people were told
        for finding, home in homes:
            if home is not None:
                mine[home].append(finding)
        if new:
            steps.append(Step(Turn.OPENED, None, tuple(new)))
    return [turned for place, one in enumerate(known) if (turned := _turned(one, mine[place], judged))] + steps


def _home(finding: Finding, known: Sequence[Standing[Id]], at: datetime) -> int | None:
    """The place of the alert that a finding belongs to: an open one rather than one that is over."""
    mine = [
        (one.closed_at is not None, place)
        for place, one in enumerate(known)
        if one.may_come_back(at) and any(covers(part, finding) for part in one.parts)
    ]
    return min(mine)[1] if mine else None


def _turned(one: Standing[Id], found: Sequence[Finding], judged: IsJudged) -> Step[Id] | None:
    """None of one that is over and stays so, or at which nobody looked."""
    if not found and not any(judged(part) for part in one.parts):
        return None
    keys = {finding.key for finding in found}
    waiting = [] if one.closed_at else [part for part in one.parts if part.key not in keys and not judged(part)]
    parts = tuple(in_order([*found, *waiting]))
    if one.closed_at is not None:
        return Step(Turn.BACK, one, parts) if parts else None
    return Step(Turn.STANDS, one, parts) if parts else Step(Turn.OVER, one, one.parts)

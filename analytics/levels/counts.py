"""What one process has counted and not yet written: fine slots in memory, safe for any number of threads. Pure."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import NamedTuple

from .objectives import COARSE, FINE, Series, steps

MINUTE = timedelta(minutes=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Slot(NamedTuple):
    """A series from `at` on, for as long as `width`."""

    series: Series
    width: timedelta
    at: datetime


@dataclass(slots=True)
class Counted:
    """`counts` by step, what is above the last one at the end; `bad` failed and is in no step."""

    counts: list[int]
    bad: int = 0

    def __add__(self, other: "Counted") -> "Counted":
        counts = [one + more for one, more in zip(self.counts, other.counts, strict=True)]
        return Counted(counts, self.bad + other.bad)


def begin(at: datetime, width: timedelta) -> datetime:
    """Of the slot that `at` is in."""
    return at - (at - EPOCH) % width


class Counts:
    """Counts until somebody takes them; what could not be written is put back."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._slots: dict[Slot, Counted] = {}

    def add(self, series: Series, seconds: float, at: datetime, *, bad: bool = False, times: int = 1) -> None:
        """Count what took so many seconds until `at`."""
        bounds = steps(series)
        step, slot = bisect_left(bounds, seconds), Slot(series, FINE, begin(at, FINE))
        with self._lock:
            counted = self._slot(slot, len(bounds) + 1)
            if bad:
                counted.bad += times
            else:
                counted.counts[step] += times

    def take(self) -> dict[Slot, Counted]:
        with self._lock:
            taken, self._slots = self._slots, {}
        return taken

    def put_back(self, taken: dict[Slot, Counted]) -> None:
        with self._lock:
            for slot, counted in taken.items():
                self._slots[slot] = self._slot(slot, len(counted.counts)) + counted

    def forget(self) -> None:
        """For a process that was forked: who held the lock is not there, and its parent has what was counted."""
        self._lock, self._slots = Lock(), {}

    def _slot(self, slot: Slot, length: int) -> Counted:
        counted = self._slots.get(slot)
        if counted is None:
            counted = self._slots[slot] = Counted([0] * length)
        return counted


def spread(fine: Mapping[Slot, Counted]) -> dict[Slot, Counted]:
    """The same, and once more by the coarse slots that they lie in."""
    found = dict(fine)
    for slot, counted in fine.items():
        coarse = Slot(slot.series, COARSE, begin(slot.at, COARSE))
        found[coarse] = found[coarse] + counted if coarse in found else counted
    return found


def sign_of_life(at: datetime) -> dict[Slot, Counted]:
    """That somebody served in this minute: the counts of an hour are those of its minutes."""
    hour = begin(at, COARSE)
    counts = [0] * (COARSE // MINUTE)
    counts[(at - hour) // MINUTE] = 1
    return {Slot(Series.UP, COARSE, hour): Counted(counts)}

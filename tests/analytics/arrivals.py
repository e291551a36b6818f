"""Events that happen and arrive, made up: each source has its habit of being late."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from analytics.arriving.span import HOUR, QUARTER, QUARTERS
from analytics.models import Arrival

DAY = timedelta(days=1)
Moments = NDArray[np.float64]  # hours since the beginning of the stream
Habit = Callable[[Moments, np.random.Generator], Moments]  # from when things happen to when they arrive


@dataclass(frozen=True, slots=True)
class Stream:
    """When the events of one source happened and arrived, in hours since `start`."""

    start: datetime
    happened: Moments
    arrived: Moments

    def to_come(self, at: datetime, since: datetime, until: datetime) -> int:
        """How many of those that happened in `[since, until)` came after `at`, within two weeks of their hour."""
        now, first, last = ((moment - self.start) / HOUR for moment in (at, since, until))
        of_these = (self.happened >= first) & (self.happened < last)
        return int((of_these & (self.arrived > now) & (self.arrived < np.floor(self.happened) + QUARTERS / 4)).sum())

    def arrivals(self, source: int, at: datetime, kind: int = 0, import_file: int = 0) -> Iterator[Arrival]:
        """The rows that the fold would have counted by `at`."""
        here = self.arrived <= (at - self.start) / HOUR
        hours = np.floor(self.happened[here])
        quarters = np.maximum(np.floor((self.arrived[here] - hours) * (HOUR / QUARTER)), 0)
        cells, counts = np.unique(np.stack([hours, quarters])[:, quarters < QUARTERS], axis=1, return_counts=True)
        for hour, quarter, events in zip(*cells, counts, strict=True):
            yield Arrival(
                hour=self.start + int(hour) * HOUR, source_id=source, kind=kind, quarter=int(quarter),
                import_file_id=import_file, events=int(events),
            )  # fmt: skip


def stream(start: datetime, days: int, a_day: float, habit: Habit, seed: int, shape: Sequence[float] = (1,)) -> Stream:
    """About so many events a day, more by day than by night; `shape` are weights of the days, from the first on."""
    rng = np.random.default_rng(seed)
    hours = np.arange(days * 24)
    rates = a_day / 24 * (1 + 0.8 * np.sin((hours % 24 - 8) / 24 * 2 * np.pi)) * np.resize(shape, days)[hours // 24]
    happened = np.repeat(hours, rng.poisson(rates)).astype(np.float64)
    happened += rng.random(len(happened))
    return Stream(start, happened, habit(happened, rng))


def at_once(happened: Moments, rng: np.random.Generator) -> Moments:
    return happened + rng.exponential(20 / 3600, len(happened))


def drawn_out(happened: Moments, rng: np.random.Generator) -> Moments:
    """Half within three hours, some after days."""
    return happened + rng.lognormal(np.log(3), 1.3, len(happened))


def nightly(happened: Moments, rng: np.random.Generator) -> Moments:
    """All of a day at a quarter past three of the next."""
    return np.floor(happened / 24) * 24 + 27.25 + 0 * rng.random(len(happened))


def on_workdays(happened: Moments, rng: np.random.Generator) -> Moments:
    """Like `nightly`, but nobody sends on Saturdays and Sundays; a stream begins on a Monday."""
    day = np.floor(happened / 24) + 1
    day += np.where(day % 7 == 5, 2, np.where(day % 7 == 6, 1, 0))
    return day * 24 + 3.25


HABITS: dict[str, Habit] = {
    "at once": at_once,
    "drawn out": drawn_out,
    "nightly": nightly,
    "on workdays": on_workdays,
}
MAILINGS = (0.3, 2.5, 0.8, 2.0, 1.0, 0.2, 0.2)  # weights of the days of a week

"""How forecasts of what is still to come do: made at moments of a stream of events, held against what then came."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from analytics.arriving.delays import Array, Forecast, Hours, Stream, expect
from analytics.arriving.span import HOUR, PAST_HOURS, QUARTERS, WEEK_HOURS, YOUNG_HOURS
from tests.analytics.arrivals import DAY, Habit, Moments, stream
from tests.analytics.arrivals import Stream as Planted

START = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
WARM_UP = (YOUNG_HOURS + PAST_HOURS) // 24 + 1  # days


@dataclass(frozen=True, slots=True)
class Trial:
    """Of one day at one moment after it: how many events were here, were expected, and came. `naive` would have been
    expected by one curve of all hours: what is here by its share.
    """

    here: int
    expected: float
    naive: float
    came: int

    def off(self, to_come: float) -> float:
        """By how far the share of the day that is said to be here is not what it was."""
        return abs(self.here / (self.here + to_come) - self.here / (self.here + self.came)) if self.here else 0.0


def trials(
    habit: Habit, seed: int, *, days: int = 28, a_day: float = 2_000, shape: Sequence[float] = (1,)
) -> Iterator[Trial]:
    """The day before, at four moments of each of so many days, by a stream that went on for long enough."""
    rng = np.random.default_rng(seed)
    weights = np.resize(shape, WARM_UP + days + 1) * rng.lognormal(-0.02, 0.2, WARM_UP + days + 1)
    planted = stream(START, WARM_UP + days + 1, a_day, habit, seed, weights.tolist())
    for day in range(WARM_UP, WARM_UP + days):
        for hour in (1, 6, 11, 20):
            yield _trial(planted, START + day * DAY + hour * HOUR + timedelta(minutes=int(rng.integers(60))))


def _trial(planted: Planted, at: datetime) -> Trial:
    found, past, hours, arrived = looked_ahead(planted, at)
    midnight = at.replace(hour=0, minute=0)
    last = YOUNG_HOURS - at.hour
    yesterday = slice(last - 24, last)
    whole = np.append(0.0, np.cumsum(past.sum(axis=0)))
    share = np.interp(hours.ages, np.arange(len(whole)), whole / whole[-1])[yesterday]
    here = arrived[yesterday]
    return Trial(
        int(here.sum()),
        float(found.to_come[yesterday].sum()),
        float((here * (1 / np.maximum(share, 1e-9) - 1)).sum()),
        planted.to_come(at, midnight - DAY, midnight),
    )


def looked_ahead(planted: Planted, at: datetime) -> tuple[Forecast, Array, Hours, Array]:
    """The forecast from what had arrived by then, and what it was made of."""
    over = int((at.replace(minute=0) - planted.start) / HOUR)
    first = over - YOUNG_HOURS
    here = planted.arrived <= (at - planted.start) / HOUR
    happened, arrived = planted.happened[here], planted.arrived[here]
    numbers = np.floor(happened).astype(int)
    past = _past(numbers, arrived, first)
    young = (numbers >= first) & (numbers < over)
    came = np.bincount(numbers[young] - first, minlength=YOUNG_HOURS).astype(np.float64)
    young_hours = np.arange(first, over)
    ages = ((at - planted.start) / HOUR - young_hours) * 4
    hours = Hours(young_hours % WEEK_HOURS, ages.astype(np.float64))
    return expect(Stream(past, np.full(WEEK_HOURS, 4.0), came), hours), past, hours, came


def _past(numbers: np.ndarray, arrived: Moments, first: int) -> Array:
    quarters = np.floor((arrived - numbers) * 4).astype(int)
    of_these = (numbers >= first - PAST_HOURS) & (numbers < first) & (quarters < QUARTERS)
    cells = numbers[of_these] % WEEK_HOURS * QUARTERS + np.maximum(quarters[of_these], 0)
    return np.bincount(cells, minlength=WEEK_HOURS * QUARTERS).reshape(WEEK_HOURS, QUARTERS).astype(np.float64)

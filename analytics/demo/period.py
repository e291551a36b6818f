"""The days of the demo and their rhythm. A moment is a whole number of seconds since the first midnight (UTC)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random

MINUTE, HOUR, DAY = 60, 3_600, 86_400
NEVER = 1 << 40
EPOCH = date(1970, 1, 1)
TRIES = 4  # after so many the drawn moment is taken, whatever the hour

# How lively each hour of the day is (UTC), from 0 o'clock on; the liveliest is 1.
READING = (
    *(0.10, 0.06, 0.04, 0.04, 0.06, 0.15, 0.35, 0.60, 0.70, 0.60, 0.50, 0.48),
    *(0.55, 0.50, 0.45, 0.45, 0.50, 0.62, 0.80, 0.95, 1.00, 0.90, 0.55, 0.25),
)
BUYING = (
    *(0.12, 0.06, 0.04, 0.03, 0.04, 0.08, 0.18, 0.30, 0.42, 0.50, 0.55, 0.58),
    *(0.62, 0.55, 0.50, 0.52, 0.58, 0.68, 0.85, 1.00, 1.00, 0.85, 0.55, 0.28),
)

# How lively each day of the week is, from Monday on, by channel; on average about 1.
WEEKDAYS: dict[str, tuple[float, ...]] = {
    "email": (1.0, 1.15, 1.1, 1.15, 1.0, 0.8, 0.8),
    "sms": (0.9, 0.9, 0.95, 1.05, 1.2, 1.1, 0.9),
    "push": (0.9, 0.95, 0.95, 1.0, 1.1, 1.1, 1.0),
    "whatsapp": (1.0, 1.0, 1.05, 1.05, 1.1, 0.95, 0.85),
    "direct_mail": (1.0, 1.1, 1.1, 1.1, 1.1, 0.9, 0.7),
    "search": (1.15, 1.15, 1.1, 1.05, 0.95, 0.75, 0.85),
    "social": (0.9, 0.9, 0.95, 0.95, 1.0, 1.1, 1.2),
    "display": (1.0, 1.0, 1.0, 1.0, 0.95, 1.0, 1.05),
    "video": (0.85, 0.85, 0.9, 0.95, 1.1, 1.2, 1.15),
    "affiliate": (0.95, 0.95, 1.0, 1.0, 1.1, 1.0, 1.0),
    "shop": (1.0, 0.95, 0.95, 1.0, 1.05, 0.95, 1.1),
}


@dataclass(frozen=True, slots=True)
class Period:
    """The days `[first, first + days)` in UTC."""

    first: date
    days: int

    @classmethod
    def until(cls, last: date, days: int) -> "Period":
        """So many days, of which `last` is the last."""
        return cls(last - timedelta(days=days - 1), days)

    @property
    def end(self) -> int:
        return self.days * DAY

    def at(self, moment: int) -> datetime:
        return datetime.fromtimestamp((self.first - EPOCH).days * DAY + moment, UTC)

    def moment(self, at: datetime) -> int:
        """The last whole second not after `at`."""
        return (at - self.at(0)) // timedelta(seconds=1)

    def day(self, moment: int) -> date:
        return self.first + timedelta(days=moment // DAY)

    def weekday(self, moment: int) -> int:
        """0 = Monday."""
        return (self.first.weekday() + moment // DAY) % 7

    def progress(self, moment: int) -> float:
        """0 at the beginning, 1 at the end: what the slow trends follow."""
        return moment / self.end

    def liveliness(self, channel: str, moment: int) -> float:
        """How much happens on this day: the rhythm of its weekday, and growth over the period."""
        return WEEKDAYS[channel][self.weekday(moment)] * (0.9 + 0.2 * self.progress(moment))


def lively(rng: Random, draw: Callable[[], int], hours: tuple[float, ...]) -> int:
    """A drawn moment, drawn again while people sleep."""
    moment = draw()
    for _ in range(TRIES - 1):
        if rng.random() < hours[moment % DAY // HOUR]:
            break
        moment = draw()
    return moment


def some_time(rng: Random, day: int, hours: tuple[float, ...]) -> int:
    """A moment of the day that begins at the moment `day`, as lively as its hours."""
    return day + lively(rng, lambda: rng.randrange(DAY), hours)

"""What people buy, when, and what they bring back."""

from random import Random

from .chance import poisson, uneven
from .people import Crowd, Person
from .period import BUYING, DAY, HOUR, MINUTE, Period, lively, some_time
from .stream import Stream

BASKET = 292.0  # average order, in the reporting currency
SPREAD = 0.7
EURO_RATE = 1.08  # about what one unit of the other currency is worth
REFUNDED, IN_FULL = 0.05, 0.7
LATE = 0.06  # of those who buy do so long after the click, past the attribution window
NAMED = 0.15  # of the orders name their campaign, by a coupon
ORGANIC = 0.0013  # orders per contact and day that no campaign has to do with


class Till:
    """Takes orders, and remembers when each person converted."""

    def __init__(self, stream: Stream, period: Period, other_currency: str, rng: Random) -> None:
        self.stream = stream
        self.period = period
        self.converted: dict[int, list[int]] = {}
        self._other_currency = other_currency
        self._rng = rng
        self._orders = 0

    def sell(self, moment: int, person: Person, basket: float = 1.0, campaign: str = "", message: str = "") -> None:
        """One order, perhaps with a refund some days later. `campaign` is what the order itself names."""
        rng = self._rng
        self._orders += 1
        amount = BASKET * basket * uneven(rng, SPREAD) / (EURO_RATE if person.euro else 1)
        paid = f"{int(amount) + 4}.{rng.choice(('00', '50', '90', '95'))}"
        order = {"order": f"{person.number + 1:06d}-{self._orders}"}
        if person.euro:
            order["currency"] = self._other_currency
        named = {"message": message} if message else {}
        self.stream.add(moment, "converted", person, campaign, amount=paid, **order, **named)
        self.converted.setdefault(person.number, []).append(moment)
        if rng.random() < REFUNDED:
            back = paid if rng.random() < IN_FULL else f"{float(paid) * rng.uniform(0.2, 0.6):.2f}"
            day = (moment // DAY + rng.randrange(2, 17)) * DAY
            self.stream.add(some_time(rng, day, BUYING), "refunded", person, amount=back, **order)

    def sell_after(self, click: int, person: Person, basket: float, campaign: str, message: str) -> None:
        """An order that a click led to, hours or days later."""
        names_it = self._rng.random() < NAMED
        moment = lively(self._rng, lambda: click + self._lag(), BUYING)
        self.sell(moment, person, basket, campaign if names_it else "", message if names_it else "")

    def _lag(self) -> int:
        if self._rng.random() < LATE:
            return int(self._rng.uniform(8, 20) * DAY)
        return 4 * MINUTE + int(min(self._rng.lognormvariate(1.1, 1.4) * HOUR, 6.5 * DAY))


def sell_unasked(till: Till, crowd: Crowd, rng: Random) -> None:
    """The orders that come without any campaign, day by day."""
    for day in range(0, till.period.end, DAY):
        for _ in range(poisson(rng, ORGANIC * crowd.at(day) * till.period.liveliness("shop", day))):
            moment = some_time(rng, day, BUYING)
            buyer = crowd.buyer(rng, moment)
            if buyer is not None:
                till.sell(moment, buyer)

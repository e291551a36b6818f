"""A made-up company's events as CSV, in order of time, any number of them: what the benchmarks take in.

A newsletter or two a day to a share of the contacts; opens within days, some by machines at once; clicks after opens;
orders that name no campaign; a few refunds, bounces and unsubscriptions. The same for the same seed.
"""

import heapq
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import IO

HEADER = "event_id,type,occurred_at,campaign,contact,order,amount,currency,user_agent,ip,url"
CAMPAIGNS_HEADER = "campaign,name,channel"
PROXY = "Mozilla/5.0"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0"
HOUR = 3600.0
EVENTS_OF_A_MESSAGE = 2.44  # measured: what follows from the chances below

Line = tuple[float, str]


@dataclass
class Company:
    """`events` in all over `days` up to `end`, from `contacts` people and `per_day` campaigns a day."""

    events: int
    days: int = 365
    contacts: int = 200_000
    per_day: int = 2
    seed: int = 7
    end: datetime = datetime(2026, 11, 1, tzinfo=UTC)
    dice: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)

    def write_campaigns(self, file: IO[str]) -> None:
        file.write(CAMPAIGNS_HEADER + "\n")
        for day in range(self.days):
            for number in range(self.per_day):
                file.write(f"d{day}n{number},Newsletter {day}/{number},email\n")

    def lines(self) -> Iterator[str]:
        """The events as CSV lines without their header, oldest first; runs on past `days` until nothing is due."""
        start = (self.end - timedelta(days=self.days)).timestamp()
        messages = round(self.events / self.days / self.per_day / EVENTS_OF_A_MESSAGE)
        due: list[Line] = []
        for day in range(self.days):
            begin = start + day * 24 * HOUR
            while due and due[0][0] < begin:
                yield heapq.heappop(due)[1]
            for number in range(self.per_day):
                sent_at = begin + (8 + number * 5) * HOUR
                for person in self.dice.sample(range(self.contacts), messages):
                    for line in self._message(f"d{day}n{number}", person, sent_at + self.dice.random() * HOUR):
                        heapq.heappush(due, line)
        while due:
            yield heapq.heappop(due)[1]

    def _message(self, campaign: str, person: int, sent_at: float) -> Iterator[Line]:
        chance = self.dice.random
        name = f"{campaign}p{person}"

        def line(kind: str, at: float, *, order: str = "", amount: str = "", agent: str = "", url: str = "") -> Line:
            named = "" if kind in ("converted", "refunded") else campaign
            moment = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
            currency = "USD" if amount else ""
            address = f"203.0.{person % 250}.7" if agent else ""
            cells = (
                f"{name}{kind}{len(agent)}",
                kind,
                moment,
                named,
                f"u{person}",
                order,
                amount,
                currency,
                agent,
                address,
                url,
            )
            return at, ",".join(cells)

        yield line("sent", sent_at)
        if chance() < 0.03:
            yield line("bounced", sent_at + 2)
            return
        yield line("delivered", sent_at + 1 + chance() * 5)
        if chance() < 0.15:
            yield line("opened", sent_at + 7, agent=PROXY)
        if chance() < 0.25:
            opened_at = sent_at + 60 + self.dice.expovariate(1 / (10 * HOUR))
            yield line("opened", opened_at, agent=BROWSER)
            if chance() < 0.2:
                yield line("clicked", opened_at + 20, agent=BROWSER, url=f"https://example.com/{person % 9}")
                if chance() < 0.15:
                    bought_at = opened_at + 60 + self.dice.expovariate(1 / (20 * HOUR))
                    order, amount = f"o{name}", f"{5 + chance() * 200:.2f}"
                    yield line("converted", bought_at, order=order, amount=amount)
                    if chance() < 0.05:
                        yield line("refunded", bought_at + 40 * HOUR, order=order, amount=amount)
        if chance() < 0.002:
            yield line("unsubscribed", sent_at + 2 * HOUR)

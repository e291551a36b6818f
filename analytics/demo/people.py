"""The contacts of the demo: when they came, what they read with, how much they read and buy."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from random import Random

from .blueprints import Audience
from .chance import uneven
from .period import NEVER, Period

JOINED_BEFORE = 0.62  # of the contacts; the others join during the period
LAPSED = 0.45
EURO = 0.03
GIVEN = (
    "ada", "amir", "anna", "ben", "carla", "chen", "dora", "elif", "emil", "fatou", "finn", "grace", "hana", "hugo",
    "ines", "ivan", "jana", "jose", "kofi", "lara", "lena", "luca", "maya", "milan", "mina", "nadia", "noah", "olga",
    "omar", "paula", "priya", "rosa", "ravi", "sara", "theo", "tuan", "vera", "yara", "yuki", "zoe",
)  # fmt: skip
FAMILY = (
    "archer", "baker", "becker", "costa", "diaz", "evans", "fischer", "garcia", "haddad", "hansen", "ito", "jansen",
    "kaya", "khan", "kim", "kowalski", "larsen", "lopez", "martin", "mensah", "moreau", "nguyen", "novak", "okafor",
    "olsen", "patel", "petrov", "quinn", "rossi", "santos", "sato", "schmidt", "silva", "singh", "tanaka", "thomas",
    "vargas", "walker", "weber", "zhang",
)  # fmt: skip
STEP = 641  # through the names in an order that looks like none, and meets each once
HOSTS = ("example.com", "example.com", "example.org", "example.net")
CLIENTS: tuple[tuple[str, float], ...] = (("private", 0.19), ("web", 0.37), ("guarded", 0.03), ("plain", 0.41))
CHROME = "Mozilla/5.0 ({}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 {}Safari/537.36"
APPLE = "Mozilla/5.0 ({}) AppleWebKit/605.1.15 (KHTML, like Gecko) {}"
AGENTS = (
    APPLE.format("iPhone; CPU iPhone OS 18_5 like Mac OS X", "Mobile/15E148"),
    APPLE.format("Macintosh; Intel Mac OS X 10_15_7", "Version/18.5 Safari/605.1.15"),
    CHROME.format("Windows NT 10.0; Win64; x64", ""),
    CHROME.format("Linux; Android 15; Pixel 9", "Mobile "),
    "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
)


@dataclass(slots=True, eq=False)
class Person:
    """`zeal` and `purse` are factors of mean 1: how much one reads and buys. `left` holds when, by channel."""

    number: int
    contact: str
    joined: int
    zeal: float
    purse: float
    lapsed: bool
    euro: bool
    client: str
    agent: str
    ip: str
    left: dict[str, int] = field(default_factory=dict)

    def is_in(self, audience: Audience) -> bool:
        return audience is Audience.ALL or self.lapsed is (audience is Audience.LAPSED)

    def takes(self, channel: str, moment: int) -> bool:
        """Whether one may still be written to."""
        return moment < self.left.get(channel, NEVER)


class Crowd:
    """All people, in the order in which they joined."""

    def __init__(self, people: Sequence[Person]) -> None:
        self.people = people
        self._joined = [person.joined for person in people]
        self._purses = list(accumulate(person.purse for person in people))

    def at(self, moment: int) -> int:
        """How many have joined by then: so many from the first on."""
        return bisect_right(self._joined, moment)

    def some(self, rng: Random, moment: int, count: int) -> list[Person]:
        """So many different people of those who are there."""
        there = self.at(moment)
        return [self.people[index] for index in rng.sample(range(there), min(count, there))]

    def buyer(self, rng: Random, moment: int) -> Person | None:
        """One of those who are there, big purses more often; nobody when nobody is."""
        there = self.at(moment)
        if not there:
            return None
        return self.people[bisect_right(self._purses, rng.random() * self._purses[there - 1])]


def gather(rng: Random, count: int, period: Period) -> Crowd:
    """So many people, with stable addresses that reach nobody: example.com and its like are set aside for that."""
    joined = sorted(rng.randrange(period.end) if rng.random() > JOINED_BEFORE else -1 for _ in range(count))
    return Crowd([_person(rng, number, moment) for number, moment in enumerate(joined)])


def address(number: int) -> str:
    """`ada.archer@example.com` and so on, each once: when the names are used up, a number tells them apart."""
    more, place = divmod(number, len(GIVEN) * len(FAMILY))
    name = place * STEP % (len(GIVEN) * len(FAMILY))
    given, family = GIVEN[name % len(GIVEN)], FAMILY[name // len(GIVEN)]
    return f"{given}.{family}{more or ''}@{HOSTS[number % len(HOSTS)]}"


def _person(rng: Random, number: int, joined: int) -> Person:
    zeal = uneven(rng, 0.5)
    return Person(
        number=number,
        contact=address(number),
        joined=joined,
        zeal=zeal,
        purse=uneven(rng, 0.6) * zeal**0.5,
        lapsed=rng.random() < LAPSED,
        euro=rng.random() < EURO,
        client=rng.choices([name for name, _ in CLIENTS], [share for _, share in CLIENTS])[0],
        agent=rng.choice(AGENTS),
        ip=f"10.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(1, 255)}",
    )

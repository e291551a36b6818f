"""Arms drawn by chance, of campaigns whose truth is known, and what is said of them by those held out."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy
from numpy.random import Generator

from analytics.history import ArmDay
from recommendations.findings import Better, Plan, Range
from recommendations.holdout import Held, measure_held, too_small
from recommendations.snapshot import Day
from recommendations.verdicts import MONTH, Design, Outcome, Series

FIRST, DAYS = date(2026, 8, 1), 28
PEOPLE = 1000
ORDER, ORDER_SPREAD = 80.0, 0.7
DESIGN = Design(DAYS, DAYS, same_finding=False, delivers=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What a campaign truly does: of so many `people` a day a share `out` is held out; of these `rate` convert, of
    those written to `1 + lift` times as many. `season` is what both arms do more afterwards, `weather` how days differ.
    """

    people: tuple[float, float] = (PEOPLE, PEOPLE)
    out: float = 0.3
    rate: float = 0.05
    lift: tuple[float, float] = (0.4, 0.4)
    season: float = 1.0
    weather: float = 0.15
    cost: tuple[float, float] = (200, 200)

    @property
    def change(self) -> float:
        """By what share more of those written to convert than at the lift of before."""
        return (1 + self.lift[1]) / (1 + self.lift[0]) - 1

    @property
    def gain(self) -> float:
        """What is left more in 30 days than at the reach, the lift and the cost of before, in the season of now."""
        season = self.season if self.people[1] else 1.0  # of a stopped campaign nobody knows how it would be now
        brought = [people * (1 - self.out) * self.rate * ORDER * season for people in self.people]
        more = brought[1] * self.lift[1] - brought[0] * self.lift[0]
        return MONTH * (more - self.cost[1] + self.cost[0])


def drawn(rng: Generator, truth: Truth) -> tuple[Series, Held]:
    """What the campaign cost, and what both arms did, before and after."""
    before, after = (_period(rng, truth, place) for place in (0, 1))
    days = [
        tuple(Day(FIRST + timedelta(place * DAYS + n), cost=truth.cost[place]) for n in range(DAYS)) for place in (0, 1)
    ]
    return Series(1, *days), Held(before, after)


def _period(rng: Generator, truth: Truth, place: int) -> tuple[ArmDay, ...]:
    found = []
    for n in range(DAYS):
        luck = rng.lognormal(-(truth.weather**2) / 2, truth.weather)  # of the day, for both arms
        for out, share in ((False, 1 - truth.out), (True, truth.out)):
            people = int(rng.poisson(truth.people[place] * share))
            rate = truth.rate * luck * (truth.season if place else 1) * (1 if out else 1 + truth.lift[place])
            converters = int(rng.binomial(people, min(1.0, rate)))
            spent = rng.lognormal(-(ORDER_SPREAD**2) / 2, ORDER_SPREAD, converters) * ORDER
            day = FIRST + timedelta(place * DAYS + n)
            if people:
                found.append(ArmDay(day, out, people, converters, float(spent.sum()), float((spent**2).sum())))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Kind:
    """What is done and by which metric it is judged; `placebo` does as much good as harm."""

    name: str
    metric: str
    done: Truth
    placebo: Truth

    def true(self, truth: Truth) -> float:
        return truth.change if self.metric == "click_conversion_rate" else truth.gain

    def found(self, outcome: Outcome) -> Range | None:
        if self.metric != "click_conversion_rate":
            return outcome.money
        return outcome.arms.change if outcome.arms else None


NEUTRAL = PEOPLE * 0.7 * 0.05 * ORDER * 0.4  # a day: what a campaign brings in more that is no gain and no loss
KINDS: tuple[Kind, ...] = (
    Kind("landing page", "click_conversion_rate", Truth(lift=(0.2, 0.9), season=1.3), Truth(season=1.3)),
    Kind(
        "cut",
        "roas",
        Truth(people=(PEOPLE, PEOPLE / 2), lift=(0.1, 0.1), season=1.3, cost=(2400, 1200)),
        Truth(season=1.3, cost=(NEUTRAL, NEUTRAL)),
    ),
    Kind(
        "stop",
        "cost",
        Truth(people=(PEOPLE, 0), lift=(0.1, 0.0), cost=(2400, 0)),
        Truth(people=(PEOPLE, 0), lift=(0.4, 0.0), cost=(NEUTRAL, 0)),
    ),
    Kind(
        "scale",
        "net_revenue",
        Truth(people=(PEOPLE, 2 * PEOPLE), lift=(1.2, 1.2), season=1.3, cost=(400, 800)),
        Truth(people=(PEOPLE, 2 * PEOPLE), season=1.3, cost=(NEUTRAL, 2.3 * NEUTRAL)),
    ),
)
PICKED_OF = 12
OUT = (0.1, 0.3, 0.5)


@dataclass(frozen=True, slots=True)
class Trial:
    """What was done, the placebo, and a placebo that was picked for the worst figure of before among so many."""

    kind: Kind
    truth: Truth
    effect: Outcome
    placebo: Outcome
    picked: Outcome


def trial(seed: int, kinds: tuple[Kind, ...] = KINDS) -> Trial:
    rng, kind = numpy.random.default_rng(seed), kinds[seed % len(kinds)]
    out = OUT[seed // len(kinds) % len(OUT)]
    truth, placebo = (_of(one, out) for one in (kind.done, kind.placebo))
    many = [drawn(rng, placebo) for _ in range(PICKED_OF)]
    pick: Callable[..., tuple[Series, Held]] = max if kind.metric == "net_revenue" else min
    worst = pick(many, key=lambda one: _of_written(one[1], of_money=kind.metric != "click_conversion_rate"))
    return Trial(kind, truth, *(judged(kind.metric, *one) for one in (drawn(rng, truth), many[0], worst)))


def _of(truth: Truth, out: float) -> Truth:
    """With such a share held out; as many are written to, so that money stays what it is."""
    people = (truth.people[0] * (1 - truth.out) / (1 - out), truth.people[1] * (1 - truth.out) / (1 - out))
    return replace(truth, out=out, people=people)


def judged(metric: str, treated: Series, held: Held) -> Outcome:
    assert not too_small(held)
    return measure_held(treated, held, Plan(metric, Better.HIGHER, DAYS, 1, ""), DESIGN)


def _of_written(held: Held, *, of_money: bool) -> float:
    days = [day for day in held.before if not day.held_out]
    return sum(day.revenue if of_money else day.converters for day in days) / sum(day.people for day in days)

"""Whether it helped, by the people whom the campaign itself holds out: of its audience, by chance, without a message.

Pure. What both arms can do alike is judged: convert and spend, by whatever way, within `WITHIN` of being assigned, each
person once a period, in the arm of their first assignment (by intention: whoever never got the message counts, too).
Before are people whose days were over when it was done.

In each period the arms differ by what the campaign causes and by chance. Season and other campaigns multiply both arms,
so what is compared is by how many times more those written to buy, after against before (a ratio of ratios). As the
means' logarithms that is linear; of money it is what the campaign brings in more per day against what it would have
brought in more of the reach of before, at the times of before and with what those held out spend now. A stopped
campaign writes to nobody: what is given up is what it brought in more before. So what a campaign causes is taken to go
with the season; of one that causes as much in any, a rising one looks like a little harm. A person counts for `WITHIN`,
so of campaigns that write to the same people more often some of the money is missing.

The variance is that of the delta method over days of assignment, residuals of both arms of a day together, for they
share its weather (Deng, Knoblich and Lu 2018; Cochran, chapter 6), never less than people by themselves give.

Chance does not save from regression to the mean: what was picked for a bad figure may have had bad luck with those it
wrote to, which those held out did not share. So that side of the interval is widened by all that this luck may have
been: its error adds in full instead of in squares.

It is settled beforehand when the holdout decides (`too_small`), not by what comes out; else campaigns are compared.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from math import log, sqrt

from analytics.history import SMALLEST_GROUP, ArmDay

from .findings import Better, Plan, Range
from .levels import Level, factor
from .ratios import BY_METRIC
from .statistics import ORDERS
from .verdicts import (
    LEFT,
    MONEY,
    MONTH,
    Arms,
    CannotTell,
    Design,
    Group,
    Outcome,
    Series,
    Verdict,
    must_have_spent_more,
    scaled,
    told,
    value_of,
    verdict_of,
)

WITHIN = timedelta(days=14)
LEAST = 50  # converters to be expected in each arm and period: with fewer not even a doubling would mostly be seen
LEAST_DAYS = 4.0  # of assignment, effectively (Kish): of fewer nobody knows how days differ
JUDGED = ("click_conversion_rate", *MONEY)
PICKED_FOR_MORE = ("net_revenue",)  # all others are found by a figure that is too low
BECAUSE = (
    "They are of the same audience, drawn by chance, so neither season nor another campaign is taken for the effect; "
    "the interval is wider by the luck that it may have been picked for."
)


@dataclass(frozen=True, slots=True)
class Held:
    """The days of both arms, before and after."""

    before: tuple[ArmDay, ...]
    after: tuple[ArmDay, ...]

    @property
    def stopped(self) -> bool:
        """Whether nobody was written to any more."""
        return not any(day.people for day in self.after if not day.held_out)


def too_small(held: Held) -> str:
    """Why the holdout does not decide, in a sentence; empty where it does. By how many people there are and what all of
    them together did, so that no arm's luck chooses.
    """
    periods = [held.before] if held.stopped else [held.before, held.after]
    everybody = [day for period in periods for day in period]
    people = sum(day.people for day in everybody)
    rate = sum(day.converters for day in everybody) / people if people else 0.0
    arms = [[day for day in period if day.held_out is out] for period in periods for out in (False, True)]
    expected = min(rate * sum(day.people for day in arm) for arm in arms)
    if expected < LEAST:
        few = f"{expected:,.0f}" if expected >= SMALLEST_GROUP else f"fewer than {SMALLEST_GROUP}"
        return (
            f"It holds people out, but too few: {few} of the smallest group were to convert within {WITHIN.days} days, "
            f"and {LEAST} are needed."
        )
    if min(map(_effective, arms)) < LEAST_DAYS:
        return "It holds people out, but assigns them on too few days to say how much days differ by chance."
    return ""


def _effective(arm: Sequence[ArmDay]) -> float:
    """How many days there are, a day with few people being no whole one (Kish)."""
    squares = sum(day.people**2 for day in arm)
    return sum(day.people for day in arm) ** 2 / squares if squares else 0.0


def measure_held(treated: Series, held: Held, plan: Plan, design: Design) -> Outcome:
    """The verdict on what was done, against those held out."""
    ratio = BY_METRIC[plan.metric]
    periods = {"before": held.before} if held.stopped else {"before": held.before, "after": held.after}
    counts = {when: sum(day.people for day in days if day.held_out) for when, days in periods.items()}
    known = (
        f"people of its own audience whom it holds out, {' and '.join(f'{n:,} {when}' for when, n in counts.items())}",
        sum(counts.values()),
        value_of(ratio, treated.before, design.before),
        value_of(ratio, treated.after, design.after),
    )
    try:
        found = _Compared(treated, held, plan, design)
    except CannotTell as because:
        return Outcome(Verdict.CANNOT_TELL, str(because), *known, because=BECAUSE, arms=_arms(held, None))
    verdict = verdict_of(found.by, Better.HIGHER if found.of_money else plan.better)
    return Outcome(
        verdict,
        told(verdict, found.what, found.by),
        *known,
        expected_change=found.anyhow,
        money=found.money,
        because=BECAUSE,
        arms=_arms(held, None if found.of_money else found.by),
    )


def _arms(held: Held, change: Range | None) -> Arms:
    return Arms(
        WITHIN.days,
        written_before=_group(held.before, out=False),
        written_after=_group(held.after, out=False),
        held_before=_group(held.before, out=True),
        held_after=_group(held.after, out=True),
        change=change,
    )


def _group(days: Sequence[ArmDay], *, out: bool) -> Group:
    people, converters = (sum(getattr(d, name) for d in days if d.held_out is out) for name in ("people", "converters"))
    return Group(*(count if count >= SMALLEST_GROUP else None for count in (people, converters)))


class _Arm:
    """The mean per person of one arm in one period, with the variance that people by themselves give it."""

    def __init__(self, days: Sequence[ArmDay], *, of_money: bool) -> None:
        self.people = sum(day.people for day in days)
        self.converters = sum(day.converters for day in days)
        self.days = {day.day: (day.people, day.revenue if of_money else day.converters) for day in days}
        self.effective = _effective(days)
        sum_ = sum(day.revenue for day in days) if of_money else self.converters + 0.5  # as `levels.level` has it
        squares = sum(day.squares for day in days) if of_money else sum_
        self.mean = sum_ / self.people if self.people else 0.0
        of_people = (squares / self.people - self.mean**2) / self.people if self.people else 0.0
        few = ORDERS / max(self.converters, 0.5) * self.mean**2 if of_money else 0.0
        self.chance = max(of_people, few)

    def residual(self, day: date) -> float:
        """What this day adds to the mean's error."""
        people, sum_ = self.days.get(day, (0, 0.0))
        return (sum_ - self.mean * people) / self.people if self.people else 0.0


class _Period:
    """Both arms of one period."""

    def __init__(self, days: Sequence[ArmDay], *, of_money: bool) -> None:
        self.written, self.held = (
            _Arm([day for day in days if day.held_out is out], of_money=of_money) for out in (False, True)
        )

    def spread(self, written: float, held: float) -> Level:
        """Around nothing: the error of so many times the one mean plus so many times the other."""
        days = self.written.days.keys() | self.held.days.keys()
        together = [written * self.written.residual(day) + held * self.held.residual(day) for day in days]
        of_days = len(days) / (len(days) - 1) * sum(one**2 for one in together) if len(days) > 1 else 0.0
        of_people = written**2 * self.written.chance + held**2 * self.held.chance
        return Level(0.0, max(of_days, of_people), min(self.written.effective, self.held.effective) - 1)


class _Compared:
    """One comparison; raises `CannotTell`."""

    def __init__(self, treated: Series, held: Held, plan: Plan, design: Design) -> None:
        self.plan, self.design, self.stopped = plan, design, held.stopped
        self.of_money = plan.metric in MONEY
        self.before, self.after = (_Period(days, of_money=self.of_money) for days in (held.before, held.after))
        lengths = (design.before, design.after)
        self.cost = [
            sum(day.cost for day in days) / length
            for days, length in zip((treated.before, treated.after), lengths, strict=True)
        ]
        self.reach = [
            period.written.people / length for period, length in zip((self.before, self.after), lengths, strict=True)
        ]
        if self.stopped and not self.of_money:
            raise CannotTell("Nobody was written to any more, so nothing tells what it would have done.")
        arms = [self.before.written, self.before.held, *([] if self.stopped else [self.after.written, self.after.held])]
        if min(arm.mean for arm in arms) <= 0:
            raise CannotTell("One of the groups paid back as much as it spent, so sales tell nothing.")
        self._held = held
        self.by, self.money = self._gain() if self.of_money else self._rise()

    @property
    def what(self) -> str:
        return LEFT if self.of_money else f"how many convert within {WITHIN.days} days"

    @property
    def anyhow(self) -> float | None:
        return None if self.stopped else self.after.held.mean / self.before.held.mean - 1

    @cached_property
    def _times(self) -> float:
        """How many times as much those written to did as those held out, before."""
        return self.before.written.mean / self.before.held.mean

    def _rise(self) -> tuple[Range, Range]:
        """By what share more convert than at the times of before, and what that is worth at what a converter spends."""
        before, after = (
            Level(log(one.written.mean / one.held.mean), spread.variance, spread.degrees)
            for one in (self.before, self.after)
            for spread in (one.spread(1 / one.written.mean, -1 / one.held.mean),)
        )
        change = self._widened(after.minus(before), self.before.written.chance / self.before.written.mean**2)
        by = Range(*(factor(each) - 1 for each in (change.low, change.mid, change.high)))
        everybody = (*self._held.before, *self._held.after)
        worth = sum(day.revenue for day in everybody) / sum(day.converters for day in everybody)
        anyhow = self.reach[1] * MONTH * self._times * self.after.held.mean
        return by, scaled(by, anyhow * max(worth, 0.0))

    def _gain(self) -> tuple[Range, Range]:
        """What is left more per day, per what was spent before; and its money in 30 days."""
        spent, now = self.cost
        if spent <= 0:
            raise CannotTell("There was no cost before.")
        if self.plan.metric == "net_revenue":
            must_have_spent_more(spent, now)
        more, luck = self._given_up() if self.stopped else self._brought_in()
        pays = 1 / self.design.break_even
        gain = self._widened(
            Level(pays * more.mid - now + spent, pays**2 * more.variance, more.degrees), pays**2 * luck
        )
        return scaled(gain, 1 / spent), scaled(gain, MONTH)

    def _given_up(self) -> tuple[Level, float]:
        """What it brought in more a day, which is gone; and how much of the variance is luck of those written to."""
        reach, one = self.reach[0], self.before
        lost = one.spread(-reach, reach)
        return Level(-reach * (one.written.mean - one.held.mean), lost.variance, lost.degrees), reach**2 * (
            one.written.chance
        )

    def _brought_in(self) -> tuple[Level, float]:
        """What it brings in more a day than of the reach of before; and how much of the variance is such luck."""
        was, now = self.reach
        times, held = self._times, self.after.held.mean
        season = held / self.before.held.mean
        mid = now * (self.after.written.mean - held) - was * (times - 1) * held
        after = self.after.spread(now, -now - was * (times - 1))
        before = self.before.spread(-was * season, was * season * times)
        both = after.plus(before)
        return Level(mid, both.variance, both.degrees), (was * season) ** 2 * self.before.written.chance

    def _widened(self, found: Level, luck: float) -> Range:
        """Its interval, on the side of what it may have been picked for by all of that luck."""
        even = found.range
        share = min(1.0, luck / found.variance) if found.variance else 0.0
        wide = (even.high - even.mid) * (sqrt(share) + sqrt(1 - share))
        if self.plan.metric in PICKED_FOR_MORE:
            return Range(even.low, even.mid, even.mid + wide)
        return Range(even.mid - wide, even.mid, even.high)

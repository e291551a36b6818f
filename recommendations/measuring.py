"""Whether it helped: what changed of a campaign against what changed of others meanwhile (difference in differences).

Pure. On the log scale of a rate: the campaign's change less the mean change of its controls. The error has that of its
own two rates (days are clusters, `statistics.py`), that of the mean, and by how much controls differ in their changes
beyond chance, for the campaign would have differed as much.

Whoever is picked for a bad figure has had bad luck, too, and comes back by itself. Controls that were picked by the
same finding come back as well. Others do not: so the campaign's figure from before is first drawn towards theirs by
what of it is luck, 1 - reliability, reliability being the part of the variance between campaigns that is true of them
(Efron and Morris 1975). Where most is luck, nobody can tell.

Money (`roas`, `cost`, `net_revenue`) is judged by what is left, revenue less cost per day, against what would have been
left of the spend of before at a ROAS that went as that of the controls. A stopped campaign has no ROAS, and to spend
less or more changes it by itself; what is left tells whether it was right. What a stopped campaign no longer sells
counts as lost, though others may sell it now: such a gain is rather too small.
"""

from collections.abc import Sequence
from math import expm1, hypot, isfinite

from .findings import Better, Plan, Range
from .levels import Level, factor, level, pooled
from .norms import EXPECTED, PEERS
from .ratios import BY_METRIC, sampled
from .statistics import FEW, Sample, usual
from .verdicts import (
    LEFT,
    MONEY,
    MONTH,
    CannotTell,
    Design,
    Outcome,
    Series,
    Verdict,
    must_have_spent_more,
    scaled,
    told,
    value_of,
    verdict_of,
)

RELIABLE = 0.5
SELLS = ("unique_opens", "unique_clicks", "converters")  # more of these brings in more


def measure(treated: Series, controls: Sequence[Series], plan: Plan, design: Design) -> Outcome:
    """The verdict on what was done, against controls that were left alone."""
    ratio = BY_METRIC[plan.metric]
    alike = "with the same finding that were left alone" if design.same_finding else "that were left as they were"
    known = (
        f"campaigns of {design.peers} {alike}",
        len(controls),
        value_of(ratio, treated.before, design.before),
        value_of(ratio, treated.after, design.after),
    )
    try:
        found = _Measured(treated, controls, plan, design)
    except CannotTell as because:
        return Outcome(Verdict.CANNOT_TELL, str(because), *known)
    better = Better.HIGHER if plan.metric in MONEY else plan.better
    verdict = verdict_of(found.by, better)
    effect = None if found.of_money else found.by
    return Outcome(verdict, told(verdict, found.what, found.by), *known, found.anyhow, effect, found.money)


Pair = tuple[Sample, Sample]  # before, after


class _Measured:
    """One comparison, step by step; raises `CannotTell`."""

    def __init__(self, treated: Series, controls: Sequence[Series], plan: Plan, design: Design) -> None:
        self.treated, self.design, self.plan = treated, design, plan
        self.of_money = plan.metric in MONEY
        self.ratio = BY_METRIC["roas" if self.of_money else plan.metric]
        self.own = self._enough()
        self.others = _telling([pair for one in controls if (pair := self._pair(one)) is not None])
        if len(self.others) < PEERS:
            raise CannotTell(
                f"Only {len(self.others)} other campaigns of {self.design.peers} have figures enough to say what would "
                f"have happened anyhow; {PEERS} are needed."
            )
        self.order = self._order()
        self.around = usual(one for pair in (self.own, *self.others) for one in pair)
        before = self._level(self.own[0])
        self.expected = self._drawn(before).plus(self._change_of_others())
        self.anyhow = expm1(self.expected.mid - before.mid)
        self.by, self.money = self._gain() if self.of_money else self._rise()
        if not isfinite(self.by.high - self.by.low):
            raise CannotTell("There were too few days to say how much days differ by chance.")

    @property
    def what(self) -> str:
        """What has changed, in words."""
        return LEFT if self.of_money else self.ratio.label.lower()

    def _enough(self) -> Pair:
        """The campaign's own two samples. Of money the spend of before must do: there may be none afterwards."""
        pair, least = self._pair(self.treated), self.plan.minimum
        name = self.ratio.bottom.replace("_", " ")
        before = pair[0].bottom if pair else 0.0
        if pair is None or before <= 0:
            raise CannotTell(f"There was no {name} before or none after.")
        if self.plan.metric == "net_revenue":
            must_have_spent_more(before / self.design.before, pair[1].bottom / self.design.after)
        if self.plan.metric in ("cost", "net_revenue"):
            return pair
        for when, seen in (("before", before), ("after", before if self.of_money else pair[1].bottom)):
            if seen < least:
                raise CannotTell(f"There were {seen:,.0f} {name} {when}; of fewer than {least:,} nobody can tell.")
        return pair

    def _pair(self, one: Series) -> Pair | None:
        before, after = (sampled(days, self.ratio, delivers=self.design.delivers) for days in (one.before, one.after))
        if after is None and self.of_money and one is self.treated:  # stopped: nothing came in, which is certain
            after = Sample(sum(day.revenue for day in one.after), 0.0, 0.0, 0.0, 0.0, None)
        return None if before is None or after is None else (before, after)

    def _order(self) -> float:
        """What an order is worth, of money; else 0."""
        if not self.of_money:
            return 0.0
        samples = [one for pair in (self.own, *self.others) for one in pair]
        orders = sum(one.events for one in samples)
        worth = sum(one.top for one in samples) / orders if orders else 0.0
        if worth <= 0:
            raise CannotTell("Nobody sold anything, so sales tell nothing.")
        return worth

    def _level(self, one: Sample) -> Level:
        return level(one, self.around, self.order)

    def _change_of_others(self) -> Level:
        """How one more of them would have changed."""
        mean, between = pooled([self._level(after).minus(self._level(before)) for before, after in self.others])
        return Level(mean.mid, mean.variance + between, mean.degrees)

    def _drawn(self, before: Level) -> Level:
        """The campaign's level of before, without what of it was luck in being picked."""
        if self.design.same_finding:
            return before
        others = [self._level(one) for one, _ in self.others]
        mean, _ = pooled(others)
        _, between = pooled([*others, before])
        reliability = between / (between + before.variance)
        if reliability < RELIABLE:
            raise CannotTell(
                f"Most of what made it stand out before may have been chance (reliability {reliability:.2f}), "
                "and chance goes by itself."
            )
        luck = 1 - reliability
        back = luck * (mean.mid - before.mid)
        # how sure the mean is, and how sure the reliability: it stands on as many campaigns as there are
        unsure = luck**2 * mean.variance + back**2 * 2 / len(others)
        return Level(before.mid + back, reliability * before.variance + unsure, before.degrees)

    def _rise(self) -> tuple[Range, Range | None]:
        after = self._level(self.own[1])
        by = after.minus(self.expected).range
        effect = Range(*(factor(one) - 1 for one in (by.low, by.mid, by.high)))
        worth = self._worth()
        if worth is None:
            return effect, None
        tops = self.own[1].bottom / self.design.after * MONTH * factor(self.expected.mid)
        return effect, scaled(effect, tops * worth)

    def _worth(self) -> float | None:
        """What one more of the top brings in, as the campaign's own did before, if enough bought; None of what sells
        nothing.
        """
        if self.ratio.top not in SELLS:
            return None
        days = self.treated.before
        tops, orders = (sum(getattr(day, name) for day in days) for name in (self.ratio.top, "converters"))
        return max(0.0, sum(day.revenue for day in days) / tops) if tops and orders >= FEW else None

    def _gain(self) -> tuple[Range, Range]:
        """What is left more per day than of the spend of before, per unit of that; and its money in 30 days."""
        before, after = self.own
        spend = before.bottom / self.design.before
        spent = sum(day.cost for day in self.treated.after) / self.design.after
        pays = 1 / self.design.break_even
        sold = scaled(self._revenue(after), pays / self.design.after)
        anyhow = scaled(_factors(self.expected.range), pays * spend)
        more = _difference(sold, anyhow)
        gain = Range(*(one - spent + spend for one in (more.low, more.mid, more.high)))
        return scaled(gain, 1 / spend), scaled(gain, MONTH)

    def _revenue(self, after: Sample) -> Range:
        """What came in; of a campaign that was stopped that is certain."""
        if not after.bottom:
            return Range(after.top, after.top, after.top)
        return scaled(_factors(self._level(after).range), after.bottom)


def _telling(pairs: Sequence[Pair]) -> list[Pair]:
    """Those of which enough events were to be expected by the rate of all, so that luck does not choose them."""
    found = list(pairs)
    for place in (0, 1):
        events, bottoms = (sum(getattr(pair[place], name) for pair in pairs) for name in ("events", "bottom"))
        rate = events / bottoms if bottoms else 0.0
        found = [pair for pair in found if pair[place].bottom * rate >= EXPECTED]
    return found


def _factors(logs: Range) -> Range:
    return Range(factor(logs.low), factor(logs.mid), factor(logs.high))


def _difference(one: Range, other: Range) -> Range:
    """`one - other`, two independent estimates whose intervals need not be even (Zou and Donner 2008)."""
    mid = one.mid - other.mid
    return Range(
        mid - hypot(one.mid - one.low, other.high - other.mid),
        mid,
        mid + hypot(one.high - one.mid, other.mid - other.low),
    )

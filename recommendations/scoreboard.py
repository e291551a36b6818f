"""How each rule did: what was made of its recommendations, and what came of them against what it had promised.

Pages show it, so it does its little statistics itself and imports none.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import sqrt
from statistics import fmean, variance
from typing import Any

from django.db import transaction
from django.db.models import Case, Count, OuterRef, Q, Subquery, When

from compliance import audit

from .findings import Range
from .models import MEASURED, Decision, Recommendation, RuleSetting, State

Z = 1.959964  # of a two-sided 95 % interval
LEAST = 8  # verdicts; after fewer nothing is held against a rule
HALF = 0.5
FEW = 5  # shares; fewer have no interval worth the name
ACCEPTED = (State.ACCEPTED, State.IMPLEMENTED, State.MEASURING, *MEASURED)
TOLD = (State.BETTER, State.NO_DIFFERENCE, State.WORSE)


@dataclass(slots=True)
class Score:
    """One rule. `measured` counts verdicts, by their names. `hit_rate` is the share of better among those that could be
    told; `realised` the mean of what came of what was promised (1 = all of it), both with 95 % intervals.
    """

    rule: str
    proposed: int = 0
    open: int = 0
    accepted: int = 0
    dismissed: int = 0
    expired: int = 0
    measured: dict[str, int] = field(default_factory=lambda: {state.value: 0 for state in MEASURED})
    hit_rate: Range | None = None
    realised: Range | None = None

    @property
    def told(self) -> int:
        return sum(self.measured[state] for state in TOLD)


def scores(since: dict[str, datetime] | None = None) -> dict[str, Score]:
    """By rule, of every rule that ever proposed anything; with `since`, of a rule named there only what ended after."""
    rows = Recommendation.objects.all()
    for rule, moment in (since or {}).items():
        rows = rows.exclude(Q(closed_at=None) | Q(closed_at__lte=moment), rule=rule)
    found: dict[str, Score] = {}
    for rule, state, decided, count in rows.values_list("rule", "state", _last()).annotate(Count("pk")).order_by():
        _count(found.setdefault(rule, Score(rule)), state, decided, count)
    shares: dict[str, list[float]] = defaultdict(list)
    for rule, *judged in rows.filter(state__in=MEASURED).values_list("rule", "outcome", "expected", "plan"):
        if (share := _share(*judged)) is not None:
            shares[rule].append(share)
    for rule, score in found.items():
        score.hit_rate = _hit_rate(score.measured[State.BETTER], score.told)
        score.realised = _mean(shares[rule])
    return found


def total(scores: Iterable[Score]) -> Score:
    """Of all rules together, but for what came of what was promised: their promises are not of one kind."""
    whole = Score("")
    for score in scores:
        whole.proposed += score.proposed
        whole.open += score.open
        whole.accepted += score.accepted
        whole.dismissed += score.dismissed
        whole.expired += score.expired
        whole.measured = {state: count + score.measured[state] for state, count in whole.measured.items()}
    whole.hit_rate = _hit_rate(whole.measured[State.BETTER], whole.told)
    return whole


def mute_those_that_miss(at: datetime) -> list[str]:
    """Mute every rule that surely does no good, and say why; the names of those. Whoever lets one speak again lets it
    start anew: only what is measured after that counts.
    """
    known = RuleSetting.objects.in_bulk()
    again = {name: row.changed_at for name, row in known.items() if row.muted_by_itself and not row.muted}
    missing = {
        rule: why
        for rule, score in scores(again).items()
        if (why := reason(score)) and not (rule in known and known[rule].muted)
    }
    for rule, why in missing.items():
        _mute(rule, why, at)
    return list(missing)


def reason(score: Score) -> str:
    """Why it should be muted; empty while it should not."""
    hits, realised = score.hit_rate, score.realised
    if score.told >= LEAST and hits and hits.high < HALF:
        return (
            f"Muted itself: of {score.told} that were measured and could be told {score.measured[State.BETTER]} "
            f"helped, surely fewer than half (at most {hits.high:.0%})."
        )
    if sum(score.measured.values()) >= LEAST and realised and realised.high <= 0:
        return (
            f"Muted itself: what came of {sum(score.measured.values())} that were measured is surely not above nothing "
            f"(at most {realised.high:.0%} of what was promised)."
        )
    return ""


@transaction.atomic
def _mute(rule: str, why: str, at: datetime) -> None:
    RuleSetting.objects.update_or_create(
        rule=rule, defaults={"muted": True, "muted_because": why, "muted_by_itself": True}
    )
    audit.note("mute", "rule", rule, None, at, because=why)


def _last() -> Case:
    """What the last decision on an expired one had made of it; of no other it is asked."""
    last = Decision.objects.filter(recommendation=OuterRef("pk")).order_by("-id").values("state_after")[:1]
    return Case(When(state=State.EXPIRED, then=Subquery(last)))


def _count(score: Score, state: str, decided: str | None, count: int) -> None:
    score.proposed += count
    score.open += count * (state in (State.OPEN, State.SNOOZED))
    score.accepted += count * (state in ACCEPTED or (state == State.EXPIRED and decided == State.ACCEPTED))
    score.dismissed += count * (state == State.DISMISSED)
    score.expired += count * (state == State.EXPIRED)
    if state in score.measured:
        score.measured[state] += count


def _share(outcome: dict[str, Any] | None, expected: dict[str, Any], plan: dict[str, Any]) -> float | None:
    """What came of what was promised: of the metric where that is what was judged, else of the money."""
    outcome = outcome or {}
    effect, money = outcome.get("effect"), outcome.get("money")
    if effect and expected["before"] and expected["metric"] == plan["metric"]:
        promised = expected["after"]["mid"] / expected["before"] - 1
        return effect["mid"] / promised if promised else None
    if money and not effect and expected["money"]["mid"]:
        return float(money["mid"] / expected["money"]["mid"])
    return None


def _hit_rate(hits: int, told: int) -> Range | None:
    """With Wilson's interval of a share."""
    if not told:
        return None
    share, z = hits / told, Z * Z / told
    middle = (share + z / 2) / (1 + z)
    wide = sqrt(share * (1 - share) * z + z * z / 4) / (1 + z)
    return Range(max(0.0, middle - wide), share, min(1.0, middle + wide))


def _mean(shares: Sequence[float]) -> Range | None:
    if len(shares) < FEW:
        return None
    mean, wide = fmean(shares), _t(len(shares) - 1) * sqrt(variance(shares) / len(shares))
    return Range(mean - wide, mean, mean + wide)


def _t(degrees: int) -> float:
    """Student's t at 97.5 %, from 4 degrees of freedom on to a percent (Cornish and Fisher)."""
    first = (Z**3 + Z) / 4
    second = (5 * Z**5 + 16 * Z**3 + 3 * Z) / 96
    third = (3 * Z**7 + 19 * Z**5 + 17 * Z**3 - 15 * Z) / 384
    return Z + first / degrees + second / degrees**2 + third / degrees**3

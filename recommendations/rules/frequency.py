"""What list health finds by how much people get: many get more than a line, and it surely does them no good."""

from dataclasses import dataclass
from math import exp, log

from analytics.history import Matched
from analytics.presentation import percent

from ..findings import Better, Expected, Figure, Finding, Range, Score
from ..matching import SAME_DAYS, Days, Quotient, quotient, rates, tells
from ..norms import Norms
from ..scoring import adequacy, base, enough_for, own_figure, plan, stability, worth
from ..snapshot import Campaign, Crowd
from ..statistics import TAIL, share, uneven
from .rule import Settings, Threshold

ACTION = "write_less"
THRESHOLDS: dict[str, Threshold] = {
    "frequency": Threshold(
        12.0, 1.0, 1000.0, "messages",
        "Who gets more messages of a channel in 28 days gets many. Three a week is a convention, for most people say "
        "that they want one or two; by itself it finds nothing, those above it must also do surely worse.",
    ),
    "crowded": Threshold(0.1, 0.0, 0.99, "share", "So large a share of a campaign's people must surely get many."),
    "worse": Threshold(
        0.1, 0.0, 5.0, "share", "So much more must those who get many surely unsubscribe, or so much less click."
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """What those who get many may do worse: `sign` is 1 where more of it is worse."""

    metric: str
    matched: str
    sign: int
    words: str
    how: str


OUTCOMES: tuple[Outcome, ...] = (
    Outcome("unsubscribe_rate", "matched_unsubscribe_rate", 1, "unsubscribe", "as others on the same days"),
    Outcome("click_rate", "matched_click_rate", -1, "click", "as themselves when they get fewer"),
)


@dataclass(frozen=True, slots=True)
class _Worse:
    """An outcome that is surely worse, by a quotient of those who get many over the others."""

    outcome: Outcome
    matched: Matched
    days: Days
    found: Quotient

    @property
    def least(self) -> float:
        """By how much it is worse at least, as a logarithm."""
        return self.found.low if self.outcome.sign > 0 else -self.found.high


def find_crowded(campaign: Campaign, around: Norms, settings: Settings, rule: str, version: int) -> Finding | None:
    """Needs both: surely many of its people above the line, and those surely worse within the same campaign."""
    crowd = campaign.crowd
    if crowd is None or share(crowd.above, crowd.people)[0] <= settings["crowded"]:
        return None
    told = [one for outcome in OUTCOMES if (one := _compared(campaign, around, crowd, outcome))]
    worse = [one for one in told if one.least > log(1 + settings["worse"])]
    if not worse:
        return None
    return _finding(campaign, around, crowd, max(worse, key=lambda one: one.least), rule, version)


def _compared(campaign: Campaign, around: Norms, crowd: Crowd, outcome: Outcome) -> _Worse | None:
    """Who left is compared within days; who clicked within people, hence over days, which may differ. Those days are
    older than the window: where nobody did it since, nothing is left to get better.
    """
    leaving = outcome.metric == "unsubscribe_rate"
    matched, seen = crowd.left if leaving else crowd.clicked, around.sample(campaign, outcome.metric)
    if matched is None or seen is None or seen.top <= 0 or not tells(matched):
        return None
    usually = around.usual(campaign, outcome.metric)
    own, degrees = uneven(seen, usually)
    days = SAME_DAYS if leaving else Days(max(own, usually.uneven), degrees)
    return _Worse(outcome, matched, days, quotient(matched, days, TAIL / len(OUTCOMES)))


def _finding(campaign: Campaign, around: Norms, crowd: Crowd, worst: _Worse, rule: str, version: int) -> Finding:
    outcome, matched = worst.outcome, worst.matched
    found, seen = around.estimate(campaign, outcome.metric), around.sample(campaign, outcome.metric)
    assert found is not None
    assert seen is not None
    expected = _expected(campaign, around, crowd, worst, found.value)
    enough = enough_for(worst.found.error, matched.weight, exp(worst.found.likely))
    enough_after = enough_for(found.error, seen.bottom, expected.after.mid / found.value)
    better = Better.LOWER if outcome.sign > 0 else Better.HIGHER
    return Finding(
        rule=rule,
        version=version,
        campaign=campaign.id,
        action=ACTION,
        proposal=f"{percent(crowd.above / crowd.people)} of its people get more than {crowd.line:g} messages in 28 "
        f"days and {outcome.words} {exp(worst.found.mid):.1f} times as often {outcome.how}: write to them less.",
        score=Score(
            base(matched.rate, matched.other_rate),
            adequacy(around.settled_share(campaign) * matched.weight, enough),
            stability(
                around.weeks(campaign, outcome.metric), lambda rate: outcome.sign * (rate - expected.after.mid) > 0
            ),
        ),
        evidence=(own_figure(campaign, around, outcome.metric, found), *_figures(around, crowd, worst)),
        expected=expected,
        plan=plan(outcome.metric, better, enough_after, seen.bottom / around.days),
        expires_days=21,
    )


def _expected(campaign: Campaign, around: Norms, crowd: Crowd, worst: _Worse, before: float) -> Expected:
    after = _after(worst, before)
    how = (
        f"Those who get more than {crowd.line:g} do {worst.outcome.how}, by the interval of the quotient and their "
        "share of all. Money is what that brings in within 30 days, from nothing, for messages that are not sent sell "
        "nothing, to all of it."
    )
    money = _money(campaign, around, crowd, worst, abs(after.mid - before))
    return Expected(worst.outcome.metric, before, after, money, how)


def _after(worst: _Worse, before: float) -> Range:
    """Once those above the line do as the others: by their share of the outcome (Miettinen 1974)."""
    matched, found = worst.matched, worst.found
    theirs = matched.hits / (matched.hits + matched.other_hits)
    ends = sorted(before * (1 + theirs * (exp(-by) - 1)) for by in (found.low, found.likely, found.high))
    return Range(*ends)


def _money(campaign: Campaign, around: Norms, crowd: Crowd, worst: _Worse, change: float) -> Range:
    """A click is worth what it was; somebody who stays is worth what people get of the campaign in 30 days."""
    delivered = sum(day.delivered for day in campaign.days) * around.month
    if worst.outcome.sign < 0:
        most = delivered * change * worth(campaign, around, "unique_clicks")
    else:
        most = delivered * change * worth(campaign, around, "delivered") * delivered / max(crowd.of_people, 1)
    return Range(0.0, most / 2, most)


def _figures(around: Norms, crowd: Crowd, worst: _Worse) -> tuple[Figure, ...]:
    start, end = around.crowded
    people, line = float(crowd.people), crowd.line
    mean, many = crowd.messages / crowd.people, crowd.above / crowd.people
    low, high = share(crowd.above, crowd.people)

    def matched(above: bool, found: tuple[float, float, float]) -> Figure:
        label = (
            f"{worst.outcome.words.capitalize()} rate when they had got {'more than' if above else 'at most'} {line:g}"
        )
        return Figure(label, worst.outcome.matched, *found, worst.matched.weight, start, end, line=line, above=above)

    one, other = rates(worst.matched, worst.days)
    return (
        Figure(
            "Messages per person in 28 days", "messages_per_person", mean, None, None, people, start, end, line=line
        ),
        Figure(f"People who got more than {line:g}", "crowded_share", many, low, high, people, start, end, line=line),
        matched(True, one),
        matched(False, other),
    )

"""Earns far more than it costs, and than the other campaigns do: spend more on it, or repeat it."""

from datetime import timedelta
from math import log

from analytics.presentation import percent

from ..findings import Better, Expected, Finding, Range, Score
from ..norms import Norm, Norms
from ..scoring import (
    LEAST_DAYS,
    RETURNS,
    adequacy,
    base,
    enough_for,
    norm_figure,
    own_figure,
    plan,
    stability,
    sum_figure,
)
from ..snapshot import Campaign
from ..statistics import Estimate, Sample, gap
from .rule import Rule, Settings, Threshold

LATELY = timedelta(days=45)  # what ended longer ago was for another time
CLEARLY = 1.25  # times what its channel has
AGAINST = "the other campaigns of all channels"


def find(campaign: Campaign, around: Norms, settings: Settings) -> Finding | None:
    """One whose ROAS surely lies above a multiple of break-even and above the others' mean, and likely above most."""
    seen, found = around.sample(campaign, "roas"), around.estimate(campaign, "roas")
    norm = around.others(campaign, "roas")
    if not _counts(campaign, around) or not (seen and found and norm) or seen.events < settings["least_orders"]:
        return None
    bar = settings["multiple"] * settings["break_even"]
    of_channel = around.others(campaign, "roas", campaign.channel)
    if found.low <= bar or not _ahead(found, norm, settings["spreads"]) or not _better(found, of_channel or norm):
        return None
    steady = stability(around.weeks(campaign, "roas"), lambda roas: roas > bar)
    expected = _expected(seen, found, around, _more(campaign, settings), settings["break_even"])
    if steady <= 0.5 or expected.money.mid <= 0:  # with a low multiple what comes in more may cost more than it brings
        return None
    return _finding(campaign, around, settings, (seen, found, norm), steady, expected)


def _ahead(found: Estimate, norm: Norm, spreads: float) -> bool:
    """Whether surely above the mean, and by so many spreads once drawn back to it as far as chance may have raised it:
    the best of many looks better than it is (empirical Bayes).
    """
    between, within = norm.spread**2, found.error**2 + norm.mean.error**2
    if gap(found, norm.mean)[0] <= 0 or between + within <= 0:
        return False
    return log(found.value / norm.mean.value) * between / (between + within) > spreads * norm.spread


def _better(found: Estimate, norm: Norm) -> bool:
    """A channel may earn more than others do without anything of it being a winner: clearly above its mean, at 90 %."""
    clearly = max(log(CLEARLY), norm.spread)
    return log(found.value / norm.mean.value) > clearly and gap(found, norm.mean, 0.1)[0] > 0


def _counts(campaign: Campaign, around: Norms) -> bool:
    ended = campaign.ends_on or max((day.day for day in campaign.days), default=around.start)
    return campaign.status == "running" or (campaign.status == "ended" and ended >= around.end - LATELY)


def _more(campaign: Campaign, settings: Settings) -> float:
    """By how much its spend rises: what has ended is repeated whole."""
    return 1.0 if campaign.status == "ended" else settings["more"]


def _finding(
    campaign: Campaign,
    around: Norms,
    settings: Settings,
    of: tuple[Sample, Estimate, Norm],
    steady: float,
    expected: Expected,
) -> Finding:
    seen, found, norm = of
    again = campaign.status == "ended"
    bar = max(settings["multiple"] * settings["break_even"], norm.mean.value)
    enough = enough_for(found.error, seen.bottom, found.value / bar)
    act = "Repeat it" if again else f"Raise its budget by {percent(_more(campaign, settings))}"
    return Finding(
        rule=RULE.name,
        version=RULE.version,
        campaign=campaign.id,
        action="repeat" if again else "scale",
        proposal=f"{act}: its ROAS is {found.value:,.2f} where the others have {norm.mean.value:,.2f}.",
        score=Score(base(found.value, bar), adequacy(around.settled_share(campaign) * seen.bottom, enough), steady),
        evidence=(
            own_figure(campaign, around, "roas", found),
            norm_figure(
                around, "roas", norm, around.others_sum(campaign, "cost", everywhere=True), f"{norm.peers} others"
            ),
            sum_figure(campaign, around, "Cost", "cost", seen.bottom),
            sum_figure(campaign, around, "Net revenue", "net_revenue", seen.top),
        ),
        expected=expected,
        plan=plan("net_revenue", Better.HIGHER, LEAST_DAYS, 1, AGAINST),
        expires_days=21,
    )


def _expected(seen: Sample, found: Estimate, around: Norms, more: float, line: float) -> Expected:
    cost, before = seen.bottom * around.month, seen.top * around.month

    def gain(roas: float, power: float) -> float:
        return cost * (roas / line * ((1 + more) ** power - 1) - more)

    after = (before * (1 + more) ** power for power in (RETURNS.low, RETURNS.mid, RETURNS.high))
    money = Range(gain(found.low, RETURNS.low), gain(found.value, RETURNS.mid), gain(found.high, RETURNS.high))
    how = (
        f"Spend rises by {percent(more)} of what it was; revenue follows spend to the power of {RETURNS.mid:g}, "
        f"{RETURNS.low:g} to {RETURNS.high:g}, since each further unit brings less. Money: what comes in more, over "
        "break-even, less what is spent more, by its ROAS and its interval."
    )
    return Expected("net_revenue", before, Range(*after), money, how)


RULE = Rule(
    name="winner",
    title="Winner to scale",
    version=1,
    why="Money moved to what surely returns more of it is the cheapest growth there is.",
    shares=("break_even",),
    thresholds={
        "multiple": Threshold(3.0, 1.0, 50.0, "ratio", "So many times break-even its ROAS must surely be."),
        "spreads": Threshold(
            1.0, 0.0, 5.0, "spreads", "So many times the campaigns' spread it must likely lie above their mean."
        ),
        "least_orders": Threshold(40.0, 5.0, 1e6, "converters", "Campaigns with fewer converters are not judged."),
        "more": Threshold(0.5, 0.05, 2.0, "share", "By how much to raise the budget of one that runs."),
    },
    find=find,
)

"""Brings in less than it costs: stop it, or cut it by half."""

from math import sqrt

from ..findings import Better, Expected, Finding, Range, Score
from ..norms import Norms
from ..scoring import RETURNS, adequacy, amount, base, between, enough_for, own_figure, plan, stability, sum_figure
from ..snapshot import Campaign
from ..statistics import FEW, ORDERS, Estimate, Sample, highest_sum, number
from .rule import Rule, Settings, Threshold

CUT = 0.5  # by so much, and below this share of break-even a campaign is stopped


def find(campaign: Campaign, around: Norms, settings: Settings) -> Finding | None:
    """A running campaign whose ROAS is surely below break-even: the upper end of its interval is."""
    seen, found = around.sample(campaign, "roas"), around.estimate(campaign, "roas")
    if campaign.status != "running" or seen is None or found is None:
        return None
    spent = around.settled(campaign, "cost")
    if spent < settings["least_spend"] or sum(day.cost > 0 for day in campaign.days) < settings["least_days"]:
        return None
    line = settings["break_even"]
    if found.value >= line:
        return None
    found = _bounded(campaign, around, seen, found, line)
    return _finding(campaign, around, seen, found, line, spent) if found.high < line else None


def _bounded(campaign: Campaign, around: Norms, seen: Sample, found: Estimate, line: float) -> Estimate:
    """With few orders the log scale says little: as many orders as there may have been, at what an order is worth."""
    if seen.events >= FEW and seen.top > 0:
        return found
    orders = around.others_sum(campaign, "converters", everywhere=True)
    usual = around.others_sum(campaign, "revenue", everywhere=True) / orders if orders > 0 else 0.0
    own = seen.top / seen.events if seen.events > 0 else 0.0
    worth = max(usual, own)
    if worth <= 0:  # where nobody sells anything, sales are not told
        return Estimate(found.value, found.low, float("inf"), found.error, found.degrees)
    if seen.events < FEW:
        high = number(seen.events)[1] * worth / seen.bottom
    else:  # refunds of more than was sold
        high = highest_sum([day.revenue for day in campaign.days]) / seen.bottom
    error = sqrt(ORDERS * worth / (seen.bottom * line))  # of a campaign that breaks even
    return Estimate(found.value, min(found.low, found.value), max(high, found.value), error, found.degrees)


def _finding(campaign: Campaign, around: Norms, seen: Sample, found: Estimate, line: float, spent: float) -> Finding:
    stop = found.high < line * CUT
    share = 1.0 if stop else CUT
    cost, month = seen.bottom, around.month
    saved = [share * month * cost * (1 - roas / line) for roas in (found.high, found.value, found.low)]
    money = Range(*(max(0.0, one) for one in saved))
    enough = enough_for(found.error, cost, line / max(found.value, line / 10))
    lost = amount(month * cost * (1 - found.value / line), around.currency)
    return Finding(
        rule=RULE.name,
        version=RULE.version,
        campaign=campaign.id,
        action="stop" if stop else "cut",
        proposal=f"{'Stop it' if stop else 'Cut its budget by half'}: it loses about {lost} in 30 days.",
        score=Score(
            base(found.value, line),
            adequacy(spent, enough),
            stability(around.weeks(campaign, "roas"), lambda roas: roas < line),
        ),
        evidence=(
            own_figure(campaign, around, "roas", found),
            sum_figure(campaign, around, "Cost", "cost", cost),
            sum_figure(campaign, around, "Net revenue", "net_revenue", seen.top),
        ),
        expected=_stopped(cost * month, money) if stop else _cut(found.value, money),
        plan=plan("cost", Better.LOWER, 0, 1) if stop else plan("roas", Better.HIGHER, enough, cost / around.days),
        expires_days=14,
    )


def _stopped(cost: float, money: Range) -> Expected:
    how = "Its cost of 30 days less what it brings in by its ROAS and its interval, over break-even."
    return Expected("cost", cost, Range(0.0, 0.0, 0.0), money, how)


def _cut(roas: float, money: Range) -> Expected:
    after = [roas * CUT ** (power - 1) for power in (RETURNS.high, RETURNS.low, RETURNS.mid)]
    how = (
        "Money: half of its cost of 30 days less half of what it brings in by its ROAS and its interval, over "
        "break-even. "
        f"ROAS: revenue follows spend to the power of {RETURNS.mid}, {RETURNS.low} to {RETURNS.high}, so the half that "
        "is left brings more for its money."
    )
    return Expected("roas", roas, between(*after), money, how)


RULE = Rule(
    name="low_roas",
    title="Low return on ad spend",
    version=1,
    why="A campaign that surely brings in less than it costs loses money every day that it runs.",
    shares=("break_even",),
    thresholds={
        "least_spend": Threshold(
            100.0, 0.0, 1e9, "money", "Campaigns that spent less are not judged; young days count for less."
        ),
        "least_days": Threshold(10.0, 1.0, 28.0, "days", "Campaigns with cost on fewer days are not judged."),
    },
    find=find,
)

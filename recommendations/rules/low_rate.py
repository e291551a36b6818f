"""What three rules share: a rate surely lower than those of the channel's others, and what the gap is worth."""

from dataclasses import dataclass
from math import log

from analytics.channels import BY_NAME
from analytics.presentation import percent

from ..findings import Better, Expected, Finding, Range, Score
from ..norms import Norm, Norms
from ..ratios import BY_METRIC
from ..scoring import adequacy, base, enough_for, norm_figure, own_figure, plan, stability, worth
from ..snapshot import Campaign
from ..statistics import FEW, Estimate, gap
from .rule import Settings, Threshold

MARGIN = Threshold(
    0.35, 0.05, 0.95, "share", "How far it must surely lie below the others; never less than they usually differ."
)


@dataclass(frozen=True, slots=True)
class Story:
    """What a low rate means: `advice` follows the figures in the proposal."""

    rule: str
    version: int
    metric: str
    action: str
    advice: str
    steps: str  # what is taken to stay as it is


def find_low(campaign: Campaign, around: Norms, settings: Settings, story: Story) -> Finding | None:
    """A running campaign whose rate lies, by the upper end of its gap, further below the norm than the margin and than
    campaigns of the channel differ anyhow.
    """
    found, norm = around.estimate(campaign, story.metric), around.others(campaign, story.metric)
    if campaign.status != "running" or found is None or norm is None:
        return None
    bottom = around.settled(campaign, BY_METRIC[story.metric].bottom)
    if bottom < settings["least"]:
        return None
    margin = max(-log(1 - settings["margin"]), norm.reach)
    return _finding(campaign, around, story, found, norm, bottom) if _highest(found, norm) < -margin else None


def _highest(found: Estimate, norm: Norm) -> float:
    """The upper end of the gap, as a logarithm; of a rate of nothing that of its exact bound."""
    if found.value > 0:
        return max(gap(found, norm.mean)[1], log(found.high / norm.mean.value))
    return log(found.high / norm.mean.low) if found.high > 0 else 0.0


def _finding(campaign: Campaign, around: Norms, story: Story, found: Estimate, norm: Norm, settled: float) -> Finding:
    seen = around.sample(campaign, story.metric)
    assert seen is not None
    before = max(found.value, norm.mean.value / 100)
    half = (before * norm.mean.value) ** 0.5
    error = found.error if seen.events >= FEW else (seen.bottom * norm.mean.value) ** -0.5
    enough = enough_for(error, seen.bottom, half / before)
    one = worth(campaign, around, BY_METRIC[story.metric].top)
    more = seen.bottom * around.month * one
    money = Range(0.0, more * (half - before), more * (norm.mean.value - before))
    ratio = BY_METRIC[story.metric]
    others = f"the {norm.peers} others in {BY_NAME[campaign.channel].label.lower()}"
    return Finding(
        rule=story.rule,
        version=story.version,
        campaign=campaign.id,
        action=story.action,
        proposal=f"{ratio.label} {percent(found.value)} against {percent(norm.mean.value)} of {others}: {story.advice}",
        score=Score(
            base(found.value, norm.mean.value),
            adequacy(settled, enough),
            stability(around.weeks(campaign, story.metric), lambda rate: rate < norm.mean.value),
        ),
        evidence=(
            own_figure(campaign, around, story.metric, found),
            norm_figure(around, story.metric, norm, around.others_sum(campaign, ratio.bottom), others),
        ),
        expected=Expected(
            story.metric,
            found.value,
            Range(found.value, half, norm.mean.value),
            money,
            f"From nothing to all of the gap to the others, halfway on the log scale; {story.steps}.",
        ),
        plan=plan(story.metric, Better.HIGHER, enough, seen.bottom / around.days),
        expires_days=21,
    )

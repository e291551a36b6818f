"""Too many complain, leave or cannot be reached, or people get more than does them good: clean the list, write less."""

from dataclasses import dataclass

from analytics.presentation import percent

from ..findings import Better, Expected, Finding, Range, Score
from ..norms import Norms, delivers
from ..ratios import BY_METRIC
from ..scoring import adequacy, base, enough_for, own_figure, plan, stability, worth
from ..snapshot import Campaign
from ..statistics import Estimate
from .frequency import THRESHOLDS, find_crowded
from .rule import Rule, Settings, Threshold


@dataclass(frozen=True, slots=True)
class Trigger:
    """A rate that must stay below the line of that name among the settings."""

    metric: str
    line: str
    action: str
    advice: str


TRIGGERS: tuple[Trigger, ...] = (
    Trigger("complaint_rate", "complaints", "ease_complaints", "write only to those who engage, and less often"),
    Trigger("bounce_rate", "bounces", "clean_list", "take addresses off the list that bounced"),
    Trigger("unsubscribe_rate", "unsubscribes", "write_less", "write less often, and to those whom it concerns"),
)


@dataclass(frozen=True, slots=True)
class _Broken:
    trigger: Trigger
    found: Estimate
    line: float
    urgent: bool

    @property
    def weight(self) -> tuple[bool, float]:
        return self.urgent, base(self.found.value, self.line)


def find(campaign: Campaign, around: Norms, settings: Settings) -> Finding | None:
    """Of the rates whose interval lies above their line the worst: first what is urgent, then what is furthest off.
    Where none does, whether it writes too often.
    """
    if campaign.status != "running" or not delivers(campaign):
        return None
    broken = [one for trigger in TRIGGERS if (one := _broken(campaign, around, settings, trigger))]
    if not broken:
        return find_crowded(campaign, around, settings, RULE.name, RULE.version)
    return _finding(campaign, around, max(broken, key=lambda one: one.weight), broken, settings["at_stake"])


def _broken(campaign: Campaign, around: Norms, settings: Settings, trigger: Trigger) -> _Broken | None:
    seen, found = around.sample(campaign, trigger.metric), around.estimate(campaign, trigger.metric)
    line = settings[trigger.line]
    if seen is None or found is None or found.low <= line:
        return None
    urgent = trigger.line == "complaints" and found.low > settings["urgent"]
    return _Broken(trigger, found, line, urgent)


def _finding(campaign: Campaign, around: Norms, worst: _Broken, broken: list[_Broken], at_stake: float) -> Finding:
    trigger, found, line = worst.trigger, worst.found, worst.line
    seen = around.sample(campaign, trigger.metric)
    assert seen is not None
    enough = enough_for(found.error, seen.bottom, found.value / line)
    revenue = worth(campaign, around, "delivered") * sum(day.delivered for day in campaign.days) * around.month
    share_lost = min(1.0, at_stake * (3 if worst.urgent else 1))
    label = BY_METRIC[trigger.metric].label
    urgent = "Urgent: " if worst.urgent else ""
    return Finding(
        rule=RULE.name,
        version=RULE.version,
        campaign=campaign.id,
        action=trigger.action,
        proposal=f"{urgent}{label.lower() if urgent else label} {percent(found.value)}, the line is {percent(line)}: "
        f"{trigger.advice}.",
        score=Score(
            base(found.value, line),
            adequacy(around.settled_share(campaign) * seen.bottom, enough),
            stability(around.weeks(campaign, trigger.metric), lambda rate: rate > line),
        ),
        evidence=tuple(own_figure(campaign, around, one.trigger.metric, one.found) for one in broken),
        expected=Expected(
            trigger.metric,
            found.value,
            Range(line / 2, line, found.value),
            Range(0.0, revenue * share_lost, revenue),
            f"Back to the line, or half of it, or no change. Money is what is at stake, not what is gained: providers "
            f"refuse mail of lists like this one; {percent(share_lost)} of the revenue of 30 days is a convention, "
            "and all of it the worst that can come.",
        ),
        plan=plan(trigger.metric, Better.LOWER, enough, seen.bottom / around.days),
        expires_days=7 if worst.urgent else 21,
    )


RULE = Rule(
    name="list_health",
    title="List health",
    version=2,
    why="Mail providers refuse senders whose lists complain or bounce, and then nothing arrives.",
    thresholds={
        "complaints": Threshold(
            0.001, 0.0001, 0.05, "share", "Gmail asks senders to stay below 0.1 % of delivered messages."
        ),
        "urgent": Threshold(0.003, 0.0003, 0.1, "share", "Above this complaint rate Gmail refuses; then it is urgent."),
        "bounces": Threshold(0.04, 0.002, 0.5, "share", "Bounces per message sent."),
        "unsubscribes": Threshold(0.01, 0.0005, 0.2, "share", "Unsubscribes per delivered message."),
        "at_stake": Threshold(
            0.1, 0.0, 1.0, "share", "The share of revenue at stake while a line is crossed; three times that if urgent."
        ),
    }
    | THRESHOLDS,
    find=find,
)

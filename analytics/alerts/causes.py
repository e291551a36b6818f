"""Which findings have one cause, so that people are told once. Pure.

One cause moves a metric of everything and of the channels it comes through, and what follows from it. So anomalies on
one side belong together where they are of one metric, or where one follows from the other and one of their scopes
holds the other. What a person's line, a budget or a silence finds stands by itself.
"""

from collections.abc import Iterable, Sequence

from .finding import Finding
from .rules import ANOMALY
from .watched import METRICS

EFFECTS: dict[str, tuple[str, ...]] = {
    "cost": ("clicks",),
    "sends": ("opens", "clicks", "conversions", "revenue"),
    "opens": ("clicks", "conversions", "revenue"),
    "clicks": ("conversions", "revenue"),
    "conversions": ("revenue",),
    "revenue": (),
}


def linked(one: Finding, other: Finding) -> bool:
    """Whether two findings of one hour have one cause."""
    if one.key == other.key:
        return True
    if one.rule != ANOMALY or other.rule != ANOMALY or one.over is not other.over:
        return False
    related = one.metric in EFFECTS[other.metric] or other.metric in EFFECTS[one.metric]
    overlap = not one.channel or not other.channel or one.channel == other.channel
    return one.metric == other.metric or (related and overlap)


def covers(known: Finding, finding: Finding) -> bool:
    """Whether somebody who was told of `known` needs not be told of the finding: it is a part or an effect of it."""
    if known.key == finding.key:
        return True
    if known.rule != ANOMALY or finding.rule != ANOMALY or known.over is not finding.over:
        return False
    follows = finding.metric == known.metric or finding.metric in EFFECTS[known.metric]
    return follows and known.channel in ("", finding.channel)


def causes(findings: Iterable[Finding]) -> list[list[Finding]]:
    """The findings by their cause, in each the one that it is named for first."""
    groups: list[list[Finding]] = []
    for finding in findings:
        mine = [group for group in groups if any(linked(finding, other) for other in group)]
        groups = [group for group in groups if group not in mine]
        groups.append([finding, *(other for group in mine for other in group)])
    return [in_order(group) for group in groups]


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """The widest scope first, then what comes first in the chain of effects, then what moved most."""
    return sorted(findings, key=lambda one: (bool(one.channel), _place(one.metric), -moved(one), one.channel))


def scopes(findings: Sequence[Finding]) -> tuple[str, ...]:
    """The channels in which the metric of the first finding moved; empty where that is of all."""
    head = findings[0]
    same = tuple(one.channel for one in findings if one.metric == head.metric and one.over is head.over)
    return () if "" in same else same


def moved(finding: Finding) -> float:
    """How far from the usual, as a share of it; without one everything."""
    if not finding.usual:
        return float("inf")
    return abs(finding.value - finding.usual) / finding.usual


def _place(metric: str) -> int:
    return METRICS.index(metric) if metric in METRICS else len(METRICS)

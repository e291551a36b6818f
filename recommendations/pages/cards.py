"""A recommendation as a card: what to do, what it is worth, why, and what may be decided. Pure."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse

from analytics.channels import BY_NAME as CHANNELS
from analytics.pages.labels import label_of
from compliance.acting import Actor

from .. import decisions, steps
from ..findings import Range
from ..frozen import expected_of, plan_of, score_of
from ..holdout import JUDGED, WITHIN
from ..models import MEASURED, Decision, Recommendation, State
from ..scoring import UNBOUNDED
from ..shown import Shown, proposal_of
from ..snapshot import SETTLED
from . import words
from .drawing import Drawn, drawn
from .evidence import Axis, axes
from .fields import OF_STATE
from .outcome import Outcome, outcome
from .rules import title_of

SNOOZES: tuple[tuple[int, str], ...] = ((1, "for a day"), (7, "for a week"), (30, "for 30 days"))
FORMS = {"reasons": steps.REASONS, "longest_note": decisions.LONGEST_NOTE, "snoozes": SNOOZES}  # what they offer
PAST: dict[str, str] = {
    steps.ACCEPT: "Accepted",
    steps.DISMISS: "Dismissed",
    steps.SNOOZE: "Put off",
    steps.IMPLEMENT: "Marked as done",
}


@dataclass(frozen=True, slots=True)
class Money:
    """What it is expected to be worth in 30 days."""

    text: str
    span: str
    drawn: Drawn


@dataclass(frozen=True, slots=True)
class News:
    """What has just become of a card: what was done, or why nothing was; `open` is the decision whose form was filled
    in wrongly, with its errors and what was given by field.
    """

    said: str = ""
    refused: bool = False
    open: str = ""
    errors: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    given: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Card:
    id: int
    url: str
    proposal: str
    campaign: str
    campaign_url: str
    channel: str
    rule: str
    state: str
    money: Money | None  # None for who may not see it
    score: str  # empty for who may not see its figures
    factors: tuple[tuple[str, str], ...]
    axes: tuple[Axis, ...]
    how: str
    plan: tuple[tuple[str, str], ...]
    told: str  # where it stands, and who decided
    note: str  # what whoever decided wrote
    outcome: Outcome | None
    acts: frozenset[str]
    undo: int  # seconds in which whoever looks may take the last decision back
    today: str
    accepted_on: str
    held: str = ""  # how often its rule was right, where that is known
    news: News = News()


def card(
    recommendation: Recommendation, taken: Sequence[Decision], by: Actor, now: datetime, shown: Shown, *, may: bool
) -> Card:
    """`taken` are its decisions, newest first; `may` says whether whoever looks may decide, `shown` what they see."""
    zone, campaign = settings.REPORTING_TIME_ZONE, recommendation.campaign
    score, standing = score_of(recommendation), _standing(recommendation, taken)
    return Card(
        id=recommendation.pk,
        url=reverse("recommendations:one", args=[recommendation.pk]),
        proposal=proposal_of(recommendation, shown),
        campaign=campaign.name or campaign.external_id,
        campaign_url=reverse("analytics:campaign", args=[campaign.pk]),
        channel=CHANNELS[campaign.channel].label,
        rule=title_of(recommendation.rule),
        state=OF_STATE[recommendation.state].label,
        money=money_of(recommendation) if shown.money else None,
        score=f"{recommendation.score:.2f} of 1" if shown.figures else "",
        factors=tuple(words.factor(name, score) for name in words.FACTORS) if shown.figures else (),
        axes=axes(recommendation) if shown.figures else (),
        how=expected_of(recommendation).how if shown.figures else "",
        plan=tuple(_plan(recommendation, shown)),
        told=_told(recommendation, standing, zone),
        note=_note(standing),
        outcome=outcome(recommendation, shown),
        acts=_acts(recommendation) if may else frozenset(),
        undo=_undo(taken, by, now) if may else 0,
        today=_day(now, zone),
        accepted_on=_day(recommendation.decided_at, zone) if recommendation.decided_at else "",
    )


def money_of(recommendation: Recommendation) -> Money:
    found, currency = expected_of(recommendation).money, recommendation.currency
    places = words.money_places((found.low, found.mid, found.high), currency)
    (line,) = drawn([Range(found.low, found.mid, found.high)], mark=0.0)
    return Money(words.money(found.mid, places, currency), words.money_span(found, places, currency), line)


def _day(moment: datetime, zone: str) -> str:
    return moment.astimezone(ZoneInfo(zone)).date().isoformat()


def _acts(recommendation: Recommendation) -> frozenset[str]:
    return frozenset(step.decision for step in steps.STEPS if recommendation.state in step.sources)


def _standing(recommendation: Recommendation, taken: Sequence[Decision]) -> Decision | None:
    """The decision that brought it to where it stands."""
    done = recommendation.state in (State.MEASURING, *MEASURED)
    state = State.IMPLEMENTED if done else recommendation.state
    return next((each for each in taken if each.state_after == state and each.decision != steps.UNDO), None)


def _undo(taken: Sequence[Decision], by: Actor, now: datetime) -> int:
    last = taken[0] if taken else None
    if last is None or last.decision == steps.UNDO or last.user_id != by.user_id:
        return 0
    left = (last.at + decisions.UNDO_SHOWN - now) / timedelta(seconds=1)
    return max(0, math.ceil(left))


def _told(recommendation: Recommendation, decision: Decision | None, zone: str) -> str:
    told = f"Proposed on {words.day(recommendation.proposed_at, zone)}"
    if recommendation.state == State.OPEN:
        return f"{told}; stands until {words.day(recommendation.expires_at, zone)}."
    if recommendation.state == State.EXPIRED:
        return f"{told}, and expired: nobody acted on it in time."
    if decision is None:
        return f"{told}."
    key = f" with the key {decision.key_prefix}" if decision.key_prefix else ""
    told = f"{PAST[decision.decision]} by {decision.username}{key} on {words.minute(decision.at, zone)}"
    more = {
        steps.DISMISS: f": {steps.LABELS.get(decision.reason, decision.reason).lower()}",
        steps.SNOOZE: f", until {words.day(recommendation.snoozed_until or decision.at, zone)}",
        steps.IMPLEMENT: f": done on {words.day(recommendation.implemented_on or decision.at, zone)}",
    }.get(decision.decision, "")
    return f"{told}{more}."


def _note(decision: Decision | None) -> str:
    return decision.note if decision else ""


def _plan(recommendation: Recommendation, shown: Shown) -> Iterator[tuple[str, str]]:
    """What will be measured, when, and against whom."""
    plan, zone = plan_of(recommendation), settings.REPORTING_TIME_ZONE
    least = words.divided_by(plan.minimum, plan.metric, recommendation.currency)
    yield "Measured by", f"{label_of(plan.metric)}, {plan.better} is better"
    yield "For", f"{plan.days} days from the day after it is done, once they are {SETTLED.days} days old"
    yield "Against", plan.against
    if not shown.figures:
        pass  # how much is needed follows from how much there is
    elif plan.minimum >= UNBOUNDED:
        yield "At least", "more than it will ever have, so the outcome will be that nobody can tell"
    elif least:
        yield "At least", f"{least}; with less nobody can tell"
    if recommendation.state in (State.IMPLEMENTED, State.MEASURING) and recommendation.implemented_on:
        end = recommendation.implemented_on + timedelta(days=1 + plan.days)
        held = f"; where it holds people out, from {words.day(end + WITHIN)} on" if plan.metric in JUDGED else ""
        yield "Outcome", f"from {words.day(end + SETTLED)} on{held}"
    yield "Figures as of", words.minute(recommendation.as_of, zone)

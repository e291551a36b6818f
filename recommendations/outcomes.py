"""The job that looks what came of recommendations that were done: it waits, compares, and writes down what it found.

Whom it compares with is settled by the plan and by how many people there are, never by what comes out: those whom the
campaign holds out where they are enough (`holdout.py`), else campaigns (`measuring.py`).
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, QuerySet

from analytics.changes import kept_cut
from analytics.channels import DELIVERING
from analytics.models import Campaign
from analytics.queries import arms, history
from analytics.queries.snapshot import one_moment
from compliance import audit

from .findings import Plan
from .frozen import plan_of
from .holdout import JUDGED, WITHIN, Held, measure_held, too_small
from .measuring import measure
from .models import Recommendation, State
from .norms import PEERS
from .rules import BY_NAME
from .snapshot import SETTLED, Day
from .verdicts import MONEY, Design, Outcome, Series, Verdict

BEFORE = timedelta(days=28)  # what it is compared with; the day on which it was done is in neither period
TOGETHER = timedelta(days=14)  # findings so far apart saw about the same
LEFT_ALONE = (State.OPEN, State.SNOOZED, State.ACCEPTED, State.DISMISSED, State.EXPIRED)
DONE_ANYHOW = "already_done"  # dismissed for this reason is not left alone
WIDE = ("net_revenue",)  # a winner is compared with campaigns of all channels


@dataclass(frozen=True, slots=True)
class Judged:
    """How many began to be measured, and how many were."""

    begun: int
    measured: int


@dataclass(frozen=True, slots=True)
class _Span:
    """The days `[start, on)` are before, `(on, end)` after."""

    start: date
    on: date
    end: date

    @property
    def after(self) -> date:
        return self.on + timedelta(days=1)


def measure_due(at: datetime) -> Judged:
    """Begin with what was done before today, and judge what has run its time and settled. Safe to repeat."""
    zone = kept_cut().time_zone
    today = at.astimezone(ZoneInfo(zone)).date()
    done = Recommendation.objects.filter(state=State.IMPLEMENTED, implemented_on__lt=today)
    begun = done.update(state=State.MEASURING, version=F("version") + 1)
    due = [one for one in _running() if _settled(one, today, zone)]
    return Judged(begun, sum(_close(one, outcome_of(one), at) for one in due))


def outcome_of(one: Recommendation) -> Outcome:
    """What came of it, by the figures as they are: against those held out where they are enough, else against those
    with the same finding, else against the others.
    """
    span, plan = _span(one), plan_of(one)
    with one_moment("READ ONLY"):
        cut = kept_cut()
        held = _held(one, span, cut.time_zone)
        small = too_small(held) if held else ""
        found = _by_arms(one, span, held) if held and not small else _by_campaigns(one, span, small)
    return found if cut.currency == one.currency else _in_another(found, plan, one.currency, cut.currency)


def _held(one: Recommendation, span: _Span, zone: str) -> Held | None:
    """Both arms, if the plan can be judged by them and anybody is held out; before are those whose days were over."""
    if one.plan["metric"] not in JUDGED or not arms.holds_out(one.campaign_id, span.start - WITHIN, span.end, zone):
        return None
    periods = ((span.start - WITHIN, span.on - WITHIN), (span.after, span.end))
    return Held(*(arms.days(one.campaign_id, start, end, zone, WITHIN) for start, end in periods))


def _by_arms(one: Recommendation, span: _Span, held: Held) -> Outcome:
    if besides := _besides(one, span, WITHIN):
        return _mixed(besides)
    treated = _series({one.campaign_id}, span, WITHIN).get(one.campaign_id) or Series(one.campaign_id, (), ())
    return measure_held(treated, held, plan_of(one), _design(one, span, same_finding=False))


def _by_campaigns(one: Recommendation, span: _Span, because: str) -> Outcome:
    if besides := _besides(one, span):
        return _mixed(besides)
    touched = _touched(span)
    same = set(_alike(one).values_list("campaign", flat=True)) - touched
    around = Campaign.objects.exclude(pk=one.campaign_id)
    if one.plan["metric"] not in WIDE:
        around = around.filter(channel=one.campaign.channel)
    others = set(around.values_list("pk", flat=True)) - touched - _found(one)
    series = _series({one.campaign_id, *same, *others}, span)
    return replace(_measured(one, span, series, same, others), because=because)


def _measured(one: Recommendation, span: _Span, series: dict[int, Series], same: set[int], others: set[int]) -> Outcome:
    plan = plan_of(one)
    treated = series.get(one.campaign_id) or Series(one.campaign_id, (), ())
    if len(same) >= PEERS:
        found = measure(treated, _chosen(series, same), plan, _design(one, span, same_finding=True))
        if found.expected_change is not None:
            return found
    return measure(treated, _chosen(series, others), plan, _design(one, span, same_finding=False))


def _mixed(besides: Recommendation) -> Outcome:
    why = (
        f"Something else was done on this campaign on {besides.implemented_on} ({BY_NAME[besides.rule].title}), "
        "so nobody can say which of the two it was."
    )
    return Outcome(Verdict.CANNOT_TELL, why, "", 0, None, None)


def _in_another(found: Outcome, plan: Plan, was: str, now: str) -> Outcome:
    """Totals stand in another currency than the promise: rates may be compared with it, money may not."""
    if plan.metric not in MONEY:
        return replace(found, money=None)
    why = f"The reporting currency was {was} when this was proposed and is {now} now."
    return Outcome(Verdict.CANNOT_TELL, why, found.against, found.controls, None, None)


def _running() -> QuerySet[Recommendation]:
    return Recommendation.objects.filter(state=State.MEASURING).select_related("campaign").order_by("pk")


def _close(one: Recommendation, found: Outcome, at: datetime) -> bool:
    """False where it was closed by somebody else meanwhile."""
    with transaction.atomic():
        still = Recommendation.objects.filter(pk=one.pk, state=State.MEASURING, version=one.version)
        closed = still.update(state=found.verdict.value, outcome=asdict(found), closed_at=at, version=F("version") + 1)
        if closed:
            audit.note("measure", "recommendation", one.pk, None, at, before=one.state, after=found.verdict.value)
    return bool(closed)


def _span(one: Recommendation) -> _Span:
    on = one.implemented_on
    assert on is not None
    return _Span(on - BEFORE, on, on + timedelta(days=1 + one.plan["days"]))


def _settled(one: Recommendation, today: date, zone: str) -> bool:
    """Whether next to nothing is still to arrive; of those held out, whether the days of the last are over."""
    span = _span(one)
    if span.end + SETTLED > today:
        return False
    over = one.plan["metric"] not in JUDGED or span.end + WITHIN <= today
    return over or not arms.holds_out(one.campaign_id, span.after, span.end, zone)


def _design(one: Recommendation, span: _Span, *, same_finding: bool) -> Design:
    return Design(
        before=BEFORE.days,
        after=one.plan["days"],
        same_finding=same_finding,
        delivers=one.campaign.channel in DELIVERING,
        peers="its channel" if same_finding or one.plan["metric"] not in WIDE else "all channels",
        break_even=one.settings.get("break_even", 1.0),
    )


def _found(one: Recommendation) -> set[int]:
    """Campaigns of which the rule found the same at about the same time."""
    return set(_near(one).values_list("campaign", flat=True))


def _near(one: Recommendation) -> QuerySet[Recommendation]:
    near = (one.proposed_at - TOGETHER, one.proposed_at + TOGETHER)
    return Recommendation.objects.filter(rule=one.rule, action=one.action, proposed_at__range=near)


def _alike(one: Recommendation) -> QuerySet[Recommendation]:
    """Those of the channel with the same finding of which nothing was done."""
    left = _near(one).filter(state__in=LEFT_ALONE, campaign__channel=one.campaign.channel)
    return left.exclude(campaign=one.campaign_id).exclude(decisions__reason=DONE_ANYHOW)


def _touched(span: _Span) -> set[int]:
    """Campaigns of which something was done in either period."""
    done = Recommendation.objects.filter(implemented_on__gte=span.start, implemented_on__lt=span.end)
    return set(done.values_list("campaign", flat=True))


def _besides(one: Recommendation, span: _Span, earlier: timedelta = timedelta(0)) -> Recommendation | None:
    """Another that was done on the same campaign in either period, or so much earlier."""
    done = Recommendation.objects.filter(campaign=one.campaign_id, implemented_on__gte=span.start - earlier)
    return done.filter(implemented_on__lt=span.end).exclude(pk=one.pk).order_by("implemented_on").first()


def _series(campaigns: set[int], span: _Span, earlier: timedelta = timedelta(0)) -> dict[int, Series]:
    """With the days before taken so much earlier."""
    start, on = span.start - earlier, span.on - earlier
    read = history.days(start, span.end, sorted(campaigns))
    return {
        campaign: Series(campaign, _within(days, start, on), _within(days, span.after, span.end))
        for campaign, days in read.items()
    }


def _within(days: Iterable[Day], start: date, end: date) -> tuple[Day, ...]:
    return tuple(day for day in days if start <= day.day < end)


def _chosen(series: dict[int, Series], campaigns: set[int]) -> list[Series]:
    return [one for campaign, one in series.items() if campaign in campaigns]

"""Effects that are known, for they were planted, and what is said of them: one for each seed.

Each trial is a small company of the demo's generator, all of one channel, in which a campaign does worse than it should
for four weeks, and on a day does better by `EFFECT`. Another campaign, of which nothing was changed, is the placebo. In
every other trial all campaigns share the fault, so that the others are those with the same finding left alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from analytics.channels import DELIVERING
from analytics.demo import Change, Size
from analytics.demo.blueprints import BLUEPRINTS, Blueprint, Cadence, Mailing
from recommendations.findings import Better, Plan
from recommendations.measuring import Design, Outcome, Series, measure
from recommendations.snapshot import SETTLED, Day

from .worlds import UNTIL, World, world

EFFECT = 0.2
FAULT = 0.7
DAYS = 28
SIZE = Size(contacts=3_500, campaigns=5, days=2 * DAYS + 1 + SETTLED.days)
DONE = UNTIL - SETTLED - timedelta(days=DAYS)


@dataclass(frozen=True, slots=True)
class Kind:
    """What is planted (a field of `Change`), by which metric it is judged, and among which campaigns."""

    name: str
    planted: str
    metric: str
    blueprints: tuple[Blueprint, ...]


def _daily(name: str, channel: str, rates: Sequence[tuple[float, float, float]]) -> tuple[Mailing, ...]:
    """Campaigns that somebody gets each day, by who opens, clicks and buys; the first reaches twice as many."""
    return tuple(
        Mailing(
            slug=f"{name}-{n}", name=name, channel=channel, cadence=Cadence.DAILY, share=0.04 if n else 0.08,
            open=open_, click=click, buy=buy,
        )
        for n, (open_, click, buy) in enumerate(rates)
    )  # fmt: skip


KINDS: tuple[Kind, ...] = (
    Kind(
        "subject line",
        "open",
        "open_rate",
        tuple(
            one for one in BLUEPRINTS if one.slug in ("newsletter", "weekend-deals", "loyalty", "welcome", "win-back")
        ),
    ),
    Kind(
        "content",
        "click",
        "click_to_open_rate",
        _daily("content", "whatsapp", [(0.7, 0.22, 0), (0.6, 0.2, 0), (0.65, 0.24, 0), (0.6, 0.22, 0), (0.7, 0.26, 0)]),
    ),
    Kind(
        "landing page",
        "buy",
        "click_conversion_rate",
        _daily("landing", "sms", [(0, 0.5, 0.45), (0, 0.46, 0.42), (0, 0.5, 0.46), (0, 0.48, 0.5), (0, 0.46, 0.44)]),
    ),
)


@dataclass(frozen=True, slots=True)
class Trial:
    kind: Kind
    same_finding: bool
    effect: Outcome
    placebo: Outcome


def trial(seed: int) -> Trial:
    kind, same_finding = KINDS[seed % len(KINDS)], seed // len(KINDS) % 2 == 0
    slugs = [one.slug for one in kind.blueprints]
    treated = slugs[0]
    first = UNTIL - timedelta(days=SIZE.days)
    changes = [Change(slug, first, **{kind.planted: FAULT}) for slug in (slugs if same_finding else [treated])]
    changes.append(Change(treated, DONE, **{kind.planted: FAULT * (1 + EFFECT)}))
    series = _series(world(seed, SIZE, changes=changes, blueprints=kind.blueprints))
    others = [series[slug] for slug in slugs if slug != treated]
    placebo, *rest = others
    return Trial(
        kind,
        same_finding,
        _judged(kind, series[treated], others, same_finding=same_finding),
        _judged(kind, placebo, rest, same_finding=same_finding),
    )


def _judged(kind: Kind, treated: Series, controls: Sequence[Series], *, same_finding: bool) -> Outcome:
    plan = Plan(kind.metric, Better.HIGHER, DAYS, 1, "")
    design = Design(DAYS, DAYS, same_finding, kind.blueprints[0].channel in DELIVERING)
    return measure(treated, controls, plan, design)


def _series(made: World) -> dict[str, Series]:
    before, after = DONE - timedelta(days=DAYS), DONE + timedelta(days=1)
    end = after + timedelta(days=DAYS)
    return {
        slug: Series(n, _within(days, before, DONE), _within(days, after, end))
        for n, (slug, days) in enumerate(made.days(before, end).items())
    }


def _within(days: Sequence[Day], start: date, end: date) -> tuple[Day, ...]:
    return tuple(day for day in days if start <= day.day < end)

"""Effects that are known, for they were planted, and what is said of them: one for each seed.

Each trial is a small company of the demo's generator, all of one channel, in which a campaign does worse than it should
for four weeks, and on a day does better by `EFFECT`. Another campaign, of which nothing was changed, is the placebo. In
every other trial all campaigns share the fault, so that the others are those with the same finding left alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from analytics.channels import DELIVERING
from analytics.demo import Change, Size
from analytics.demo.blueprints import BLUEPRINTS, Blueprint, Cadence, Mailing
from recommendations.findings import Better, Plan
from recommendations.measuring import measure
from recommendations.snapshot import SETTLED, Day
from recommendations.verdicts import Design, Outcome, Series

from .worlds import UNTIL, World, world

EFFECT = 0.2
FAULT = 0.7
DAYS = 28
LONG = 2 * DAYS + 1 + SETTLED.days
DONE = UNTIL - SETTLED - timedelta(days=DAYS)


@dataclass(frozen=True, slots=True)
class Kind:
    """What is planted (a field of `Change`), by which metric it is judged, and among which campaigns."""

    name: str
    planted: str
    metric: str
    blueprints: tuple[Blueprint, ...]
    contacts: int = 3_500  # the more, the fewer click on several campaigns before they buy, of which one is credited


OTHERS = 8


def _daily(name: str, channel: str, share: float, **rates: tuple[float, float]) -> tuple[Mailing, ...]:
    """Campaigns that somebody gets each day. The first reaches four times as many; the rates of the others lie between
    the two that are given, at even steps.
    """

    def rates_of(n: int) -> dict[str, Any]:
        return {name: low + (high - low) * (n * 5 % (OTHERS + 1)) / OTHERS for name, (low, high) in rates.items()}

    return tuple(
        Mailing(
            slug=f"{name}-{n}",
            name=name,
            channel=channel,
            cadence=Cadence.DAILY,
            share=share / 4 if n else share,
            **rates_of(n),
        )
        for n in range(OTHERS + 1)
    )


_NEWSLETTER = next(one for one in BLUEPRINTS if isinstance(one, Mailing) and one.slug == "newsletter")
KINDS: tuple[Kind, ...] = (
    Kind(
        "subject line",
        "open",
        "open_rate",
        (
            _NEWSLETTER,
            *(
                replace(_NEWSLETTER, slug=f"letter-{n}", weekday=n % 7, open=0.3 + 0.02 * (n * 5 % 9), share=0.1)
                for n in range(OTHERS)
            ),
        ),
    ),
    Kind(
        "content",
        "click",
        "click_to_open_rate",
        _daily("content", "whatsapp", 0.08, open=(0.6, 0.7), click=(0.2, 0.26)),
    ),
    Kind(
        "landing page",
        "buy",
        "click_conversion_rate",
        _daily("landing", "sms", 0.027, click=(0.46, 0.5), buy=(0.3, 0.36)),
        24_000,
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
    treated, size = slugs[0], Size(kind.contacts, len(slugs), LONG)
    first = UNTIL - timedelta(days=LONG)
    changes = [_change(slug, first, kind, FAULT) for slug in (slugs if same_finding else [treated])]
    changes.append(_change(treated, DONE, kind, FAULT * (1 + EFFECT)))
    series = _series(world(seed, size, changes=changes, blueprints=kind.blueprints))
    others = [series[slug] for slug in slugs if slug != treated]
    placebo, *rest = others
    return Trial(
        kind,
        same_finding,
        _judged(kind, series[treated], others, same_finding=same_finding),
        _judged(kind, placebo, rest, same_finding=same_finding),
    )


def _change(slug: str, day: date, kind: Kind, factor: float) -> Change:
    planted: dict[str, Any] = {kind.planted: factor}
    return Change(slug, day, **planted)


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

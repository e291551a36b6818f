"""How well rules and outcomes do, on companies of the demo's generator: `make bench-rules`."""

import argparse
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from statistics import median

from analytics.demo import DEFAULT_SIZE, Size
from analytics.demo.blueprints import BLUEPRINTS, Blueprint, Mailing
from recommendations.findings import Finding
from recommendations.rules import defaults, find_all
from recommendations.snapshot import Snapshot
from recommendations.verdicts import Outcome, Verdict
from tests.recommendations import arms
from tests.recommendations.trials import EFFECT, KINDS, Trial, trial
from tests.recommendations.worlds import UNTIL, snapshot, world

_BY_SLUG = {one.slug: one for one in BLUEPRINTS}


def _mailing(like: str, slug: str) -> Blueprint:
    found = _BY_SLUG[like]
    assert isinstance(found, Mailing)
    return replace(found, slug=slug, share=0.02)


NOISE: tuple[Blueprint, ...] = (
    *(_mailing("browse-reminder", f"mail-{n}") for n in range(8)),
    *(_mailing("cart-reminder", f"text-{n}") for n in range(8)),
    *(replace(_BY_SLUG["brand-search"], slug=f"search-{n}") for n in range(8)),
)
NOISE_SIZE = Size(contacts=2_000, campaigns=len(NOISE), days=40)
DEMO = Size(contacts=DEFAULT_SIZE.contacts, campaigns=DEFAULT_SIZE.campaigns, days=DEFAULT_SIZE.days)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--demos", type=int, default=10, help="of the demo as it is filled, which take longer")
    asked = parser.parse_args()
    trials = [trial(seed) for seed in range(asked.seeds)]
    print(f"Planted effects of {EFFECT:.0%}, one for each of {asked.seeds} seeds:")
    for kind in KINDS:
        _tell(kind.name, [one for one in trials if one.kind is kind])
    _tell("all", trials)
    print(f"By people held out, {asked.seeds} seeds of each; picked is of {arms.PICKED_OF} placebos the unluckiest:")
    for of_arms in arms.KINDS:
        _tell_arms(of_arms, [arms.trial(seed, (of_arms,)) for seed in range(asked.seeds)])
    _noise(asked.seeds)
    _demos(asked.demos)


def _tell(name: str, trials: list[Trial]) -> None:
    effects = [one.effect for one in trials]
    placebos = [one.placebo for one in trials]
    told = sum(one.verdict is not Verdict.CANNOT_TELL for one in effects)
    found = [one.effect.high - one.effect.low for one in effects if one.effect]
    said = Counter(one.verdict.value for one in placebos)
    print(
        f"  {name}: {holds(effects, EFFECT)} of {len(found)} intervals hold it, median width {median(found):.3f}; "
        f"{told} of {len(trials)} told. Without an effect {holds(placebos, 0)} of "
        f"{sum(one.effect is not None for one in placebos)} hold it, better {said['better']}, worse {said['worse']}."
    )


def _tell_arms(kind: arms.Kind, trials: list[arms.Trial]) -> None:
    """As `_tell`, of what was done on campaigns that hold people out."""
    spans = [(kind.found(one.effect), kind.true(one.truth)) for one in trials]
    held = sum(span is not None and span.low <= true <= span.high for span, true in spans)
    effect, placebo, picked = (
        Counter(getattr(one, name).verdict.value for one in trials) for name in ("effect", "placebo", "picked")
    )
    print(
        f"  {kind.name}: {held} of {len(spans)} intervals hold it, better {effect['better']}, worse {effect['worse']}. "
        f"Without an effect better {placebo['better']}, worse {placebo['worse']}; "
        f"picked better {picked['better']}, worse {picked['worse']}."
    )


def holds(outcomes: list[Outcome], truth: float) -> int:
    """How many intervals the truth lies in."""
    return sum(one.effect.low <= truth <= one.effect.high for one in outcomes if one.effect)


def _noise(seeds: int) -> None:
    """What the rules find among campaigns that are all alike, where nothing is to be found."""
    found: Counter[str] = Counter()
    alike, with_finding = 0, 0
    for seed in range(seeds):
        seen = snapshot(seed, NOISE_SIZE, blueprints=NOISE)
        findings = find_all(seen, defaults())
        alike += len(seen.campaigns)
        with_finding += len({one.campaign for one in findings})
        found.update(one.rule for one in findings)
    print(f"Campaigns that are all alike: {with_finding} of {alike} get a finding {dict(found)}.")


def _demos(seeds: int) -> None:
    """What the rules find in the demo as it is, on its last day and four weeks before."""
    found: Counter[str] = Counter()
    looked = 0
    for seed in range(seeds):
        made = world(seed, DEMO)
        for end in (UNTIL - timedelta(days=27), UNTIL + timedelta(days=1)):
            seen = made.snapshot(end)
            looked += len(seen.campaigns)
            found.update(f"{one.rule} of {slug(seen, one)}" for one in find_all(seen, defaults()))
    print(f"{seeds} demos, {looked} campaigns looked at:")
    for what, times in found.most_common():
        print(f"  {times:>3} {what}")


def slug(seen: Snapshot, finding: Finding) -> str:
    """Whom a finding is about, as the demo's table calls it."""
    return next(one.external_id for one in seen.campaigns if one.id == finding.campaign).split("-", 2)[2]


if __name__ == "__main__":
    main()

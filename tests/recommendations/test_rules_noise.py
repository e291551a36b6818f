"""Where nothing is wrong next to nothing is found, and in the demo what was planted and nothing else."""

from dataclasses import replace

import numpy as np
import pytest

from analytics.demo import Size
from analytics.demo.blueprints import FAILING, SHINING
from recommendations.rules import defaults, find_all
from recommendations.snapshot import Campaign, Snapshot

from . import worlds
from .snapshots import Truth, ads, drawn, snapshot

ROAS = 3.0


def noise(seed: int) -> Snapshot:
    """Sixty campaigns, each as good as the others of its channel; days differ, sizes are from 20 to 20,000."""
    rng = np.random.default_rng(seed)
    mails = [(Truth(open=0.35, click=0.1, convert=0.2), 24), (Truth(channel="push", open=0.15, click=0.3), 10)]
    told = [_mail(rng, truth) for truth, count in mails for _ in range(count)]
    texts = [_text(_mail(rng, Truth(channel="sms", open=1.0, click=0.06))) for _ in range(10)]
    return snapshot(*told, *texts, *(_ad(rng, channel) for channel in ("search", "social") for _ in range(8)))


def _size(rng: np.random.Generator) -> int:
    return int(np.exp(rng.uniform(np.log(20), np.log(20_000))))


def _mail(rng: np.random.Generator, truth: Truth) -> Campaign:
    piece = truth.open * truth.click * truth.convert * truth.order / ROAS
    every, also = int(rng.choice([1, 1, 1, 7, 14, 28])), 19 if rng.random() < 0.5 else None
    return drawn(rng, replace(truth, messages=_size(rng), every=every, uneven=0.2, piece=piece, also=also))


def _text(campaign: Campaign) -> Campaign:
    """Where nobody tells opens, clicks stand in for them."""
    return replace(campaign, days=tuple(replace(day, unique_opens=day.unique_clicks) for day in campaign.days))


def _ad(rng: np.random.Generator, channel: str) -> Campaign:
    clicks = _size(rng)
    cost = clicks * 0.05 * 80 / ROAS / 28
    return ads(rng, Truth(channel=channel, messages=clicks, convert=0.05, cost=cost, uneven=0.2))


def test_of_pure_noise_fewer_than_two_in_a_hundred_campaigns_have_a_finding() -> None:
    seen = [noise(seed) for seed in range(20)]
    found = {(place, one.campaign) for place, world in enumerate(seen) for one in find_all(world, defaults())}
    assert len(found) / sum(len(world.campaigns) for world in seen) < 0.02


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_of_the_demo_what_was_planted_is_found_and_nothing_else(seed: int) -> None:
    world = worlds.snapshot(seed, Size(contacts=4_000, campaigns=24, days=90))
    names = {one.id: one.external_id for one in world.campaigns}
    found = {(one.rule, names[one.campaign].split("-", 2)[2]) for one in find_all(world, defaults())}
    assert found == {("low_roas", FAILING), ("winner", SHINING)}

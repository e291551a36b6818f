"""What campaigns cost day by day, what ad platforms report beside it, budgets, and the rates of the other currency."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from math import ceil
from random import Random
from typing import Any

from .blueprints import Ads
from .chance import uneven
from .period import DAY, Period
from .plan import Campaign
from .till import EURO_RATE

NOISE = 0.12
OVERCLAIM = 2.2  # platforms claim so many times the orders that were theirs
PLATFORM = {"search": "Google Ads", "social": "Meta Ads", "display": "Criteo", "video": "YouTube", "affiliate": "Awin"}
COST_SOURCE = "accounting"
UNPLANNED = {"always-on", "automated"}  # what bears such a tag has no end

Cost = dict[str, Any]


def costs(
    campaign: Campaign, sent: Mapping[tuple[str, int], int], period: Period, other_currency: str, rng: Random
) -> list[tuple[int, Cost]]:
    """A campaign's costs of each of its days in the period, each with its midnight."""
    found = []
    for day in campaign.runs(period):
        cost = _cost(campaign, sent.get((campaign.external_id, day), 0), day, period, rng)
        if isinstance(campaign.blueprint, Ads) and campaign.blueprint.foreign:
            cost["currency"] = other_currency
        if cost["amount"]:
            found.append((day, cost))
    return found


def _cost(campaign: Campaign, sent: int, day: int, period: Period, rng: Random) -> Cost:
    blueprint = campaign.blueprint
    rhythm = period.liveliness(blueprint.channel, day) if isinstance(blueprint, Ads) else 1.0
    spent = blueprint.cost * campaign.scale * rhythm * uneven(rng, NOISE) + blueprint.piece * sent
    spent *= campaign.changed(day).cost
    cost = {
        "campaign": campaign.external_id,
        "date": period.day(day).isoformat(),
        "source": COST_SOURCE,
        "amount": round(spent, 2),
    }
    return cost | _reported(blueprint, campaign.scale, spent, rng) if isinstance(blueprint, Ads) else cost


def _reported(ads: Ads, scale: float, spent: float, rng: Random) -> Cost:
    """What the ad platform says of a day."""
    return {
        "source": PLATFORM[ads.channel],
        "impressions": round(spent / ads.cpm * 1000 * uneven(rng, NOISE)),
        "clicks": round(spent / ads.cpc * uneven(rng, NOISE)),
        "conversions": round(OVERCLAIM * ads.visits * scale * ads.buy * rng.uniform(0.4, 1.6)),
    }


def known_by(found: Iterable[tuple[int, Cost]], period: Period, now: datetime) -> list[Cost]:
    """The costs as they stand now: none of days to come, and of the running day what it has cost so far."""
    moment = period.moment(now)
    known = []
    for day, cost in found:
        gone = min(1.0, (moment - day) / DAY)
        if gone > 0:
            known.append(part(cost, gone))
    return known


def part(cost: Cost, gone: float) -> Cost:
    """What a day has cost when such a share of it is gone."""
    counts = {name: round(cost[name] * gone) for name in ("impressions", "clicks", "conversions") if name in cost}
    return cost | counts | {"amount": f"{float(cost['amount']) * gone:.2f}"}


def planned_end(campaign: Campaign, period: Period, rng: Random) -> int | None:
    """The moment until which a campaign is planned, beyond the period for one that goes on; None without a plan."""
    if campaign.blueprint.paused or UNPLANNED & set(campaign.blueprint.tags):
        return None
    return campaign.ends or period.end + rng.randrange(20, 60) * DAY


def budget(
    campaign: Campaign, ends: int | None, found: Iterable[tuple[int, Cost]], period: Period, rng: Random
) -> str | None:
    """A round sum near what it costs up to its planned end; nobody plans exactly. None for what costs nothing."""
    known = period.end - campaign.starts
    beyond = max(1.0, (ends - campaign.starts) / known) if ends and known > 0 else 1.0
    spent = beyond * sum(cost["amount"] for _, cost in found)
    return f"{ceil(spent * rng.uniform(0.93, 1.3) / 50) * 50}" if spent else None


def rates(period: Period, rng: Random, *, foreign_is_dearer: bool) -> list[tuple[date, Decimal]]:
    """One rate of the other currency for each day, a slow random walk."""
    rate, found = EURO_RATE, []
    for day in range(0, period.end, DAY):
        rate *= 1 + rng.gauss(0, 0.002)
        found.append((period.day(day), Decimal(f"{rate if foreign_is_dearer else 1 / rate:.5f}")))
    return found

"""Worlds for rules: counted as the totals are, and changed by just as much as was planted."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from math import log
from typing import Any

import pytest

from analytics.demo import Change, Size, generate
from analytics.event_types import EventType
from analytics.machine_rules import is_machine_agent
from recommendations.snapshot import Day
from tests.analytics.oracle import Happened, totals

from . import worlds

SMALL = Size(contacts=300, campaigns=24, days=45)
TYPES = {"bounced": "bounced_hard", "held_out": "held_out"}


def happened(event: dict[str, Any], campaigns: list[str], rates: dict[date, Decimal]) -> Happened:
    at = datetime.fromisoformat(event["occurred_at"])
    amount = Decimal(event["amount"]) if "amount" in event else None
    if amount is not None and event.get("currency") == worlds.FOREIGN:
        amount *= rates[at.date()]
    return Happened(
        event_id=event["event_id"],
        contact=hash(event["contact"]),
        type=EventType[TYPES.get(event["type"], event["type"]).upper()],
        at=at,
        campaign=campaigns.index(event["campaign"]) + 1 if "campaign" in event else 0,
        message=event.get("message", ""),
        order=hash(event["order"]) if "order" in event else None,
        amount=amount,
        flagged=event.get("machine", False) or is_machine_agent(event.get("user_agent", "")),
        link=hash(event["url"]) if "url" in event else None,
        network=hash(event["ip"]) if "ip" in event else None,
    )


def test_a_world_counts_what_the_oracle_counts_of_the_events_of_the_same_demo() -> None:
    made = generate(SMALL, seed=1, until=worlds.UNTIL, now=datetime.combine(worlds.UNTIL, datetime.max.time(), UTC))
    campaigns = [one["campaign"] for one in made.campaigns]
    silent = {place for place, one in enumerate(made.campaigns, 1) if not one["reports_deliveries"]}
    rates = dict(made.rates)
    cells: Counter[tuple[int, date, str]] = Counter()
    for (basis, campaign, hour, measure), amount in totals(
        [happened(e, campaigns, rates) for e in made.events]
    ).items():
        if basis == "send" and campaign:
            cells[campaign, hour.date(), measure] += amount  # type: ignore[assignment]

    first = worlds.UNTIL - timedelta(days=SMALL.days - 1)
    of_world = worlds.world(1, SMALL).days(first, worlds.UNTIL + timedelta(days=1))
    assert sum(map(len, of_world.values())) > 500
    for campaign, days in enumerate(of_world.values(), 1):
        seen = {day.day: day for day in days}
        for on in {day for at, day, _ in cells if at == campaign} | set(seen):
            sums = {measure: cells[campaign, on, measure] for measure in (*worlds.COUNTS, "revenue", "refunds")}
            if campaign in silent:
                sums["delivered"] = sums["sends"] - sums["bounces"]
            day = seen[on]
            assert {name: getattr(day, name) for name in worlds.COUNTS} == {name: sums[name] for name in worlds.COUNTS}
            assert day.revenue == pytest.approx(float(sums["revenue"] - sums["refunds"]), abs=1e-6)
    spent = sum(float(cost["amount"]) for cost in made.costs if cost.get("currency") != worlds.FOREIGN)
    foreign = sum(
        float(c["amount"]) * float(rates[date.fromisoformat(c["date"])]) for c in made.costs if "currency" in c
    )
    assert sum(day.cost for days in of_world.values() for day in days) == pytest.approx(spent + foreign, rel=1e-6)


def test_a_snapshot_shows_the_last_28_days_as_they_were_known_then() -> None:
    made = worlds.world(2, SMALL)
    end = worlds.UNTIL - timedelta(days=10)
    then, now = made.snapshot(end), made.snapshot()
    assert (then.start, then.end) == (end - timedelta(days=28), end)
    assert all(then.start <= day.day < end for one in then.campaigns for day in one.days)
    assert now.end == worlds.UNTIL + timedelta(days=1)
    opened = {one.external_id: sum(day.unique_opens for day in one.days if day.day < end) for one in now.campaigns}
    before = {
        one.external_id: sum(day.unique_opens for day in one.days if day.day >= now.start) for one in then.campaigns
    }
    assert all(before[name] <= opened.get(name, 0) for name in before)
    assert sum(before.values()) < sum(opened.values())
    newsletter = next(one for one in now.campaigns if one.external_id.endswith("newsletter"))
    assert sum(hour.delivered for hour in newsletter.hours) == sum(day.delivered for day in newsletter.days)


HALF = worlds.UNTIL - timedelta(days=30)


@pytest.mark.parametrize(
    ("change", "top", "bottom", "within"),
    [
        (Change("newsletter", HALF, open=0.6), "unique_opens", "delivered", 0.1),
        (Change("newsletter", HALF, click=0.5), "unique_clicks", "unique_opens", 0.25),
        (Change("brand-search", HALF, buy=0.4), "converters", "unique_clicks", 0.5),
        (Change("brand-search", HALF, cost=0.5), "cost", "unique_clicks", 0.02),
    ],
)
def test_a_planted_change_shows_from_its_day_on_and_not_before(
    change: Change, top: str, bottom: str, within: float
) -> None:
    """Of `buy` less shows: people who came anyhow are credited to it, too."""
    size = Size(contacts=2_500, campaigns=24, days=60)
    worlds_ = worlds.world(1, size), worlds.world(1, size, changes=[change])
    before, after = (
        [made.days(*span)[change.slug] for made in worlds_] for span in ((date.min, HALF), (HALF, date.max))
    )
    assert [day.sends for day in before[0]] == [day.sends for day in before[1]]
    factor = min(change.open, change.click, change.buy, change.cost)
    assert abs(shift(after, top, bottom) - log(factor)) < within
    assert abs(shift(before, top, bottom)) < 0.1


def shift(both: list[tuple[Day, ...]], top: str, bottom: str) -> float:
    """By how much a rate is another in the second of two worlds, as a logarithm."""
    rates = [sum(getattr(day, top) for day in days) / sum(getattr(day, bottom) for day in days) for days in both]
    return log(rates[1] / rates[0])


def test_a_change_of_a_campaign_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="no campaign newslettre among early-access, prospecting, newsletter"):
        worlds.world(1, SMALL, changes=[Change("newslettre", HALF)])

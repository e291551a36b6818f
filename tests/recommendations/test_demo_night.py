"""The demo has one campaign that fails and one that shines: the rules find these, and nothing of any other."""

from collections.abc import Callable
from dataclasses import asdict, astuple
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from analytics.demo import DEFAULT_SIZE, Size, generate
from analytics.demo.blueprints import FAILING, SHINING
from analytics.demo.fill import fill
from analytics.models import Campaign, CampaignDaily, CampaignHourly
from analytics.models.totals import Basis
from recommendations import reading, snapshot
from recommendations.models import Recommendation, State
from recommendations.proposing import propose
from tests.analytics.totals import DAY_ZEROS, ZEROS
from tests.recommendations import worlds

pytestmark = pytest.mark.django_db
SMALL = Size(contacts=300, campaigns=24, days=45)
LAST_MOMENT = datetime.combine(worlds.UNTIL, time.max, UTC)
AT = LAST_MOMENT + timedelta(hours=2)
WORTH_A_TRY = {("send_time", "win-back")}


def slug(external_id: str) -> str:
    return external_id.split("-", 2)[2]


def told(seen: snapshot.Snapshot, day: Callable[[snapshot.Day], dict[str, Any]] = asdict) -> dict[str, Any]:
    """All of it by slug but the ends that are only planned, which follow the campaign's external id."""
    return {
        slug(one.external_id): (
            one.name,
            one.channel,
            one.status,
            one.hours,
            people(one),
            [day(each) for each in one.days],
        )
        for one in seen.campaigns
    }


def people(one: snapshot.Campaign) -> Any:
    """What its people got and did, to the digits that the order of a sum leaves alone."""

    def rounded(value: Any) -> Any:
        if isinstance(value, (tuple, list)):
            return [rounded(each) for each in value]
        return round(value, 6) if isinstance(value, float) else value

    crowd = [astuple(one.crowd)] if one.crowd else []
    return rounded([astuple(each) for each in one.click_hours] + crowd)


def in_cents(day: snapshot.Day) -> dict[str, Any]:
    return asdict(day) | {"revenue": pytest.approx(day.revenue, abs=0.1), "cost": pytest.approx(day.cost, abs=0.01)}


def test_what_is_read_of_a_demo_that_came_in_by_the_doors_is_what_happened_in_its_world() -> None:
    fill(generate(SMALL, seed=1, until=worlds.UNTIL, now=LAST_MOMENT), LAST_MOMENT)
    read, happened = reading.snapshot(AT, worlds.LINE), worlds.snapshot(1, SMALL)
    assert (read.start, read.end, read.currency) == (happened.start, happened.end, happened.currency)
    assert sum(len(one.days) for one in read.campaigns) > 300
    assert sum(bool(one.click_hours) + bool(one.crowd and one.crowd.left) for one in read.campaigns) >= 2
    assert told(read) == told(happened, in_cents)


def lay_down(seen: snapshot.Snapshot) -> None:
    """The totals of a world as a fold would have left them."""
    for one in seen.campaigns:
        ends_at = one.ends_on and datetime.combine(one.ends_on, time(), UTC)
        kept = Campaign.objects.create(
            external_id=one.external_id, name=one.name, channel=one.channel, status=one.status, ends_at=ends_at
        )
        where = {"basis": Basis.SEND, "campaign_id": kept.pk}
        CampaignDaily.objects.bulk_create(CampaignDaily(**DAY_ZEROS | where | asdict(day)) for day in one.days)
        CampaignHourly.objects.bulk_create(
            CampaignHourly(
                **ZEROS | where | {"delivered": hour.delivered, "unique_clicks": hour.unique_clicks},
                hour=datetime.combine(seen.start, time(hour.hour), UTC),
            )
            for hour in one.hours
        )


def test_the_failing_and_the_shining_are_found_and_no_healthy_campaign() -> None:
    lay_down(worlds.snapshot(1, DEFAULT_SIZE))
    first = propose(AT)
    rows = Recommendation.objects.filter(state=State.OPEN).values_list("rule", "campaign__external_id")
    found = {(rule, slug(external_id)) for rule, external_id in rows}
    assert found - WORTH_A_TRY == {("low_roas", FAILING), ("winner", SHINING)}
    assert first.new == first.found == len(rows) == len(found)
    again = propose(AT + timedelta(minutes=1))
    assert (again.found, again.new, again.standing) == (first.found, 0, first.found)

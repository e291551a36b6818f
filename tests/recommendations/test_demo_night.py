"""The demo has one campaign that fails and one that shines: the rules find these, and nothing of any other. Another one
failed and was mended: that shows, too.
"""

from collections.abc import Callable
from dataclasses import asdict, astuple, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from analytics.demo import DEFAULT_SIZE, FAILING, MENDED, MENDED_AGO, SHINING, Change, Size, generate, mended
from analytics.demo.fill import fill
from analytics.demo.past import FAULT
from analytics.models import Campaign, CampaignDaily, CampaignHourly
from analytics.models.totals import Basis
from compliance.models import AuditEntry
from recommendations import demo, reading, snapshot, steps
from recommendations.models import Decision, Recommendation, State
from recommendations.proposing import propose
from recommendations.scoreboard import scores
from tests.analytics.totals import DAY_ZEROS, ZEROS, campaign
from tests.recommendations import worlds
from tests.recommendations.made import made

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


def open_ones() -> set[tuple[str, str]]:
    rows = Recommendation.objects.filter(state=State.OPEN).values_list("rule", "campaign__external_id")
    return {(rule, slug(external_id)) for rule, external_id in rows}


@pytest.mark.parametrize("changes", [(), mended(DEFAULT_SIZE, worlds.UNTIL)], ids=["as it is", "mended"])
def test_the_failing_and_the_shining_are_found_and_no_healthy_campaign(changes: tuple[Change, ...]) -> None:
    lay_down(worlds.snapshot(1, DEFAULT_SIZE, changes=changes))
    first = propose(AT)
    found = open_ones()
    assert found - WORTH_A_TRY == {("low_roas", FAILING), ("winner", SHINING)}
    assert first.new == first.found == Recommendation.objects.count() == len(found)
    again = propose(AT + timedelta(minutes=1))
    assert (again.found, again.new, again.standing) == (first.found, 0, first.found)


@pytest.fixture
def lived() -> None:
    """All days of a demo as it is filled."""
    world = worlds.world(1, DEFAULT_SIZE, changes=mended(DEFAULT_SIZE, worlds.UNTIL))
    seen, days = world.snapshot(), world.days(world.period.first, worlds.UNTIL)
    lay_down(replace(seen, campaigns=tuple(replace(c, days=days[slug(c.external_id)]) for c in seen.campaigns)))


def test_of_what_was_mended_a_demo_shows_the_past_and_makes_up_nothing_but_who_decided(lived: None) -> None:
    for _ in range(2):  # the second time changes nothing
        demo.past(AT)
        propose(AT)
    assert open_ones() - WORTH_A_TRY == {("low_roas", FAILING), ("winner", SHINING)}

    done = Recommendation.objects.get(state=State.BETTER)
    assert (done.rule, slug(done.campaign.external_id)) == ("subject_line", MENDED)
    assert done.implemented_on == AT.date() - MENDED_AGO
    assert done.as_of == done.proposed_at < AT - MENDED_AGO + timedelta(days=1)
    assert (done.closed_at, done.version) == (AT, 5)
    assert done.outcome is not None
    assert done.outcome["controls"] >= 3
    assert 0 < done.outcome["effect"]["low"] < 1 / FAULT - 1 < done.outcome["effect"]["high"]

    refused = Recommendation.objects.get(state=State.DISMISSED)
    told = refused.decisions.get()
    assert (refused.rule, slug(refused.campaign.external_id)) == ("low_roas", FAILING)
    assert (told.reason, told.note) == ("already_done", "Made up with the demo: its budget was cut this week.")

    rows = list(Decision.objects.order_by("at", "decision").values_list("decision", "username", "user_id", "at"))
    assert [row[0] for row in rows] == [steps.ACCEPT, steps.DISMISS, steps.IMPLEMENT]
    assert {row[1:3] for row in rows} == {("demo (made up)", None)}
    assert all(AT - MENDED_AGO <= row[3] < AT - timedelta(days=40) for row in rows)
    noted = AuditEntry.objects.filter(object_type="recommendation").exclude(act="measure").order_by("at", "act")
    assert list(noted.values_list("act", "username", "user_id", "at")) == rows

    score = scores()
    assert score["subject_line"].measured["better"] == score["subject_line"].accepted == 1
    assert score["low_roas"].dismissed == 1


@pytest.mark.parametrize("there", [lambda: campaign("spring"), made], ids=["a campaign", "a recommendation"])
def test_where_there_is_anything_of_somebodys_own_no_past_is_shown(
    there: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "propose", lambda night: pytest.fail(f"looked for findings of {night}"))
    there()
    demo.past(AT)


@pytest.mark.parametrize("size", [Size(4_000, 12, 90), Size(4_000, 24, 69)])
def test_a_demo_that_is_too_small_has_no_past(size: Size) -> None:
    assert mended(size, worlds.UNTIL) == ()

"""A demo goes on: what happens in it after it was filled in comes by the doors, and every total follows."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from analytics import arriving, verify
from analytics.allowed import EVERYTHING
from analytics.arriving.forecasting import forecast
from analytics.demo import later
from analytics.demo.fill import fill
from analytics.demo.going_on import go_on
from analytics.fold import fold_inbox
from analytics.ingest import record_campaigns, record_events
from analytics.models import Campaign, CampaignCost, DataVersion, Event, Source, SourceDay
from analytics.sources.judging import judge
from analytics.sources.kinds import Kind
from analytics.sources.reading import flows
from config.celery import SCHEDULE
from tests.analytics.events import event
from tests.analytics.test_demo import NOW, SMALL, UNTIL, world

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty installation is filled with less."""
    monkeypatch.setattr(later, "DEFAULT_SIZE", SMALL)
    later.day_of.cache_clear()
    yield
    later.day_of.cache_clear()


def test_on_its_own_day_happens_what_was_to_happen() -> None:
    tag = later.tag_by(UNTIL)
    day = later.day_of(UNTIL, tag, "USD")
    assert tuple(world().events + day.between(NOW, NOW + DAY)) == tuple(world(now=NOW + DAY).events)
    assert day.costs_by(NOW) == [cost for cost in world().costs if cost["date"] == UNTIL.isoformat()]


def test_a_later_day_is_under_the_same_campaigns_with_orders_of_its_own() -> None:
    tag = later.tag_by(UNTIL)
    days = [later.day_of(UNTIL + number * DAY, tag, "USD") for number in range(4)]
    known = {campaign["campaign"] for campaign in world().campaigns}
    for day in days:
        assert day.events
        assert {event["campaign"] for event in day.events if "campaign" in event} <= known
        assert {cost["campaign"] for cost in day.costs} <= known
        assert all(event["occurred_at"][:10] == day.begins.date().isoformat() for event in day.events)
    before = {event["order"] for event in world().events if "order" in event}
    orders = [event["order"] for day in days[1:] for event in day.events if event["type"] == "converted"]
    assert orders
    assert len({*orders, *before}) == len(orders) + len(before)
    assert not [event for day in days[1:] for event in day.events if event["type"] == "refunded"]


def test_the_demo_that_goes_on_is_the_latest_one_of_an_empty_installation() -> None:
    older, newer = later.tag_by(UNTIL - 9 * DAY), later.tag_by(UNTIL)
    assert later.newest([older, newer, "demo-abcdef"], UNTIL + 3 * DAY) == newer
    assert later.newest([older], UNTIL) == older
    assert later.newest(["demo-abcdef", newer], UNTIL - DAY) is None


@pytest.mark.django_db
def test_what_happened_since_comes_in_once_and_totals_follow() -> None:
    assert go_on(NOW) == 0, "there is no demo"
    fill(world(), NOW)
    went_on = go_on(NOW + 5 * HOUR)
    fold_inbox(NOW)
    assert went_on > 0
    filled = fill(world(now=NOW + 5 * HOUR), NOW + 5 * HOUR)
    assert (filled.events, filled.costs) == (0, 0), "just what the demo would have gone on with"

    two_days = NOW + 2 * DAY
    campaigns = Campaign.objects.count()
    before = Event.objects.count()
    went_on = go_on(two_days)
    fold_inbox(two_days)
    assert Event.objects.count() == before + went_on
    assert go_on(two_days) == 0
    state = DataVersion.objects.get()
    assert state.last_event_at is not None
    assert two_days - 3 * HOUR < state.last_event_at <= two_days, "no silence"
    days = CampaignCost.objects.filter(date__gt=UNTIL).values_list("date", flat=True).distinct()
    assert {*days} == {UNTIL + DAY, UNTIL + 2 * DAY}
    assert Campaign.objects.count() == campaigns
    assert verify.check(two_days).differences == []


@pytest.mark.django_db
def test_a_filled_demo_has_a_rhythm_and_usual_delays_from_the_first_minute() -> None:
    fill(world(), NOW)
    flow = next(flow for flow in flows(NOW, EVERYTHING) if flow.name == "demo" and flow.kind is Kind.API)
    assert all(flow.days)
    assert judge(flow, NOW).why == "comes every day"
    assert sum(row.taken for row in SourceDay.objects.all()) == len(world().events) == Event.objects.count()
    forecast(NOW)
    coming = arriving.by_source(NOW)[Source.objects.get(name="demo").pk]
    assert coming.usual[0][1] == 1
    assert arriving.of_period(UNTIL - 7 * DAY, UNTIL, "UTC", NOW).share is not None
    assert verify.check(NOW).differences == []
    before = set(SourceDay.objects.values_list("day", "type", "taken", "last_at"))
    fill(world(), NOW)
    assert set(SourceDay.objects.values_list("day", "type", "taken", "last_at")) == before, "safe to repeat"


@pytest.mark.django_db
def test_it_goes_on_beside_own_data_from_where_it_was() -> None:
    fill(world(), NOW)
    record_campaigns([{"campaign": "spring", "name": "Spring", "channel": "email"}], at=NOW)
    record_events([event(campaign="spring", occurred_at=(NOW + 5 * HOUR).isoformat())], source="api", at=NOW + 5 * HOUR)
    fold_inbox(NOW + 5 * HOUR)
    own = DataVersion.objects.get().last_event_at
    assert own == NOW + 5 * HOUR, "later than all of the demo"
    went_on = go_on(NOW + 5 * HOUR)
    assert went_on > 0
    assert go_on(NOW + 5 * HOUR) == 0, "what waits is not sent again"
    fold_inbox(NOW + 5 * HOUR)
    assert go_on(NOW + 5 * HOUR) == 0
    assert fill(world(now=NOW + 5 * HOUR), NOW + 5 * HOUR).events == 0, "nothing was left out"


def test_the_job_is_there_where_a_demo_is_filled_in() -> None:
    assert "go on with the demo" in [row.name for row in SCHEDULE]

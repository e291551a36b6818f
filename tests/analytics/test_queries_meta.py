from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from analytics.allowed import allowed_to
from analytics.catalogue import NAMES
from analytics.models import (
    CampaignAttribution,
    CampaignCost,
    HourForecast,
    InboxBatch,
    MissingCosts,
    Source,
    SourceForecast,
    ViewRefresh,
)
from analytics.models.totals import Basis
from analytics.queries import kpis
from analytics.queries.freshness import freshness
from analytics.queries.funnel import funnel
from analytics.reporting import VIEWS
from analytics.scope import ScopeError
from tests.analytics.totals import NOW, asked, campaign, midnight, october, on_day, version

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaigns() -> None:
    october()


def test_an_unknown_campaign_is_named() -> None:
    with pytest.raises(ScopeError, match="'spirng'") as caught:
        kpis.summary(asked(campaign="spirng"), now=NOW)
    assert caught.value.field == "campaign"


def test_an_empty_database_answers() -> None:
    answer = kpis.summary(asked(compare="last_year"), now=NOW)
    assert answer.figures["sends"].value == 0
    assert answer.figures["roas"].value is None
    meta = answer.meta
    assert (meta.data_version, meta.last_refreshed_at, meta.warnings) == (0, None, ())
    assert kpis.timeseries(asked(grain="month"), now=NOW).points[0].values["open_rate"] is None
    assert kpis.by_campaign(asked(), now=NOW).count == 0
    assert freshness(now=NOW).views[0].current


def test_meta_says_what_still_waits() -> None:
    version(7, NOW - timedelta(seconds=30), last_event_at=NOW - timedelta(minutes=1))
    source = Source.objects.create(name="shop")
    for state, age in (("waiting", 12), ("waiting", 3), ("dead", 99)):
        received = NOW - timedelta(seconds=age)
        InboxBatch.objects.create(received_at=received, source=source, rows=5, payload=b"", state=state)
    meta = kpis.summary(asked(), now=NOW).meta
    waiting = meta.completeness
    assert (waiting.inbox_waiting, waiting.inbox_waiting_rows, waiting.inbox_dead) == (2, 10, 1)
    assert (waiting.oldest_waiting_seconds, waiting.last_event_at) == (12.0, NOW - timedelta(minutes=1))
    assert (meta.data_version, meta.last_refreshed_at) == (7, NOW - timedelta(seconds=30))
    fresh = freshness(now=NOW)
    assert (fresh.data_version, fresh.seconds_since_refresh) == (7, 30.0)
    assert [view.name for view in fresh.views] == list(VIEWS)
    assert not any(view.current for view in fresh.views)
    for number, name in ((7, VIEWS[0]), (6, VIEWS[1])):
        refreshed = NOW - timedelta(seconds=90)
        ViewRefresh.objects.create(name=name, refreshed_at=refreshed, data_version=number, seconds=0.2)
    assert [view.behind_seconds for view in freshness(now=NOW).views[:3]] == [0, 90, None]


def test_the_running_day_is_told() -> None:
    assert any("2026-11-15" in warning for warning in kpis.summary(asked(end="2026-11-16"), now=NOW).meta.warnings)
    assert kpis.summary(asked(end="2026-11-15"), now=NOW).meta.warnings == ()


def test_totals_cut_by_other_settings_ask_for_a_rebuild(settings: Settings) -> None:
    version()
    settings.REPORTING_CURRENCY = "EUR"
    settings.ATTRIBUTION_WINDOW_DAYS = 30
    warnings = kpis.summary(asked(), now=NOW).meta.warnings
    assert [warning.endswith("run manage.py rebuild.") for warning in warnings] == [True, True]


def unconverted(
    campaign_id: int, sent_at: datetime | None, occurred_at: datetime, type_: int = 7, index: int = 1
) -> None:
    CampaignAttribution.objects.create(
        contact_id=index, event_id=UUID(int=index), model=0, campaign_id=campaign_id, type=type_,
        occurred_at=occurred_at, message="", named_campaign_id=0, named_message="", sent_at=sent_at, clicked=False,
        weight=1,
        amount=Decimal("120"), currency="EUR", value=None,
    )  # fmt: skip


def test_money_without_a_rate_is_told_where_it_would_count() -> None:
    spring = campaign("spring")
    unconverted(spring.id, sent_at=midnight(date(2026, 10, 2)), occurred_at=midnight(date(2026, 10, 20)))
    unconverted(0, sent_at=None, occurred_at=midnight(date(2026, 10, 1)), type_=8, index=2)
    told = "EUR 120.00 of revenue has no rate and is not included."
    refunds = "EUR 120.00 of refunds has no rate and is not included."
    assert kpis.summary(asked(), now=NOW).meta.warnings == (refunds, told)
    assert kpis.summary(asked(basis="event"), now=NOW).meta.warnings == (refunds,)
    assert kpis.summary(asked(channel="email"), now=NOW).meta.warnings == (told,)
    assert kpis.summary(asked(), ("sends", "open_rate"), now=NOW).meta.warnings == ()
    assert kpis.summary(asked(), ("attributed_revenue",), now=NOW).meta.warnings == (told,)


def test_money_that_came_before_its_message_counts_on_the_day_of_sending() -> None:
    sent, bought = midnight(date(2026, 10, 1)), midnight(date(2026, 9, 30))
    unconverted(campaign("spring").id, sent_at=sent, occurred_at=bought)
    told = ("EUR 120.00 of revenue has no rate and is not included.",)
    assert kpis.summary(asked(), now=NOW).meta.warnings == told
    assert kpis.summary(asked(basis="event"), now=NOW).meta.warnings == ()
    before = {"start": "2026-09-29", "end": "2026-10-01"}
    assert kpis.summary(asked(**before), now=NOW).meta.warnings == ()
    assert kpis.summary(asked(basis="event", **before), now=NOW).meta.warnings == told


def test_costs_without_a_rate_are_told() -> None:
    spent = {"campaign": campaign("spring"), "currency": "CHF", "value": None}
    CampaignCost.objects.create(date=date(2026, 10, 1), source="a", amount=Decimal("1000.5"), **spent)
    CampaignCost.objects.create(date=date(2026, 10, 3), source="a", amount=Decimal("7"), **spent)
    assert kpis.summary(asked(), ("roas",), now=NOW).meta.warnings == (
        "CHF 1,000.50 of cost has no rate and is not included.",
    )


@pytest.mark.usefixtures("campaigns")
def test_a_question_costs_at_most_four_queries(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    scope = asked(compare="previous", channel="email", campaign="spring", grain="week")
    for ask in (kpis.summary, kpis.timeseries, kpis.by_channel, kpis.by_campaign):
        with django_assert_max_num_queries(4):
            ask(scope, now=NOW)
    with django_assert_max_num_queries(4):
        funnel(scope, now=NOW)
    with django_assert_max_num_queries(2):
        freshness(now=NOW)


def forecast(to_come: float, *, at: datetime = NOW) -> None:
    """Of the first hour of yesterday (14 November) 920 events are here, and 40 of 50 conversions."""
    SourceForecast.objects.create(source_id=1, at=at, usual=[], seen=0, day_events=0)
    hour = midnight(date(2026, 11, 14))
    for kind, arrived, late in ((0, 920, to_come), (1, 40, 10.0)):
        HourForecast.objects.create(
            hour=hour, kind=kind, arrived=arrived, unknown=0, to_come=late, usual=1_000, share=0.9
        )


def test_what_is_still_to_come_is_told_in_shares() -> None:
    version()
    forecast(82.4)
    found = kpis.summary(asked(start="2026-11-14", end="2026-11-15"), now=NOW).meta
    assert (found.completeness.arrived, found.completeness.arrived_conversions) == (0.912, 0.8)
    assert found.completeness.still_to_come == 92
    told = "About 9 % of all events and 20 % of all conversions of 2026-11-14 are still to come."
    assert found.warnings == (told,)
    on_day(date(2026, 10, 20), 0, bases=(Basis.EVENT,), opens=90_000, conversions=9_000)
    longer = kpis.summary(asked(start="2026-10-20", end="2026-11-15"), now=NOW).meta
    assert (longer.completeness.arrived, longer.completeness.arrived_conversions) == (0.999, 0.998)
    assert longer.warnings == ()


def test_nobody_is_told_a_number_of_what_they_may_not_see() -> None:
    version()
    forecast(82.4)
    MissingCosts.objects.create(source="ads", day=date(2026, 11, 14))
    period = asked(start="2026-11-14", end="2026-11-15")
    found = kpis.summary(period, now=NOW).meta
    assert found.completeness.missing_costs == (("ads", date(2026, 11, 14)),)
    assert "ads has told no costs of 2026-11-14 yet; usually they are here by now." in found.warnings
    assert not any("ads" in told for told in kpis.summary(period, ("sends",), now=NOW).meta.warnings)
    MissingCosts.objects.bulk_create(MissingCosts(source="ads", day=date(2026, 11, day)) for day in (12, 13))
    MissingCosts.objects.bulk_create(
        MissingCosts(source="tv", day=date(*day)) for day in ((2026, 10, 31), (2026, 11, 2))
    )
    longer = kpis.summary(asked(start="2026-10-30", end="2026-11-15"), now=NOW).meta.warnings
    assert [told for told in longer if "costs" in told] == [
        "ads has told no costs of 3 days, 12 to 14 November, yet; usually they are here by now.",
        "tv has told no costs of 2 days between 31 October and 2 November yet; usually they are here by now.",
    ]
    less = replace(period, allowed=allowed_to(frozenset({"conversions", "cost"})))
    seen = kpis.summary(less, less.allowed.of(NAMES), now=NOW).meta
    shown = seen.completeness
    assert (shown.arrived, shown.arrived_conversions, shown.still_to_come) == (0.912, None, None)
    assert shown.missing_costs == ()
    assert seen.warnings == ("About 9 % of all events of 2026-11-14 are still to come.",)


def test_of_a_period_without_an_hour_that_is_over_nothing_is_known() -> None:
    version()
    forecast(0)
    found = kpis.summary(asked(start="2026-11-20", end="2026-11-21"), now=NOW).meta.completeness
    assert (found.arrived, found.still_to_come) == (None, None)

"""One campaign's details and drilldown, with figures computed by hand."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from analytics.catalogue import NAMES
from analytics.models import Campaign, CampaignCost, CurrencyRate
from analytics.models.totals import Basis
from analytics.pacing import Pace
from analytics.queries import drilldown, kpis
from analytics.queries.answers import BestHour, Details, MachineShare, Pacing
from analytics.queries.campaign import NoCampaignError
from analytics.queries.details import details
from tests.analytics.totals import NOW, asked, campaign, in_hour, midnight, october, on_day

pytestmark = pytest.mark.django_db
FIRST = date(2026, 10, 1)


@pytest.fixture
def campaigns() -> dict[str, Campaign]:
    return october()


def of(found: Campaign, **params: Any) -> Details:
    return details(asked(**params), found.pk, now=NOW)


def spend(found: Campaign, amount: str, day: date = FIRST, value: str | None = "", currency: str = "USD") -> None:
    worth = amount if value == "" else value
    CampaignCost.objects.create(
        campaign=found, date=day, source=f"s{day}{amount}", amount=amount, currency=currency, value=worth
    )


def test_the_figures_are_those_of_the_kpis_of_this_campaign_alone(campaigns: dict[str, Campaign]) -> None:
    answer = of(campaigns["spring"], compare="previous")
    alone = kpis.summary(asked(compare="previous", campaign="spring"), now=NOW)
    assert answer.kpis.figures == alone.figures
    assert (answer.kpis.figures["sends"].value, answer.kpis.figures["sends"].previous) == (1000, 800)
    assert list(answer.kpis.figures) == list(NAMES)
    assert [point.values["sends"] for point in answer.trend.points] == [600, 400]
    assert [step.value for step in answer.funnel.steps] == [1000, 950, 380, 95, 17]
    assert answer.funnel.converted_without_click == 2
    assert answer.machine == MachineShare(50, 0, round(50 / 600, 10), 0.0)
    assert of(campaigns["ads"]).machine.open_share is None


def test_filters_of_the_scope_do_not_hide_the_campaign(campaigns: dict[str, Campaign]) -> None:
    assert of(campaigns["spring"], channel="sms", tag="x", search="y").kpis.figures["sends"].value == 1000


def test_an_ads_funnel_begins_with_the_click(campaigns: dict[str, Campaign]) -> None:
    assert [(step.name, step.value) for step in of(campaigns["ads"]).funnel.steps] == [
        ("unique_clicks", 20),
        ("click_converters", 4),
    ]


def test_a_campaign_that_is_not_there(campaigns: dict[str, Campaign]) -> None:
    for pk in (0, 10**6, 10**20):
        with pytest.raises(NoCampaignError, match=f"no campaign {pk};"):
            details(asked(), pk, now=NOW)
        with pytest.raises(NoCampaignError):
            drilldown.days(asked(), pk, now=NOW)
        with pytest.raises(NoCampaignError):
            drilldown.hours(asked(), pk, now=NOW)


def test_medians_are_of_the_channels_other_campaigns_with_figures(campaigns: dict[str, Campaign]) -> None:
    """Sends 10, 20, 40 (autumn's channel is another, one's figures were taken back, one has none in the period)."""
    for number, (sends, cost) in enumerate(((10, "1.00"), (20, "2.01"), (40, "0"))):
        other = campaign(f"mail{number}")
        on_day(FIRST, other.pk, sends=sends, delivered=sends, cost=Decimal(cost), revenue=Decimal(3))
        on_day(date(2026, 9, 1), other.pk, sends=1000)
    on_day(FIRST, campaign("taken back").pk)
    on_day(date(2026, 9, 1), campaign("elsewhen").pk, sends=7)
    medians = of(campaigns["spring"]).medians
    assert medians.campaigns == 3
    assert (medians.values["sends"], medians.values["cost"]) == (20, Decimal("1.00"))
    assert medians.values["delivery_rate"] == 1.0
    assert medians.values["roas"] is None  # two have a cost: too few
    on_day(FIRST, campaign("fourth").pk, sends=25, cost=Decimal("2.01"), revenue=Decimal(2))
    medians = of(campaigns["spring"]).medians
    assert (medians.campaigns, medians.values["sends"], medians.values["cost"]) == (4, 22.5, Decimal("1.50"))
    assert medians.values["roas"] == pytest.approx(3 / 2.01)
    assert of(campaigns["autumn"]).medians.values["sends"] is None


def planned(**fields: Any) -> Campaign:
    """A campaign of 40 days of which NOW, the 15th of November at noon, is the 20th's end."""
    times = {"starts_at": datetime(2026, 10, 26, 12, tzinfo=UTC), "ends_at": datetime(2026, 12, 5, 12, tzinfo=UTC)}
    return campaign("planned", **{"budget": Decimal(1000), "currency": "USD", **times, **fields})


def best_hour(found: Campaign) -> BestHour:
    answer = of(found).best_hour
    assert answer is not None
    return answer


def pacing(found: Campaign) -> Pacing:
    found.refresh_from_db()
    answer = of(found).pacing
    assert answer is not None
    return answer


@pytest.mark.parametrize(
    ("spent", "pace"),
    [("449.99", Pace.UNDER), ("450", Pace.ON_TRACK), ("550", Pace.ON_TRACK), ("550.01", Pace.OVER)],
)
def test_pacing_halfway(spent: str, pace: Pace) -> None:
    found = planned()
    spend(found, spent, date(2026, 11, 1))
    answer = pacing(found)
    assert (answer.time_gone, answer.expected, answer.pace) == (0.5, Decimal(500), pace)
    assert (answer.spent, answer.projected) == (Decimal(spent), 2 * Decimal(spent))
    assert answer.spent_share == pytest.approx(float(spent) / 1000)
    assert (answer.last_cost_on, answer.unknown, answer.rate_day) == (date(2026, 11, 1), (), None)


def test_pacing_counts_the_whole_life_whatever_the_period() -> None:
    found = planned()
    spend(found, "100", date(2020, 1, 1))
    spend(found, "50", date(2026, 11, 14))
    assert pacing(found).spent == 150


def test_a_budget_in_another_currency_is_worth_what_the_latest_rate_says() -> None:
    found = planned(currency="EUR")
    spend(found, "100", currency="EUR", value="120")
    spend(found, "7", currency="CHF", value=None)
    answer = pacing(found)
    assert (answer.budget, answer.currency, answer.worth, answer.pace) == (1000, "EUR", None, None)
    assert (answer.spent, answer.unconverted, answer.expected, answer.projected) == (120, 1, None, 240)
    assert answer.unknown == ("The budget is in EUR, which has no rate yet.",)
    for day, rate in ((1, "1.1"), (14, "1.2"), (16, "9")):  # the last lies ahead
        CurrencyRate.objects.create(currency="EUR", day=date(2026, 11, day), rate=rate)
    answer = pacing(found)
    assert (answer.worth, answer.rate_day, answer.expected) == (1200, date(2026, 11, 14), 600)
    assert (answer.spent_share, answer.pace) == (0.1, Pace.UNDER)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"budget": None}, "The campaign has no budget."),
        ({"starts_at": None}, "The campaign has no start."),
        ({"ends_at": None}, "The campaign has no end, so its budget has no share by now."),
        ({"starts_at": datetime(2026, 12, 1, tzinfo=UTC)}, "The campaign has not started."),
        ({"ends_at": datetime(2026, 10, 26, 12, tzinfo=UTC)}, "The campaign ends when it starts."),
    ],
)
def test_what_is_unknown_of_a_pace_has_its_reason(fields: dict[str, Any], reason: str) -> None:
    found = planned(**fields)
    spend(found, "10")
    answer = pacing(found)
    assert answer.unknown == (reason,)
    assert answer.pace is None
    assert answer.spent == 10


def test_who_has_spent_more_than_the_budget_is_over_it_even_without_an_end() -> None:
    found = planned(ends_at=None)
    spend(found, "1100.01")
    assert pacing(found).pace is Pace.OVER


def test_a_campaign_that_is_over_has_spent_what_it_will() -> None:
    found = planned(ends_at=datetime(2026, 11, 1, tzinfo=UTC))
    spend(found, "700")
    answer = pacing(found)
    assert (answer.time_gone, answer.expected, answer.projected, answer.pace) == (1.0, 1000, 700, Pace.UNDER)


def test_the_best_hour_is_that_of_most_first_clicks_on_the_event_date(campaigns: dict[str, Campaign]) -> None:
    spring = campaigns["spring"].pk
    for day, hour, clicks in ((1, 9, 20), (2, 9, 11), (1, 18, 30), (1, 20, 30)):
        at = midnight(date(2026, 10, day)) + timedelta(hours=hour)
        in_hour(at, spring, (Basis.EVENT,), unique_clicks=clicks, unique_opens=2 * clicks)
        in_hour(at, spring, (Basis.SEND,), unique_clicks=1000 if hour == 20 else 1)
    in_hour(midnight(date(2026, 10, 3)), spring, unique_clicks=500)  # after the period
    answer = best_hour(campaigns["spring"])
    assert (answer.metric, answer.hour, answer.value, answer.stands_on) == ("unique_clicks", 9, 31, 91)
    assert [(each.hour, each.unique_opens) for each in answer.hours if each.unique_opens] == [
        (9, 62),
        (18, 60),
        (20, 60),
    ]
    assert len(answer.hours) == 24


def test_few_clicks_leave_the_best_hour_to_opens_and_few_of_both_leave_it_unknown(
    campaigns: dict[str, Campaign],
) -> None:
    spring = campaigns["spring"].pk
    in_hour(midnight(FIRST), spring, unique_clicks=49, unique_opens=49)
    answer = best_hour(campaigns["spring"])
    assert (answer.hour, answer.stands_on) == (None, 49)
    assert answer.unknown == "Only 49 unique clicks in the period; a best hour wants 50."
    in_hour(midnight(FIRST) + timedelta(hours=5), spring, unique_opens=1)
    answer = best_hour(campaigns["spring"])
    assert (answer.metric, answer.hour, answer.value, answer.unknown) == ("unique_opens", 0, 49, "")


def test_hours_are_those_of_the_reporting_zone(campaigns: dict[str, Campaign]) -> None:
    in_hour(midnight(FIRST) + timedelta(hours=3), campaigns["spring"].pk, unique_clicks=60)
    scope = replace(asked(start="2026-09-30"), time_zone="America/New_York")
    found = details(scope, campaigns["spring"].pk, now=NOW).best_hour
    assert found is not None
    assert found.hour == 23

"""Costs below zero, credits and corrections: what is shown is the sum of all rows, and divides nothing."""

from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import transaction
from django.db.models import Sum
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics import reporting, undoing, verify
from analytics.alerts.reading import days_of_cost
from analytics.alerts.spending import over_budget, unusual
from analytics.catalogue import NAMES, Sums, compute
from analytics.changes import kept_cut
from analytics.history import Day
from analytics.ingest import record_costs
from analytics.models import Campaign, CampaignCost, CampaignDaily, CurrencyRate, ImportFile
from analytics.pacing import Pace, project
from analytics.queries import kpis, ranking
from analytics.rates import Rate, record_rates
from analytics.scope import Period, Scope
from recommendations.ratios import BY_METRIC
from recommendations.verdicts import value_of
from tests.analytics.test_fold import UndoError
from tests.analytics.test_undoing import an_import
from tests.analytics.test_views import shown as shown_by
from tests.analytics.totals import NOW, campaign, version

pytestmark = pytest.mark.django_db
DAY = date(2026, 10, 5)
SCOPE = Scope(period=Period(DAY, DAY + timedelta(7)), time_zone="UTC", currency="USD")

amounts = st.decimals(-100_000, 100_000, places=3)
rows = st.lists(
    st.tuples(
        st.sampled_from(["spring", "ads"]), st.integers(0, 6), st.sampled_from(["", "a", "b"]), amounts,
        st.sampled_from(["USD", "EUR", "GBP"]),
    ),
    min_size=1,
    max_size=25,
)  # fmt: skip
RATES = {"USD": Decimal(1), "EUR": Decimal("1.25")}  # none of GBP


def item(external_id: str, offset: int, part: str, amount: Decimal, currency: str) -> dict[str, Any]:
    day = (DAY + timedelta(offset)).isoformat()
    return {"campaign": external_id, "date": day, "amount": str(amount), "currency": currency, "item": part}


@given(rows, st.lists(st.integers(0, 24), max_size=3))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_shown_is_the_sum_of_all_rows_also_once_some_are_undone(
    told: list[tuple[Any, ...]], by_file: list[int]
) -> None:
    try:
        with transaction.atomic():
            version()
            campaign("spring"), campaign("ads", "search")
            CurrencyRate.objects.create(currency="EUR", day=DAY - timedelta(9), rate=RATES["EUR"])
            file = an_import("costs", final=False)
            ImportFile.objects.update(started_at=NOW - timedelta(hours=1))
            for place, row in enumerate(told):
                record_costs([item(*row)], source="x", at=NOW, import_file=file.pk if place in by_file else None)
            must_be_shown(RATES)
            record_rates([Rate("GBP", DAY - timedelta(9), Decimal("0.5"))], NOW)
            must_be_shown(RATES | {"GBP": Decimal("0.5")})
            undoing.undo(file.pk, NOW)
            must_be_shown(RATES | {"GBP": Decimal("0.5")})
            raise UndoError
    except UndoError:
        pass


def must_be_shown(rates: dict[str, Decimal]) -> None:
    """Of the kept rows, by arithmetic of this file alone."""
    rows = list(CampaignCost.objects.values_list("campaign__external_id", "amount", "currency"))
    worth = {
        name: sum((amount * rates.get(currency, 0) for of, amount, currency in rows if name in (of, "")), Decimal(0))
        for name in ("", "spring", "ads")
    }
    answer = kpis.summary(SCOPE, ("cost", "roas", "roi"), now=NOW)
    assert answer.figures["cost"].value == cents(worth[""])
    assert (answer.figures["roas"].value is None) == (worth[""] <= 0)
    slots = kpis.timeseries(SCOPE, ("cost",), now=NOW)
    by_day = sum((Decimal(str(point.values["cost"])) for point in slots.points), Decimal(0))
    assert abs(by_day - worth[""]) <= Decimal("0.035")  # each of seven days is rounded to cents
    for one in ranking.ranking(SCOPE, ("cost",), now=NOW).rows:
        assert one.values["cost"] == cents(worth[one.external_id])
    assert verify.differences() == []


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_EVEN)


def test_credits_come_with_the_report_of_a_platform_and_its_sum_is_the_platform_s(tmp_path: Path) -> None:
    Campaign.objects.create(external_id="a", name="A", channel="search")
    (tmp_path / "report.csv").write_text(
        "campaign,date,amount,source\na,2026-10-01,100.00,x\na,2026-10-02,-1.50,x\na,2026-10-03,\u22122.50,x\n"
        'a,2026-10-04,(3.50),x\na,2026-10-05,4.50-,x\na,2026-10-06,-$5.50,x\na,2026-10-07,"($1,000.00)",x\n'
    )
    call_command("import_costs", str(tmp_path / "report.csv"))
    total = CampaignCost.objects.aggregate(total=Sum("amount"))["total"]
    assert total == Decimal("100") - Decimal("1017.50")
    day = CampaignDaily.objects.filter(basis=0).aggregate(total=Sum("cost"))["total"]
    assert day == total
    assert verify.differences() == []


def test_conversions_that_a_platform_takes_back_count_below_zero_and_their_row_s_cost_counts(tmp_path: Path) -> None:
    file = tmp_path / "google.csv"
    file.write_text(
        "Campaign report\nDay,Campaign,Campaign ID,Currency code,Cost,Impr.,Clicks,Conversions\n"
        "2026-10-01,A,1,USD,10.00,20,2,-1.5\n2026-10-01,A,1,USD,2.00,20,2,0.75\n2026-10-02,A,1,USD,3.00,20,2,1.25\n"
    )
    call_command("import_costs", str(file))
    days = CampaignDaily.objects.filter(basis=0).order_by("day")
    assert list(days.values_list("cost", "platform_conversions", "platform_fraction")) == [
        (Decimal(12), -1, Decimal("0.25")),
        (Decimal(3), 1, Decimal("0.25")),
    ]
    assert verify.differences() == []
    undoing.undo(ImportFile.objects.get().pk, NOW)
    assert set(days.values_list("cost", "platform_conversions", "platform_fraction")) == {(0, 0, 0)}


def test_rows_of_a_day_add_up_with_its_credits(tmp_path: Path) -> None:
    one = {"campaign": "a", "date": "2026-10-05", "source": "x"}
    Campaign.objects.create(external_id="a", name="A", channel="search")
    told = [one | {"amount": amount} for amount in ("10.25", "-20.50", "-99999999999999")]
    verdicts = record_costs(told, at=NOW, adds=True, import_file=an_import("costs").pk)
    assert verdicts.rejected == 1  # more than an amount can be, below zero as above
    assert CampaignCost.objects.get().amount == Decimal("-10.25")


@pytest.mark.parametrize("cost", ["0", "-12.50"])
def test_nothing_is_divided_by_what_is_not_spent(cost: str) -> None:
    each = Decimal(cost)
    sums = Sums(attributed_revenue=Decimal(100), attributed_conversions=5, clicks=10, impressions=1000, cost=each)
    found = compute(sums, NAMES, "USD")
    assert found["roas"] is None
    assert found["roi"] is None
    assert (found["cpa"], found["cpc"], found["cpm"]) == (each / 5, each / 10, each)


def test_a_campaign_that_got_more_back_than_it_spent_is_under_its_budget() -> None:
    found = project(Decimal(1000), Decimal(-50), 0.5, "USD")
    assert (found.projected, found.pace) == (Decimal("-100.00"), Pace.UNDER)


def test_a_week_of_credits_is_no_usual_spend_and_a_credit_of_today_is_told_as_it_is() -> None:
    version()
    campaign("ads", "search")
    spent = {-7 * week: Decimal(-500 if week == 4 else 1000) for week in range(1, 9)} | {0: Decimal(-800)}
    record_costs([item("ads", day, "", amount, "USD") for day, amount in spent.items()], source="x", at=NOW)
    window = days_of_cost(DAY, ZoneInfo("UTC"))
    found = unusual(DAY, kept_cut(), 3.0)
    assert window.values["cost"][0, -1] == -800
    assert [(each.over, each.value) for each in found if not each.channel] == [(False, -800.0)]
    assert all(each.low is not None and each.low >= 0 for each in found)
    assert list(over_budget(DAY, kept_cut(), 110.0)) == []


def test_an_outcome_has_no_return_on_what_was_credited() -> None:
    days = [Day(DAY, revenue=10.0, cost=-5.0)]
    assert value_of(BY_METRIC["roas"], days, 1) is None
    assert value_of(BY_METRIC["cost"], days, 1) == -5.0


def test_views_and_pages_show_a_negative_cost_as_it_is(client: Client, admin_user: User) -> None:
    version()
    one = campaign("ads", "search", budget=Decimal(100), currency="USD")
    record_costs([item("ads", 0, "", Decimal("-12.50"), "USD")], source="x", at=NOW)
    reporting.refresh_views(NOW)
    for view in ("roi_metrics_daily_mv", "campaign_performance_mv", "channel_metrics_daily_mv", "kpi_metrics_daily_mv"):
        rows = [row for row in shown_by(view) if row["cost"]]
        assert rows, view
        assert {(row["cost"], row["roas"], row["roi"]) for row in rows} == {(Decimal("-12.50"), None, None)}, view
    client.force_login(admin_user)
    days = "period=custom&from=2026-10-01&to=2026-10-31"
    for address in (f"?{days}", f"campaigns/?{days}", f"campaigns/{one.pk}/?{days}"):
        answer = client.get(f"/admin/marketing/{address}")
        assert answer.status_code == 200, address
        assert "\u2212$12.50" in answer.content.decode(), address

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from analytics.catalogue import NAMES
from analytics.models import Campaign
from analytics.models.totals import Basis
from analytics.queries import kpis
from analytics.queries.answers import Comparison
from analytics.queries.funnel import funnel
from analytics.scope import Period, Scope, ScopeError
from tests.analytics.totals import BOTH, NOW, asked, campaign, october, on_day

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaigns() -> dict[str, Campaign]:
    return october()


WHOLE = {
    "sends": 1200,
    "delivered": 950 + 190,
    "bounces": 60,
    "opens": 550,
    "unique_opens": 380,
    "machine_opens": 50,
    "clicks": 150,
    "unique_clicks": 115,
    "machine_clicks": 0,
    "conversions": 30,
    "converters": 26,
    "revenue": Decimal("2333.33"),
    "attributed_revenue": Decimal("2300.00"),
    "unattributed_revenue": Decimal("33.33"),
    "refunds": Decimal("103.33"),
    "unsubscribes": 2,
    "complaints": 1,
    "impressions": 5000,
    "cost": Decimal("750.00"),
    "platform_conversions": 9,
    "delivery_rate": 0.95,
    "open_rate": round(380 / 1140, 10),
    "click_rate": round(95 / 1140, 10),  # of messages: the 20 who clicked ads were delivered nothing
    "click_to_open_rate": 0.25,
    "conversion_rate": round(23 / (950 + 190 + 20), 10),  # delivered, and the unique clicks of the ads
    "click_conversion_rate": 0.2,
    "bounce_rate": 0.05,
    "unsubscribe_rate": round(2 / 1140, 10),
    "complaint_rate": round(1 / 1140, 10),
    "net_revenue": Decimal("2230.00"),
    "aov": Decimal("74.33"),
    "revenue_per_recipient": Decimal("1.58"),
    "roas": round(2200 / 750, 10),
    "roi": round(1450 / 750, 10),
    "cpa": Decimal("27.78"),
    "cpc": Decimal("5.00"),
    "cpm": Decimal("150.00"),
}


def values(scope: Scope, *names: str) -> dict[str, Any]:
    return {name: kpi.value for name, kpi in kpis.summary(scope, names or NAMES, now=NOW).figures.items()}


@pytest.mark.usefixtures("campaigns")
def test_without_a_filter_the_unattributed_is_in_and_efficiency_leaves_it_out() -> None:
    assert values(asked()) == WHOLE
    assert values(asked(basis="event")) == WHOLE


@pytest.mark.usefixtures("campaigns")
@pytest.mark.parametrize(
    "filters", [{"channel": "search"}, {"campaign": "ads"}, {"channel": "search", "campaign": "ads"}]
)
def test_under_a_filter_the_unattributed_is_out(filters: dict[str, str]) -> None:
    found = values(asked(**filters))
    assert (found["revenue"], found["attributed_revenue"]) == (Decimal("400.00"), Decimal("400.00"))
    assert found["unattributed_revenue"] == 0
    assert (found["conversions"], found["converters"], found["clicks"], found["impressions"]) == (5, 4, 40, 5000)
    assert (found["conversion_rate"], found["roas"]) == (0.2, 1.6)
    assert found["open_rate"] is None


@pytest.mark.usefixtures("campaigns")
def test_a_source_without_delivery_reports_counts_sends_less_bounces() -> None:
    assert values(asked(channel="sms"), "delivered", "delivery_rate") == {"delivered": 190, "delivery_rate": 0.95}


@pytest.mark.usefixtures("campaigns")
def test_filters_that_share_no_campaign_give_nothing() -> None:
    assert values(asked(channel="sms", campaign="ads"), "clicks", "roas") == {"clicks": 0, "roas": None}


@pytest.mark.usefixtures("campaigns")
def test_the_bases_are_kept_apart() -> None:
    spring = Campaign.objects.get(external_id="spring")
    on_day(date(2026, 10, 3), spring.id, (Basis.EVENT,), opens=7)
    assert values(asked(end="2026-10-04", basis="event"), "opens") == {"opens": 557}
    assert values(asked(end="2026-10-04", basis="send"), "opens") == {"opens": 550}


@pytest.mark.usefixtures("campaigns")
def test_a_comparison_gives_change_and_difference() -> None:
    figures = kpis.summary(asked(compare="previous"), now=NOW).figures
    sends, roas, cpm = figures["sends"], figures["roas"], figures["cpm"]
    assert (sends.value, sends.previous, sends.change, sends.difference) == (1200, 800, 0.5, 400)
    assert (roas.previous, roas.change) == (2.5, round((2200 / 750 - 2.5) / 2.5, 4))
    assert (cpm.previous, cpm.change, cpm.difference) == (None, None, None)
    assert figures["bounces"].change is None  # from nothing
    assert (figures["revenue"].previous, figures["revenue"].difference) == (Decimal("1000.00"), Decimal("1333.33"))


def test_while_a_day_runs_whole_days_are_compared_with_whole_days() -> None:
    spring = campaign("spring")
    for day, revenue in {1: 100, 14: 200, 15: 7, 16: 1000}.items():  # of November; the 15th runs, the 16th lies ahead
        on_day(date(2026, 11, day), spring.id, revenue=Decimal(revenue))
    for day, revenue in {17: 40, 30: 200, 31: 5000}.items():  # of October, which they are set against
        on_day(date(2026, 10, day), spring.id, revenue=Decimal(revenue))
    answer = kpis.summary(asked(start="2026-11-01", end="2026-11-16", compare="previous"), ("revenue",), now=NOW)
    kpi = answer.figures["revenue"]
    assert (kpi.value, kpi.comparable, kpi.previous, kpi.change) == (307, 300, 240, 0.25)
    days, against = Period(date(2026, 11, 1), date(2026, 11, 15)), Period(date(2026, 10, 17), date(2026, 10, 31))
    assert answer.comparison == Comparison(days, against)
    assert answer.sums.revenue == 307
    assert answer.meta.warnings[-1] == (
        "Changes compare the days that are over: 2026-11-01 to 2026-11-14 with 2026-10-17 to 2026-10-30."
    )


@pytest.mark.parametrize("start", ["2026-11-15", "2026-11-16"])
def test_without_a_day_that_is_over_nothing_is_judged(start: str) -> None:
    on_day(date(2026, 11, 14), campaign("spring").id, revenue=Decimal(5000))
    answer = kpis.summary(asked(start=start, end="2026-11-17", compare="previous"), ("revenue",), now=NOW)
    kpi = answer.figures["revenue"]
    assert (kpi.value, kpi.comparable, kpi.previous, kpi.change) == (0, None, None, None)
    assert answer.comparison is None
    assert answer.meta.warnings[-1] == "No change is shown: no day of the period is over yet."


@pytest.mark.usefixtures("campaigns")
def test_without_a_comparison_nothing_is_compared() -> None:
    kpi = kpis.summary(asked(), ("sends",), now=NOW).figures["sends"]
    assert (kpi.previous, kpi.change, kpi.difference) == (None, None, None)


@pytest.mark.usefixtures("campaigns")
def test_channels_add_up_to_the_kpis_with_the_unattributed_last() -> None:
    answer = kpis.by_channel(asked(), now=NOW)
    assert [row.channel and row.channel.name for row in answer.rows] == ["email", "sms", "search", None]
    assert answer.total == WHOLE
    assert answer.rows[-1].values["revenue"] == Decimal("33.33")
    assert answer.rows[-1].values["conversion_rate"] is None
    assert [row.values["revenue"] for row in kpis.by_channel(asked(channel="email"), now=NOW).rows] == [
        Decimal("1900.00")
    ]


@pytest.mark.usefixtures("campaigns")
def test_campaigns_rank_by_any_metric_with_the_unknown_last() -> None:
    answer = kpis.by_campaign(asked(), ("sends",), order="-roi", now=NOW)
    assert [(row.external_id, row.values["roi"]) for row in answer.rows] == [
        ("spring", round(1300 / 500, 10)),
        ("ads", 0.6),
        ("autumn", None),
    ]
    assert answer.unattributed is not None
    assert answer.unattributed.values["sends"] == 0
    assert answer.total == {"sends": WHOLE["sends"], "roi": WHOLE["roi"]}
    rising = kpis.by_campaign(asked(), ("sends",), order="roi", limit=2, now=NOW)
    assert [row.external_id for row in rising.rows] == ["ads", "spring"]
    assert rising.count == 3
    assert kpis.by_campaign(asked(channel="email"), now=NOW).unattributed is None
    with pytest.raises(ScopeError):
        kpis.by_campaign(asked(), order="-luck", now=NOW)


def test_a_ranking_of_both_ends_hides_nothing() -> None:
    for number in range(1, 9):
        money = {"revenue": 10 * number, "refunds": 1, "cost": 10 if number < 7 else 0}
        on_day(date(2026, 10, 1), campaign(f"c{number}").id, BOTH, **money)
    on_day(date(2026, 10, 1), 0, revenue=Decimal(7))
    answer = kpis.by_campaign(asked(), ("net_revenue",), order="-roas", limit=2, last=3, now=NOW)
    assert [row.external_id for row in answer.rows] == ["c6", "c5"]
    assert [row.external_id for row in answer.last_rows] == ["c3", "c2", "c1"]
    assert answer.others
    assert (answer.others.count, answer.others.values) == (3, {"net_revenue": Decimal(190 - 3), "roas": (190 - 3) / 10})
    assert answer.others.sums.revenue == 190
    parts = (*answer.rows, *answer.last_rows, answer.others, answer.unattributed)
    assert sum(Decimal(str(part.values["net_revenue"])) for part in parts if part) == answer.total["net_revenue"]
    everyone = kpis.by_campaign(asked(), order="-roas", limit=4, last=3, now=NOW)
    assert (len(everyone.rows), everyone.last_rows, everyone.others) == (8, (), None)
    assert kpis.by_campaign(asked(), order="-roas", limit=7, last=0, now=NOW).others is not None


@pytest.mark.usefixtures("campaigns")
def test_a_campaign_whose_figures_were_taken_back_is_not_ranked() -> None:
    on_day(date(2026, 10, 1), campaign("winter", "push").id)
    assert kpis.by_campaign(asked(), now=NOW).count == 3
    assert len(kpis.by_channel(asked(), now=NOW).rows) == 4


@pytest.mark.usefixtures("campaigns")
def test_the_funnel_is_of_messages_and_never_widens() -> None:
    answer = funnel(asked(), now=NOW)
    assert [(step.name, step.value) for step in answer.steps] == [
        ("sends", 1200),
        ("delivered", 1140),
        ("unique_opens", 380),
        ("unique_clicks", 95),
        ("click_converters", 17),
    ]
    assert [step.step_rate for step in answer.steps[:4]] == [None, 0.95, round(380 / 1140, 10), 0.25]
    assert answer.steps[-1].overall_rate == round(17 / 1200, 10)
    assert answer.converted_without_click == 2


def test_a_funnel_of_nothing_is_empty_and_one_of_ads_begins_with_the_click() -> None:
    assert [step.value for step in funnel(asked(), now=NOW).steps] == [0, 0, 0, 0, 0]
    assert funnel(asked(), now=NOW).steps[1].step_rate is None
    on_day(date(2026, 10, 1), campaign("ads", "search").id, clicks=3, unique_clicks=3, click_converters=1, converters=1)
    assert [step.value for step in funnel(asked(), now=NOW).steps] == [3, 1]


@pytest.mark.parametrize(
    ("params", "left"),
    [
        ({"status": "paused,ended"}, {"spring", "ads"}),
        ({"status": "planned"}, set()),
        ({"tag": ["vip", "unheard of"]}, {"spring", "autumn"}),
        ({"tag": "vi"}, set()),
        ({"tag": "vip\x00"}, set()),
        ({"search": "SPRING"}, {"spring"}),
        ({"search": "straße"}, {"autumn"}),
        ({"search": "_"}, set()),
        ({"search": "%"}, {"ads"}),
        ({"search": "\\"}, set()),
        ({"search": "s\x00"}, set()),
        ({"search": "a", "status": "running"}, {"autumn"}),
        ({"search": "spring", "channel": "sms"}, set()),
        ({"campaign": ["spring", "ads"], "tag": "vip"}, {"spring"}),
    ],
)
def test_filters_leave_the_campaigns_that_meet_all_of_them(params: dict[str, Any], left: set[str]) -> None:
    found = october()
    Campaign.objects.filter(pk=found["spring"].pk).update(status="paused", tags=["vip", "gold"])
    Campaign.objects.filter(pk=found["autumn"].pk).update(tags=["vip"], name="Straße 9")
    Campaign.objects.filter(pk=found["ads"].pk).update(status="ended", name="20% off")
    scope = asked(**params)
    ranked = kpis.by_campaign(scope, now=NOW)
    assert {row.external_id for row in ranked.rows} == left
    assert ranked.unattributed is None
    assert kpis.summary(scope, now=NOW).figures["sends"].value == ranked.total["sends"]
    assert sum(point.values["sends"] or 0 for point in kpis.timeseries(scope, now=NOW).points) == ranked.total["sends"]
    delivering = sum(row.values["sends"] or 0 for row in ranked.rows)
    assert delivering in (0, funnel(scope, now=NOW).steps[0].value)

"""Campaigns ranked and paged; the figures of a row are those of the KPIs of its campaign alone."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import reduce
from operator import add
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from analytics import redis
from analytics.catalogue import METRICS, NAMES
from analytics.models import Campaign, CampaignDaily
from analytics.models.totals import Basis
from analytics.queries import kpis, orders
from analytics.queries.ranking import Ranked, Ranking, every_row, ranking
from analytics.queries.snapshot import snapshot
from analytics.scope import Scope, ScopeError
from tests.analytics.test_cache import at
from tests.analytics.totals import NOW, asked, campaign, in_hour, midnight, october, on_day, version

pytestmark = pytest.mark.django_db
FIRST = date(2026, 10, 1)
ADDITIVE = tuple(metric.name for metric in METRICS if metric.additive)
COUNTS = ("sends", "delivered", "unique_opens", "unique_clicks", "conversions", "converters", "impressions")
MONEY = ("revenue", "refunds", "cost")


@pytest.fixture
def campaigns() -> dict[str, Campaign]:
    """Those of October and one without figures."""
    return october() | {"draft": campaign("draft")}


def company(dice: random.Random, size: int = 30) -> list[Campaign]:
    """Campaigns of all kinds of figures, many of them alike or unknown; one has the name of another."""
    made = [
        campaign(f"c{n}", dice.choice(["email", "search", "sms"]), tags=dice.choices("abc", k=2)) for n in range(size)
    ]
    Campaign.objects.filter(pk=made[3].pk).update(name="ÉTÉ")
    Campaign.objects.filter(pk=made[4].pk).update(name=made[5].name.upper())
    for one in dice.sample(made, size * 3 // 4):
        for day in range(dice.randint(1, 2)):
            figures: dict[str, Any] = {name: dice.choice([0, 0, 1, 2, 2, 5, 1000]) for name in COUNTS}
            figures |= {
                name: dice.choice([Decimal(0), Decimal("0.01"), Decimal(3), Decimal("99.99")]) for name in MONEY
            }
            on_day(FIRST + timedelta(day), one.pk, **figures)
    on_day(FIRST, 0, conversions=3, converters=3, revenue=Decimal("33.33"))
    version()
    return made


def names(answer: Ranking) -> list[str]:
    return [row.external_id for row in answer.rows]


def pages(scope: Scope, between: Callable[[], None] = lambda: None, **given: Any) -> Iterator[Ranking]:
    page = ranking(scope, **given, now=NOW)
    yield page
    while page.next:
        between()
        page = ranking(scope, **given, cursor=page.next, now=NOW)
        yield page


def ranked(rows: tuple[Ranked, ...], by: str, *, falling: bool) -> list[int]:
    """The same rows ordered in Python."""
    key: Callable[[Ranked], Any] = lambda row: row.name.lower() if by == "name" else row.values[by]  # noqa: E731
    inorder = sorted(rows, key=lambda row: row.pk)
    known = sorted((row for row in inorder if key(row) is not None), key=key, reverse=falling)
    return [row.pk for row in (*known, *(row for row in inorder if key(row) is None))]


def test_every_metric_ranks_both_ways_with_the_unknown_last_and_ties_by_id() -> None:
    company(random.Random(1))
    for by in (*NAMES, "name"):
        for ordering in (by, f"-{by}"):
            rows = ranking(asked(), ordering=ordering, now=NOW).rows
            assert [row.pk for row in rows] == ranked(rows, by, falling=ordering.startswith("-")), ordering
            assert [row.pk for row in every_row(asked(), ordering=ordering, now=NOW)] == [row.pk for row in rows]


def test_a_row_says_what_the_kpis_of_its_campaign_say(campaigns: dict[str, Campaign]) -> None:
    answer = ranking(asked(compare="previous"), ordering="-sends", now=NOW)
    assert (names(answer), answer.count, answer.position) == (["spring", "autumn", "ads", "draft"], 4, 1)
    for row in answer.rows:
        alone = kpis.summary(asked(campaign=row.external_id), now=NOW).figures
        assert row.values == {name: kpi.value for name, kpi in alone.items()}
    spring = answer.rows[0]
    assert (spring.pk, spring.name, spring.channel, spring.status) == (
        campaigns["spring"].pk,
        "Spring",
        "email",
        "running",
    )
    assert list(every_row(asked(), ordering="-sends", now=NOW)) == [replace(row, spark=()) for row in answer.rows]


@pytest.mark.parametrize("filters", [{}, {"channel": "email"}, {"tag": "a"}, {"search": "C1"}, {"basis": "event"}])
def test_rows_and_the_unattributed_add_up_to_the_kpis(filters: dict[str, str]) -> None:
    company(random.Random(2))
    answer = ranking(asked(**filters), now=NOW)
    whole = {name: kpi.value for name, kpi in kpis.summary(asked(**filters), now=NOW).figures.items()}
    assert answer.total == whole
    listed: list[Any] = [row.values for row in answer.rows]
    listed += [answer.unattributed] if answer.unattributed else []
    assert {name: reduce(add, (values[name] for values in listed)) for name in ADDITIVE} == {
        name: whole[name] for name in ADDITIVE
    }
    assert (answer.unattributed is None) == asked(**filters).filtered


def test_the_total_is_kept_until_figures_change(campaigns: dict[str, Campaign]) -> None:
    before = ranking(asked(), ordering="-sends", now=NOW)
    on_day(date(2026, 10, 2), campaigns["draft"].pk, sends=5, revenue=Decimal("0.10"), cost=Decimal("0.0001"))
    assert ranking(asked(), ordering="roi", now=NOW).total == before.total
    version(2)
    total = ranking(asked(), now=NOW).total
    assert total == {name: kpi.value for name, kpi in kpis.summary(asked(), now=NOW).figures.items()} != before.total
    assert ranking(asked(), now=NOW).total == total
    assert ranking(asked(channel="sms"), now=NOW).total["sends"] == 200


@pytest.mark.usefixtures("campaigns")
def test_pages_there_and_back() -> None:
    first, second = pages(asked(), ordering="-sends", limit=2)
    back = ranking(asked(), ordering="-sends", limit=2, cursor=second.previous, now=NOW)
    assert (names(first), names(second), names(back)) == (["spring", "autumn"], ["ads", "draft"], names(first))
    assert (first.position, second.position, back.position) == (1, 3, 1)
    assert (first.previous, second.next, back.previous) == ("", "", "")
    assert ranking(asked(), ordering="-sends", limit=2, now=NOW) == first  # and so is an answer's text


@pytest.fixture(params=["with Redis", "without Redis"])
def redis_or_not(request: pytest.FixtureRequest, settings: Settings) -> None:
    if request.param == "without Redis":
        at(settings, "redis://127.0.0.1:1/0")


@pytest.mark.usefixtures("redis_or_not")
@pytest.mark.parametrize("ordering", ["-sends", "roi"])
def test_no_row_is_lost_or_doubled_while_figures_change_places(ordering: str) -> None:
    dice = random.Random(3)
    made = company(dice)

    def another_order() -> None:
        for daily in CampaignDaily.objects.exclude(campaign_id=0):
            key = {"basis": daily.basis, "campaign_id": daily.campaign_id, "day": daily.day}
            CampaignDaily.objects.filter(**key).update(sends=dice.randint(0, 9), cost=dice.randint(0, 9))
        version(dice.randint(2, 10**6))

    found = list(pages(asked(), another_order, ordering=ordering, limit=4))
    rows = [row for page in found for row in page.rows]
    assert sorted(row.pk for row in rows) == [one.pk for one in made]
    assert [page.position for page in found] == list(range(1, len(made) + 1, 4))
    now = {row.pk: row.values for row in every_row(asked(), now=NOW)}
    assert [row.values for row in found[-1].rows] == [now[row.pk] for row in found[-1].rows]
    assert [row.pk for row in rows] != [row.pk for row in every_row(asked(), ordering=ordering, now=NOW)]
    back = [found[-1]]
    while back[-1].previous:
        back.append(ranking(asked(), ordering=ordering, limit=4, cursor=back[-1].previous, now=NOW))
    assert [names(page) for page in reversed(back)] == [names(page) for page in found]


@pytest.mark.parametrize("ordering", ["-sends", "roi", "-roi", "name", "-name"])
def test_once_the_order_is_gone_paging_goes_on_after_the_row_last_seen(ordering: str) -> None:
    """Both ways, among known values, ties and unknown ones; a campaign that came in ahead moves places, not rows."""
    company(random.Random(4))

    def forget() -> None:
        redis.ask(lambda client: client.flushdb())
        orders.own.clear()

    found = list(pages(asked(), forget, ordering=ordering, limit=4))
    assert [row.pk for page in found for row in page.rows] == [
        row.pk for row in every_row(asked(), ordering=ordering, now=NOW)
    ]
    forget()
    third = ranking(asked(), ordering=ordering, limit=4, cursor=found[3].previous, now=NOW)
    assert (names(third), third.position) == (names(found[2]), 9)
    falling = ordering.startswith("-")
    ahead = campaign("\uffee" if falling else "!")
    on_day(FIRST, ahead.pk, sends=10**6, cost=1, revenue=10**9 * falling, refunds=10**9 * (not falling))
    forget()
    third = ranking(asked(), ordering=ordering, limit=4, cursor=found[1].next, now=NOW)
    assert (names(third), third.position, third.count) == (names(found[2]), 10, 31)


@pytest.mark.usefixtures("campaigns")
def test_a_campaign_that_has_gone_leaves_its_place_empty() -> None:
    first = ranking(asked(), ordering="-sends", limit=1, now=NOW)
    Campaign.objects.filter(external_id="autumn").delete()
    second = ranking(asked(), ordering="-sends", limit=2, cursor=first.next, now=NOW)
    assert (names(second), second.position, second.count) == (["ads"], 2, 4)


@pytest.mark.usefixtures("campaigns")
def test_what_cannot_be_asked_is_named() -> None:
    link = ranking(asked(), limit=1, now=NOW).next
    for field, given in (
        ("ordering", {"ordering": "rio"}),
        ("ordering", {"ordering": "--roi"}),
        ("limit", {"limit": 0}),
        ("limit", {"limit": 201}),
        ("cursor", {"cursor": "nonsense"}),
        ("cursor", {"cursor": link, "ordering": "roi"}),
    ):
        with pytest.raises(ScopeError) as caught:
            ranking(asked(), **{"ordering": "-roi", **given}, now=NOW)  # type: ignore[arg-type]
        assert caught.value.field == field
    with pytest.raises(ScopeError):
        ranking(asked(basis="event"), limit=1, cursor=link, now=NOW)
    with pytest.raises(ScopeError):
        every_row(asked(), ordering="rio", now=NOW)
    assert ranking(asked(grain="week", compare="previous"), limit=1, cursor=link, now=NOW).rows


def test_a_spark_has_a_value_for_every_slot(campaigns: dict[str, Campaign]) -> None:
    def sparks(metric: str, **params: str) -> dict[str, tuple[float | None, ...]]:
        return {row.external_id: row.spark for row in ranking(asked(**params), spark=metric, now=NOW).rows}

    assert sparks("net_revenue") == {
        "spring": (1100.0, 700.0),
        "autumn": (0.0, 0.0),
        "ads": (0.0, 400.0),
        "draft": (0.0, 0.0),
    }
    assert sparks("delivery_rate")["autumn"] == (0.95, None)
    assert sparks("sends", start="2026-09-29", grain="month")["spring"] == (800.0, 1000.0)
    assert sparks("")["spring"] == ()
    in_hour(midnight(FIRST) + timedelta(hours=5), campaigns["spring"].pk, (Basis.SEND,), sends=7)
    hours = sparks("sends", grain="hour")["spring"]
    assert (len(hours), hours[5], sum(hour or 0 for hour in hours)) == (48, 7.0, 7.0)
    assert sparks("cost", grain="hour")["spring"] == (None,) * 48
    for name in ADDITIVE:
        answer = ranking(asked(), spark=name, now=NOW)
        for row in answer.rows:
            assert sum(value or 0 for value in row.spark) == pytest.approx(float(row.values[name] or 0))


def test_a_page_costs_the_same_statements_whatever_there_is(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    cursors = []
    for size in (2, 300):
        version(size)
        Campaign.objects.bulk_create(
            Campaign(external_id=f"c{size}n{n}", name=f"C{n}", channel="email") for n in range(size)
        )
        for one in Campaign.objects.filter(external_id__startswith=f"c{size}n"):
            on_day(FIRST, one.pk, (Basis.SEND,), sends=one.pk, cost=1)
        with (
            django_assert_num_queries(9),
            snapshot(),
        ):  # begin, commit, state, campaigns, money, total, order, rows, sparks
            cursors.append(ranking(asked(channel="email"), limit=1, now=NOW).next)
    with django_assert_num_queries(7), snapshot():  # order and total are known
        ranking(asked(channel="email"), cursor=cursors[-1], limit=200, now=NOW)
    with django_assert_num_queries(2):  # the campaigns of the filter, and their rows
        assert len(list(every_row(asked(channel="email"), now=NOW))) == 302

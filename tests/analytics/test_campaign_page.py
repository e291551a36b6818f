"""The page of one campaign and its drilldown, as staff see them."""

import random
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries, Settings

from analytics.catalogue import BY_NAME
from analytics.models import Campaign, CampaignCost, CurrencyRate
from analytics.pages import campaign as campaign_page
from analytics.presentation import figure
from tests.analytics.test_overview import exact, text_of
from tests.analytics.totals import campaign, in_hour, midnight, october, on_day, version

pytestmark = pytest.mark.django_db

OCTOBER = {"period": "custom", "from": "2026-10-01", "to": "2026-10-02"}
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/"}
PAGES = ("", "drilldown/")
LIST = "/admin/marketing/campaigns/"


@pytest.fixture
def ada(client: Any) -> User:
    user = User.objects.create(username="ada", is_staff=True)
    client.force_login(user)
    return user


@pytest.fixture
def spring(ada: User) -> Campaign:
    return october()["spring"]


def address(found: Campaign, below: str = "") -> str:
    return f"/admin/marketing/campaigns/{found.pk}/{below}"


@pytest.mark.parametrize("below", PAGES)
def test_strangers_go_to_the_login_and_others_without_staff_too(client: Any, below: str) -> None:
    found = campaign("spring")
    for user in (None, User.objects.create(username="mallory")):
        if user:
            client.force_login(user)
        response = client.get(address(found, below))
        assert (response.status_code, response.url) == (302, f"/admin/login/?next={address(found, below)}")


@pytest.mark.parametrize("below", PAGES)
def test_an_unknown_campaign_is_not_found(client: Any, ada: User, below: str) -> None:
    response = client.get(f"/admin/marketing/campaigns/7/{below}")
    assert response.status_code == 404
    assert "There is no campaign 7." in text_of(response, "not-found")
    page = response.content.decode()
    assert f'<a class="button primary" href="{LIST}">All campaigns</a>' in page
    assert re.search(rf'<form[^>]* action="{LIST}".*?name="search"', page, re.S)
    assert "Log out" in page


@pytest.mark.parametrize("path", ["nothing/", "campaigns/views/7/", "campaigns/x/"])
def test_whatever_is_missing_has_the_frame_of_the_portal_for_staff_alone(client: Any, ada: User, path: str) -> None:
    response = client.get(f"/admin/marketing/{path}")
    assert response.status_code == 404
    assert "There is no " in text_of(response, "not-found")
    client.logout()
    assert b"not-found" not in client.get(f"/admin/marketing/{path}").content


def test_the_page_says_who_the_campaign_is_and_how_it_did(client: Any, spring: Campaign) -> None:
    Campaign.objects.filter(pk=spring.pk).update(
        tags=["vip", "sale"], budget=Decimal(500), currency="EUR", starts_at=datetime(2026, 9, 1, tzinfo=UTC),
        ends_at=datetime(2026, 10, 1, tzinfo=UTC),
    )  # fmt: skip
    CurrencyRate.objects.create(currency="EUR", day=date(2026, 10, 1), rate="1.2")
    spent = {"amount": "700", "value": "700", "currency": "USD", "source": "books"}
    CampaignCost.objects.create(campaign=spring, date=date(2026, 9, 9), **spent)
    for hour, clicks in ((9, 30), (14, 40)):
        in_hour(midnight(date(2026, 10, 1)) + timedelta(hours=hour), spring.pk, unique_clicks=clicks)
    for number in range(3):
        on_day(date(2026, 10, 1), campaign(f"mail{number}").pk, sends=10, delivered=10, unique_opens=number)
    response = client.get(address(spring), OCTOBER)
    assert response.status_code == 200
    assert "Channel E-mail Status running Runs 1 Sep 2026 – 1 Oct 2026 Tags vip, sale Id spring" in text_of(response)
    assert exact(response, "net_revenue") == "1800.00"
    tile = text_of(response, "tile-open_rate")
    assert "40 %" in tile
    assert "median 10 %" in tile
    assert "Medians are of 3 other E-mail campaigns" in text_of(response, "peers")
    pacing = text_of(response, "pacing")
    for words in ("over budget", "€500.00 = $600.00, rate of 1 Oct 2026", "$700.00 (116.7 % of it)", "Time gone 100 %"):
        assert words in pacing, words
    assert "Best hour 14:00–15:00" in text_of(response, "best-hour")
    assert "40 of 70 people first clicked then. By event date, UTC." in text_of(response, "best-hour")
    assert "Unsubscribes 2 0.21 %" in text_of(response, "losses")
    assert "Machine opens 50 8.33 %" in text_of(response, "machines")
    assert "Converted after a click 17 17.9 % 1.70 %" in text_of(response, "funnel-table")
    assert "2 more converted without a click." in text_of(response, "funnel")


def test_a_campaign_that_delivers_nothing_is_shown_by_its_clicks(client: Any, ada: User) -> None:
    ads = october()["ads"]
    response = client.get(address(ads), OCTOBER)
    assert exact(response, "clicks") == "40"
    assert exact(response, "cpc") == "6.25"
    assert "funnel begins with the click" in text_of(response, "funnel")
    page = response.content.decode()
    assert 'id="losses"' not in page
    assert "median" not in text_of(response, "tile-clicks").split("?")[0]
    assert "The campaign has no budget." in text_of(response, "pacing")


def test_a_campaign_without_figures_says_so_everywhere(client: Any, spring: Campaign) -> None:
    response = client.get(address(campaign("new")), OCTOBER)
    assert response.status_code == 200
    assert "Nobody was reached in this period." in text_of(response, "funnel")
    assert "Best hour unknown" in text_of(response, "best-hour")


def test_what_is_called_badly_does_no_harm(client: Any, ada: User) -> None:
    version()
    found = campaign("x", tags=["<b>"])
    Campaign.objects.filter(pk=found.pk).update(name="<script>alert(1)</script>")
    for below in PAGES:
        assert b"<script>alert" not in client.get(address(found, below)).content


@pytest.mark.parametrize("below", PAGES)
def test_what_cannot_be_asked_is_named_and_the_rest_is_shown(client: Any, spring: Campaign, below: str) -> None:
    response = client.get(address(spring, below), OCTOBER | {"basis": "noon"})
    assert response.status_code == 400
    assert "noon" in text_of(response, "problems")


@pytest.mark.parametrize("below", PAGES)
def test_without_the_database_the_page_says_so(
    client: Any, spring: Campaign, below: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any, **__: Any) -> Any:
        raise OperationalError("gone")

    monkeypatch.setattr(campaign_page, "campaign_of", away)
    response = client.get(address(spring, below), OCTOBER)
    assert response.status_code == 503
    assert "could not be read" in text_of(response)


@pytest.mark.parametrize("below", PAGES)
def test_a_poll_costs_no_figures_while_nothing_is_newer(client: Any, spring: Campaign, below: str) -> None:
    first = client.get(address(spring, below), OCTOBER)
    tag = re.search(r'data-tag="([^"]*)"', first.content.decode())
    assert tag
    seen = HTMX | {"HX-Trigger": "refresh", "If-None-Match": tag[1].replace("&quot;", '"')}
    assert client.get(address(spring, below), OCTOBER, headers=seen).status_code == 304
    version(2)
    assert client.get(address(spring, below), OCTOBER, headers=seen).status_code == 200


def test_a_day_opens_into_its_hours(client: Any, spring: Campaign) -> None:
    in_hour(midnight(date(2026, 10, 1)) + timedelta(hours=9), spring.pk, sends=600, unique_opens=7)
    closed = client.get(address(spring, "drilldown/"), OCTOBER)
    days = text_of(closed, "days")
    assert days.index("2 Oct 2026 400 180 45 10 $700.00 0") < days.index("1 Oct 2026 600 200 50 12 $1,100 2")
    assert "Whole period 1,000 380 95 22 $1,800 2" in days
    assert "09:00" not in days
    link = re.search(r'id="open-day-2026-10-01" href="([^"]*)"', closed.content.decode())
    assert link
    opened = client.get(link[1].replace("&amp;", "&"))
    assert "09:00 Show contacts 600 7 0 0 $0.00 0" in text_of(opened, "days")
    assert len(re.findall(r'class="hour"', opened.content.decode())) in (24, 25)  # with the link to the day's contacts
    assert 'aria-expanded="true"' in opened.content.decode()
    back = re.search(r'id="open-day-2026-10-01" href="([^"]*)"', opened.content.decode())
    assert back
    assert "date=" not in back[1]
    crumbs = re.search(r'class="crumbs".*?</nav>', opened.content.decode(), re.S)
    assert crumbs
    assert "Day by day" in crumbs[0]
    assert "1 Oct 2026" in crumbs[0]


@pytest.mark.parametrize(
    ("day", "labels", "hours"),
    [("2026-03-29", ["01:00", "03:00", "04:00"], 23), ("2025-10-26", ["02:00 CEST", "02:00 CET", "03:00"], 25)],
)
def test_hours_that_a_clock_shows_twice_are_told_apart_and_one_that_it_skips_is_not_there(
    client: Any, spring: Campaign, settings: Settings, day: str, labels: list[str], hours: int
) -> None:
    settings.REPORTING_TIME_ZONE = "Europe/Berlin"
    for hour in range(3):
        in_hour(midnight(date.fromisoformat(day)) + timedelta(hours=hour), spring.pk, sends=10 + hour)
    asked = {"period": "custom", "from": day, "to": day, "date": day}
    page = client.get(address(spring, "drilldown/"), asked).content.decode()
    rows = re.findall(
        r'<b>(\d\d:\d\d[^<]*)</b> <a href="[^"]*?&amp;(hour=[^"]*)".*?class="figure"[^>]*>(\d+)<', page, re.S
    )
    assert [(label, sends) for label, _, sends in rows] == list(zip(labels, ["10", "11", "12"], strict=True))
    assert len({link for _, link, _ in rows}) == 3
    assert page.count('id="hour-') == hours
    api = {"level": "hour", "date": day, "metrics": "sends"}
    told = client.get(f"/api/v1/campaigns/{spring.pk}/drilldown", api).json()["results"]
    assert len({point["start"] for point in told}) == hours
    assert [point["metrics"]["sends"] for point in told if point["metrics"]["sends"]] == [10, 11, 12]


@pytest.mark.parametrize(("day", "says"), [("1. 10.", "2026-10-01"), ("2026-11-01", "not in the period")])
def test_a_day_that_cannot_open_is_named(client: Any, spring: Campaign, day: str, says: str) -> None:
    response = client.get(address(spring, "drilldown/"), OCTOBER | {"date": day})
    assert response.status_code == 400
    assert says in text_of(response, "problems")
    assert "Whole period" in text_of(response, "days")


def test_beyond_400_days_months_are_shown_and_open_into_their_days(client: Any, spring: Campaign) -> None:
    on_day(date(2017, 2, 28), spring.pk, sends=5, revenue=7)
    period = {"period": "custom", "from": "2017-02-27", "to": "2027-02-26"}
    whole = client.get(address(spring, "drilldown/"), period)
    words = text_of(whole, "days")
    assert "Oct 2026 1,000 380 95 22 $1,800 2" in words
    assert "Sep 2026 800 0 0 0 $800.00 0" in words
    assert "27–28 Feb 2017 5 0 0 0 $7.00 0" in words
    assert "Whole period 1,805 380 95 22 $2,607 2" in words
    assert "more than 400 days is shown by month" in words
    assert len(whole.content) < 400_000
    link = re.search(r'id="open-month-2017-02-27" href="([^"]*)"', whole.content.decode())
    assert link
    days = text_of(client.get(link[1].replace("&amp;", "&")), "days")
    assert "28 Feb 2017 5 0 0 0 $7.00 0 27 Feb 2017 0 0 0 0 $0.00 0 Whole period 5 " in days
    assert (
        len(client.get(f"/api/v1/campaigns/{spring.pk}/drilldown?start=2017-02-27&end=2027-02-27").json()["results"])
        == 3652
    )


@pytest.mark.parametrize(("first", "rows"), [("2025-08-29", 400), ("2025-08-28", 15)])
def test_four_hundred_days_are_shown_one_by_one(client: Any, spring: Campaign, first: str, rows: int) -> None:
    page = client.get(address(spring, "drilldown/"), OCTOBER | {"from": first}).content.decode()
    assert len(re.findall(r'<tr id="(?:day|month)-', page)) == rows


def test_no_day_opens_among_months(client: Any, spring: Campaign) -> None:
    response = client.get(address(spring, "drilldown/"), OCTOBER | {"from": "2020-10-01", "date": "2026-10-01"})
    assert response.status_code == 400
    assert "2026-10-01 opens in a period of at most 400 days; this one is longer. No day" in text_of(
        response, "problems"
    )
    assert "Oct 2026" in text_of(response, "days")


def test_page_fragment_and_api_say_the_same_of_random_scopes(client: Any, spring: Campaign) -> None:
    dice = random.Random(7)
    for number in range(15):
        first = date(2026, 9, 28) + timedelta(dice.randrange(5))
        last = first + timedelta(dice.randrange(6))
        shared = {"basis": dice.choice(["send", "event"]), "compare": dice.choice(["none", "previous", "last_year"])}
        page = shared | {"period": "custom", "from": str(first), "to": str(last)}
        api = shared | {"start": str(first), "end": str(last + timedelta(1))}
        whole, part = (client.get(address(spring), page, headers=headers) for headers in ({}, HTMX))
        told = client.get(f"/api/v1/campaigns/{spring.pk}/details", api).json()
        for name in ("net_revenue", "roas", "cost", "open_rate", "click_rate", "conversion_rate"):
            value = told["metrics"][name]["value"]
            wanted = "" if value is None else str(value)
            assert exact(whole, name) == exact(part, name) == wanted, (number, name)
        same_days(client, spring, page, api, told)


def same_days(client: Any, spring: Campaign, page: dict[str, str], api: dict[str, str], told: Any) -> None:
    """The drilldown's table is the API's, and its last row is the details."""
    names = ("sends", "unique_opens", "unique_clicks", "conversions", "net_revenue", "unsubscribes")

    def row(values: Any) -> str:
        texts = (figure(typed(name, values(name)), BY_NAME[name], "USD") for name in names)
        return " ".join(texts)

    days = client.get(f"/api/v1/campaigns/{spring.pk}/drilldown", api | {"metrics": ",".join(names)}).json()
    for headers in ({}, HTMX):
        table = text_of(client.get(address(spring, "drilldown/"), page, headers=headers), "days")
        for point in days["results"]:
            day = date.fromisoformat(point["start"])
            assert f"{day.day} {day:%b %Y} {row(point['metrics'].__getitem__)}" in table
        assert f"Whole period {row(lambda name: told['metrics'][name]['value'])}" in table


def typed(name: str, value: Any) -> Any:
    return Decimal(value) if name == "net_revenue" else value


@pytest.mark.parametrize("below", PAGES)
def test_a_page_costs_as_many_statements_with_many_campaigns_as_with_few(
    client: Any, spring: Campaign, django_assert_num_queries: DjangoAssertNumQueries, below: str
) -> None:
    with CaptureQueriesContext(connection) as few:
        client.get(address(spring, below), OCTOBER)
    more = Campaign.objects.bulk_create(
        Campaign(external_id=f"c{n}", name=f"C{n}", channel="email") for n in range(500)
    )
    for one in more:
        on_day(date(2026, 10, 1), one.pk, sends=3)
    version(2)
    with django_assert_num_queries(len(few)):
        client.get(address(spring, below), OCTOBER)


def test_the_two_pages_are_a_link_apart(client: Any, spring: Campaign) -> None:
    page = client.get(address(spring), OCTOBER)
    assert f"{address(spring, 'drilldown/')}?period=custom&amp;from=2026-10-01" in page.content.decode()
    down = client.get(address(spring, "drilldown/"), OCTOBER)
    assert f"{address(spring)}?period=custom" in down.content.decode()

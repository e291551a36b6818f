import html
import re
from collections.abc import Callable
from contextlib import nullcontext
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, cast

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from analytics.models import Campaign, HourForecast, InboxBatch, PageViews, Source, SourceForecast
from analytics.pages import fields, overview
from analytics.pages.filters import read
from analytics.pages.links import Receipts
from analytics.pages.tiles import TILES, tiles
from analytics.queries import cache, kpis, state
from tests.analytics.totals import NOW, campaign, in_hour, october, on_day, version
from tests.compliance.keys import headers

pytestmark = pytest.mark.django_db

URL = "/admin/marketing/"
OCTOBER = {"period": "custom", "from": "2026-10-01", "to": "2026-10-02"}
HTMX = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{URL}"}
POLL = HTMX | {"HX-Trigger": "refresh"}
Get = Callable[..., HttpResponse]


@pytest.fixture
def ada(client: Client) -> User:
    user = User.objects.create(username="ada", is_staff=True)
    client.force_login(user)
    return user


@pytest.fixture
def get(client: Client, ada: User) -> Get:
    def ask(headers: dict[str, str] | None = None, **params: Any) -> HttpResponse:
        return cast(HttpResponse, client.get(URL, OCTOBER | params, headers=headers))

    return ask


def text_of(response: HttpResponse, element: str = "") -> str:
    """The words of a page, or of the element with an id."""
    page = response.content.decode()
    if element:
        page = page[page.index(f'id="{element}"') :]
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def value(response: HttpResponse, tile: str) -> str:
    found = re.search(rf'id="tile-{tile}".*?class="value[^"]*"[^>]*>([^<]*)<', response.content.decode(), re.S)
    assert found
    return found[1]


def chosen(response: HttpResponse, select: str) -> str:
    """The words of a select's chosen option."""
    found = re.search(rf'id="{select}">.*?selected>([^<]*)<', response.content.decode(), re.S)
    assert found
    return html.unescape(found[1])


def exact(response: HttpResponse, tile: str) -> str:
    found = re.search(rf'id="tile-{tile}".*?data-value="([^"]*)"', response.content.decode(), re.S)
    assert found
    return found[1]


def test_a_stranger_goes_to_the_login_and_back_here_afterwards(client: Client) -> None:
    response = client.get(f"{URL}?channel=email")
    assert (response.status_code, response.url) == (302, f"/admin/login/?next={URL}%3Fchannel%3Demail")  # type: ignore[attr-defined]


def test_someone_who_is_not_staff_sees_no_figures(client: Client) -> None:
    client.force_login(User.objects.create(username="eve"))
    assert client.get(URL).status_code == 302


def test_a_fragment_for_a_stranger_sends_the_whole_page_to_the_login(client: Client) -> None:
    response = client.get(URL, headers=HTMX)
    assert response.headers["HX-Redirect"] == f"/admin/login/?next={URL}"
    assert response.content == b""


def test_writing_is_refused(client: Client, ada: User) -> None:
    assert client.post(URL).status_code == 405


def test_the_page_shows_the_figures_of_its_filters(get: Get) -> None:
    october()
    response = get()
    shown = {name: value(response, name) for name in ("net_revenue", "roas", "cost", "open_rate", "conversion_rate")}
    assert shown == {
        "net_revenue": "$2,230",
        "roas": "2.93",
        "cost": "$750.00",
        "open_rate": "33.3\u00a0%",
        "conversion_rate": "1.98\u00a0%",
    }
    assert value(get(channel="search"), "net_revenue") == "$400.00"
    assert value(get(campaign="ads"), "open_rate") == "–"


def test_the_ranking_ends_with_the_unattributed_and_adds_up_to_the_tile(get: Get) -> None:
    october()
    response = get()
    words = text_of(response, "campaigns")
    assert re.search(r"Unattributed no campaign – – – – \$30 – All 3 campaigns 1,200 .* \$2,230", words)


def test_many_campaigns_show_both_ends_and_the_others_in_one_row(get: Get) -> None:
    october()
    for number in range(12):
        on_day(date(2026, 10, 1), campaign(f"c{number}").id, revenue=Decimal(100 * number), cost=Decimal(100))
    words = text_of(get(sort="-net_revenue"), "campaigns")
    assert "first 5 and last 3 of 15" in words
    assert re.search(r"C8 .* 7 other campaigns .* C0 .* Unattributed .* All 15 campaigns .* \$8,830 4\.51", words)
    assert "C4" not in words


def receipt_of(client: Client, response: HttpResponse, tile: str) -> str:
    """The words of what the question mark beside a figure leads to."""
    found = re.search(rf'id="ask-{tile}" href="([^"]+)"', response.content.decode())
    assert found
    return text_of(cast(HttpResponse, client.get(html.unescape(found[1]), headers=HTMX)))


def test_a_receipt_says_where_its_figure_comes_from(client: Client, get: Get) -> None:
    october()
    roas = receipt_of(client, get(), "roas")
    for line in (
        "$2,300.00 attributed revenue −\u00a0$100.00 attributed refunds",
        "Denominator $750.00 cost",
        "1.43\u00a0% of revenue, not in this figure",
        "1 Oct – 2 Oct 2026 (2 days)",
        "send date",
        "UTC, USD",
        "2026-11-01 12:00:00 UTC",
        "version 1",
    ):
        assert " ".join(line.split()) in roas
    assert "50 machine events" in receipt_of(client, get(), "open_rate")
    rate = receipt_of(client, get(), "conversion_rate")
    assert "Numerator 23 attributed converters Denominator 1,160 conversion base" in rate


def test_what_a_receipt_divides_gives_the_figure_to_its_last_digit(client: Client, get: Get) -> None:
    october()
    on_day(date(2026, 10, 2), campaign("abroad").id, cost=Decimal("33.3345678"))  # converted from another currency
    response = get()
    lines = receipt_of(client, response, "roas")
    money = r"\$([\d,.]+) "
    found = re.search(rf"Numerator {money}.*?{money}.*?Denominator {money}cost", lines)
    assert found
    revenue, refunds, cost = (Decimal(text.replace(",", "")) for text in found.groups())
    assert exact(response, "roas") == str(round(float((revenue - refunds) / cost), 10))


def test_while_a_day_runs_the_others_are_compared_and_alone_it_is_not_judged(client: Client, get: Get) -> None:
    october()
    today, spring = timezone.now().date(), Campaign.objects.get(external_id="spring").id
    for back, revenue in {0: 5, 1: 300, 3: 240}.items():
        on_day(today - timedelta(days=back), spring, revenue=Decimal(revenue))
    response = get(**{"from": str(today - timedelta(days=1)), "to": str(today)})
    assert value(response, "net_revenue") == "$305.00"
    assert 'class="change good"' in response.content.decode()
    assert "▲ up 25.0 % vs prior" in text_of(response, "tile-net_revenue").replace("\u00a0", " ")
    assert "$300.00 on " in receipt_of(client, response, "net_revenue")
    assert "Changes compare the days that are over" in text_of(response, "warnings")
    response = get(period="today")
    assert text_of(response, "tile-net_revenue").split("?")[1].strip().startswith("$5.00 day still running")
    assert 'class="change bad"' not in response.content.decode()
    assert "No change is shown" in text_of(response, "warnings")


def test_what_is_still_to_come_is_said_above_the_figures(client: Client, get: Get) -> None:
    october()
    hour = timezone.now().replace(minute=0, second=0, microsecond=0) - timedelta(days=1)
    SourceForecast.objects.create(source_id=1, at=timezone.now(), usual=[], seen=0, day_events=0)
    HourForecast.objects.create(hour=hour, kind=0, arrived=92, unknown=0, to_come=8, usual=100, share=0.9)
    day = str(hour.date())
    response = get(**{"from": day, "to": day})
    assert f"About 8 % of all events of {day} are still to come." in text_of(response, "warnings")


def test_a_sparkline_is_of_what_is_over_from_edge_to_edge() -> None:
    for hour, revenue in {8: 3, 11: 9, 12: 1}.items():  # the last one runs
        in_hour(NOW.replace(hour=hour), 0, revenue=Decimal(revenue))
    today = read({"period": ["today"]}, fields.OVERVIEW, now=NOW, time_zone="UTC", currency="USD")
    answers = kpis.summary(today.scope, TILES, now=NOW), kpis.timeseries(today.scope, TILES, now=NOW)
    spark = tiles(*answers, Receipts(today.scope), now=NOW)[0].spark
    assert spark
    assert spark.line.endswith("L100.0,4.0")


def test_by_the_hour_what_is_known_by_the_day_is_told_where_it_is_asked_for(get: Get) -> None:
    october()
    day = {"from": "2026-10-01", "to": "2026-10-01"}
    assert "hour" not in text_of(get(**day)).split("Net revenue by hour")[0]
    response = get(**day, metric="roas")
    assert "ROAS has no hours: what is spent is known by the day" in text_of(response, "trend")


def test_a_fragment_is_the_same_without_the_frame(get: Get) -> None:
    october()
    page, fragment = get(), get(HTMX)
    assert b"<html" not in fragment.content
    assert fragment.content.strip().startswith(b'<div class="page" id="overview"')
    assert value(page, "roas") == value(fragment, "roas")
    assert "HX-Request" in page.headers["Vary"]
    assert "no-store" in page.headers["Cache-Control"]


def test_going_back_in_history_gets_the_whole_page(get: Get) -> None:
    assert b"<html" in get(HTMX | {"HX-History-Restore-Request": "true"}).content


def test_a_change_of_filter_pushes_the_shortest_url_of_its_state(get: Get) -> None:
    response = get(HTMX, period="30d", channel="email", compare="previous", campaign="")
    assert response.headers["HX-Push-Url"] == f"{URL}?channel=email"
    assert get(HTMX, period="30d").headers["HX-Push-Url"] == "false"


def test_a_bad_filter_is_named_and_the_rest_still_shown(get: Get) -> None:
    october()
    response = get(channel="pigeon")
    assert response.status_code == 400
    assert "Channel: There is no channel 'pigeon'" in text_of(response, "problems").replace("&#x27;", "'")
    assert value(response, "net_revenue") == "$2,230"


def test_a_campaign_that_is_gone_or_of_another_channel_is_told(get: Get) -> None:
    october()
    assert "There is no campaign “x”" in text_of(get(campaign="x"), "problems")
    response = get(campaign="spring", channel="search")
    assert "belongs to the channel E-mail" in text_of(response, "problems")
    assert value(response, "net_revenue") == "$400.00"


def test_several_channels_or_campaigns_stand_in_the_words_as_in_the_figures(get: Get) -> None:
    october()
    response = get(channel="email,search")
    assert value(response, "net_revenue") == "$2,200"
    assert chosen(response, "filter-channel") == "E-mail"
    assert chosen(response, "filter-channel-2") == "Search"
    assert "Not this one" in text_of(response, "filter-channel-2")
    response = get(campaign=["spring", "ads"])
    assert value(response, "net_revenue") == "$2,200"
    assert {chosen(response, "filter-campaign"), chosen(response, "filter-campaign-2")} == {"Spring", "Ads"}


def test_a_long_campaign_is_told_by_its_beginning(get: Get) -> None:
    october()
    response = get(campaign="x" * 5000)
    assert "There is no campaign “xxx" in text_of(response, "problems")
    assert "x" * 100 not in response.content.decode()


def test_names_of_campaigns_are_text_and_never_markup(get: Get) -> None:
    october()
    campaign("<script>alert(1)</script>")
    response = get(campaign='"><img>')
    assert b"&lt;script&gt;alert" in response.content
    assert b"<script>alert" not in response.content
    assert b'"><img>' not in response.content


def test_before_anything_came_the_page_says_how_to_begin_with_what_the_door_accepts(get: Get) -> None:
    page = html.unescape(get().content.decode())
    assert "No figures yet" in page
    assert "Connect a mail provider" in page
    campaign_sent, event_sent = re.findall(r"-d '(.*?)'\s", page.replace("</pre>", " "), re.S)
    key = headers(*re.findall(r"\w+:write", page))
    posts = (("campaigns", campaign_sent, 201), ("events", event_sent, 202))
    for door, body, answer in posts:
        response = Client().post(f"/api/v1/{door}", body, content_type="application/json", headers=key)
        assert response.status_code == answer, response.content


def test_a_period_in_which_nothing_happened_says_so(get: Get) -> None:
    october()
    response = get(**{"from": "2020-01-01", "to": "2020-01-05"})
    assert "Nothing happened in this period" in text_of(response)
    assert value(response, "roas") == "–"


def test_days_not_begun_are_unknown_and_the_running_one_is_not_over(get: Get) -> None:
    october()
    today = timezone.now().date()
    span = {"from": (today - timedelta(days=3)).isoformat(), "to": (today + timedelta(days=1)).isoformat()}
    words = text_of(get(**span), "trend-table")
    assert re.search(r"not over \$0\.00 .*? – ", words)


def test_figures_that_cannot_be_read_are_said_to_be_so(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: Any, **_options: Any) -> None:
        raise OperationalError

    monkeypatch.setattr(overview, "summary", broken)
    response = get(channel="email")
    assert response.status_code == 503
    assert "The figures could not be read" in text_of(response)
    assert b'value="email" selected' in response.content


def test_an_unchanged_poll_is_304_and_reads_no_totals(
    get: Get, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    october()
    tag = re.search(r'data-tag="&quot;(\w+)&quot;"', get().content.decode())
    assert tag
    asked = POLL | {"If-None-Match": f'"{tag[1]}"'}
    with django_assert_max_num_queries(6):
        response = get(asked)
    assert (response.status_code, response.headers["Figures-Age"]) == (304, "0")
    version(number=2)
    assert get(asked).status_code == 200


def test_a_second_look_reads_no_totals_and_a_fragment_is_no_page(
    get: Get, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    october()
    page = get()
    with django_assert_max_num_queries(4):  # session, user, the look counted, the campaigns offered
        fragment = get(HTMX)
    assert value(page, "roas") == value(fragment, "roas")
    assert b"<html" in page.content
    assert b"<html" not in fragment.content
    assert "Ada" not in fragment.content.decode()


def test_while_newer_figures_are_computed_the_page_shows_older_ones_and_their_age(
    get: Get, monkeypatch: pytest.MonkeyPatch
) -> None:
    october()
    noon = timezone.now().replace(hour=12, minute=0, second=0, microsecond=0)
    monkeypatch.setattr("django.utils.timezone.now", lambda: noon)
    get()
    version(number=2)
    monkeypatch.setattr(cache, "_leading", lambda key: nullcontext(False))
    monkeypatch.setattr("django.utils.timezone.now", lambda: noon + timedelta(seconds=20))
    response = get(HTMX)
    assert value(response, "net_revenue") == "$2,230"
    assert response.headers["Figures-Age"] == "20"


def test_looks_are_counted_and_polls_are_not(get: Get) -> None:
    get()
    get(HTMX)
    get(POLL)
    assert list(PageViews.objects.values_list("page", "views")) == [("overview", 2)]


def test_what_waits_to_be_counted_makes_the_page_late(get: Get) -> None:
    october()
    source = Source.objects.create(name="events")
    waits = {"source": source, "rows": 1204, "payload": b""}
    assert 'class="fresh"' in get().content.decode()
    batch = InboxBatch.objects.create(**waits, received_at=timezone.now())
    assert 'class="fresh"' in get().content.decode()
    batch.received_at -= timedelta(minutes=6)
    batch.save()
    state.renew()
    response = get()
    assert 'class="fresh late"' in response.content.decode()
    assert "1,204 events wait to be counted, the oldest for 6\u00a0min".replace("\u00a0", " ") in text_of(response)


@pytest.mark.parametrize(("minutes", "banner"), [(4, 'role="status" hidden'), (6, 'role="status" data-said')])
def test_figures_that_are_minutes_behind_say_so_above_all(get: Get, minutes: int, banner: str) -> None:
    october()
    source = Source.objects.create(name="events")
    received_at = timezone.now() - timedelta(minutes=minutes)
    InboxBatch.objects.create(source=source, rows=3, payload=b"", received_at=received_at)
    state.renew()
    assert f'<p class="note" id="behind" {banner}>' in get().content.decode()


def test_panels_of_other_apps_are_asked_for_with_the_pages_filters(get: Get, settings: Settings) -> None:
    october()
    settings.PAGE_PANELS = {}
    assert b'class="panel"' not in get().content
    settings.PAGE_PANELS = {"overview": ["api-health"]}
    assert b'hx-get="/api/v1/health?period=custom&amp;from=2026-10-01' in get().content


def test_questions_to_the_database_stay_few_however_many_campaigns(
    get: Get, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    october()
    for number in range(20):
        campaign(f"more-{number}", budget=Decimal(1))
    with django_assert_max_num_queries(14):
        get()
    with django_assert_max_num_queries(15):
        get(channel="email")

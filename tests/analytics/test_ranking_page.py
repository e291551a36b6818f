"""The ranking as staff see it: its page, its fragment, its file; and that all of them say what the API says."""

import csv
import io
import random
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from analytics.catalogue import BY_NAME, NAMES, Unit
from analytics.models import Campaign
from analytics.pages import campaigns as page_module
from analytics.pages.columns import COLUMNS, DEFAULT_COLUMNS
from analytics.presentation import figure
from tests.analytics.test_overview import text_of
from tests.analytics.totals import campaign, october, on_day, version

pytestmark = pytest.mark.django_db

URL = "/admin/marketing/campaigns/"
OCTOBER = {"period": "custom", "from": "2026-10-01", "to": "2026-10-02"}
HTMX = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{URL}"}
Get = Callable[..., HttpResponse]


@pytest.fixture
def ada(client: Client) -> User:
    user = User.objects.create(username="ada", is_staff=True)
    client.force_login(user)
    return user


@pytest.fixture
def get(client: Client, ada: User) -> Get:
    def ask(headers: dict[str, str] | None = None, path: str = URL, **params: Any) -> Any:
        return client.get(path, None if "?" in path else OCTOBER | params, headers=headers)

    return ask


@pytest.fixture
def many() -> None:
    """Sixty campaigns of which each has one send more than the one before."""
    made = [Campaign(external_id=f"c{n}", name=f"C{n:02}", channel="email") for n in range(60)]
    for number, one in enumerate(Campaign.objects.bulk_create(made)):
        on_day(date(2026, 10, 1), one.pk, sends=number + 1)
    version()


def table_of(response: HttpResponse) -> str:
    page = response.content.decode()
    return page[page.index('id="ranking"') : page.index("</table>")]


def words_of(response: HttpResponse) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", table_of(response)).split())


def names(response: HttpResponse) -> list[str]:
    return re.findall(r'<tr id="campaign-\d+"><th scope="row"><a[^>]*><bdi>([^<]*)<', response.content.decode())


def link(response: HttpResponse, element: str) -> str:
    found = re.search(rf'id="{element}"[^>]*? href="([^"]*)"', response.content.decode())
    assert found, element
    return found[1].replace("&amp;", "&")


def lines(response: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))


def test_a_place_in_a_list_of_days_is_refused_by_name_after_midnight(
    get: Get, many: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: datetime(2026, 10, 3, 23, 59, 59, tzinfo=UTC))
    behind = link(get(path=f"{URL}?period=7d&sort=-sends"), "next")
    assert names(get(path=behind))[0] == "C34"
    monkeypatch.setattr("django.utils.timezone.now", lambda: datetime(2026, 10, 4, tzinfo=UTC))
    for headers in (None, HTMX):
        refused = get(headers, path=behind)
        assert refused.status_code == 400
        assert "belongs to another question, such as the days before midnight" in text_of(refused, "problems")
        assert names(refused)[0] == "C59"
    assert names(get(path=link(refused, "next")))[0] == "C34"


@pytest.mark.parametrize("path", [URL, f"{URL}csv/"])
def test_strangers_go_to_the_login_and_others_without_staff_too(client: Client, path: str) -> None:
    for user in (None, User.objects.create(username="mallory")):
        if user:
            client.force_login(user)
        response: Any = client.get(path)
        assert (response.status_code, response.url) == (302, f"/admin/login/?next={path}")


def test_campaigns_stand_by_roi_and_below_them_what_belongs_to_none_and_the_total(get: Get) -> None:
    october()
    words = words_of(get())
    assert "1–3 of 3 · by ROI, highest first" in words
    spring, ads, autumn, nobody, total = map(
        words.index, ("Spring E-mail", "Ads Search", "Autumn SMS", "Unattr", "All 3")
    )
    assert spring < ads < autumn < nobody < total
    assert "Spring E-mail · running 1,000 40 % 10 % 2.00 % $1,800 $500.00 260 %" in words
    assert "Unattributed no campaign – – – – $30 $0.00 –" in words
    assert "All 3 campaigns and the unattributed 1,200" in words
    assert "$2,230" in words


def test_every_metric_can_be_a_column_and_is_offered_once() -> None:
    assert sorted(COLUMNS) == sorted(NAMES)
    assert set(DEFAULT_COLUMNS) < set(COLUMNS)


def test_columns_stand_in_one_order_however_they_are_asked(get: Get) -> None:
    october()
    response = get(columns=["cpa,sends", "cpm"])
    heads = re.findall(r'id="sort-(\w+)"', response.content.decode())
    assert heads == ["name", "sends", "cpa", "cpm"]
    assert response.content.decode().count(" checked") == 3
    assert table_of(get(columns=list(reversed(DEFAULT_COLUMNS)))) == table_of(get())


def test_a_heading_sorts_by_it_and_once_more_the_other_way(get: Get) -> None:
    october()
    first = get()
    assert 'aria-sort="descending"><a id="sort-roi"' in first.content.decode()
    assert "sort=roi" in link(first, "sort-roi")
    by_sends = get(path=link(first, "sort-sends"))
    assert "sort=-sends" in link(first, "sort-sends")
    assert names(by_sends) == ["Spring", "Autumn", "Ads"]
    assert 'aria-sort="descending"><a id="sort-sends"' in by_sends.content.decode()
    assert names(get(sort="sends")) == ["Ads", "Autumn", "Spring"]
    by_name = get(path=link(first, "sort-name"))
    assert names(by_name) == ["Ads", "Autumn", "Spring"]
    assert 'aria-sort="ascending"><a id="sort-name"' in by_name.content.decode()
    assert names(get(sort="-name")) == ["Spring", "Autumn", "Ads"]
    assert names(get(sort="-cost", columns="sends")) == ["Spring", "Ads", "Autumn"]  # by a column that is not shown


def test_filters_and_search_leave_what_they_say(get: Get) -> None:
    made = october()
    Campaign.objects.filter(pk=made["spring"].pk).update(tags=["vip", "a&b"], status="paused")
    assert names(get(channel="search")) == ["Ads"]
    assert names(get(status="paused")) == names(get(tag="a&b")) == names(get(search="SPR")) == ["Spring"]
    found = get(search="zebra")
    assert names(found) == []
    assert "No campaign is like that" in text_of(found, "no-campaign")
    filtered = get(tag="vip")
    assert "Unattributed" not in words_of(filtered)
    assert "1 campaign" in words_of(filtered)
    assert '<option value="a&amp;b">' in filtered.content.decode()
    assert 'value="SPR"' in get(search="SPR").content.decode()


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"sort": "beauty"}, "Sort: “beauty” is not known here. “Columns” lists them; a click on a heading"),
        ({"sort": "-roass"}, "Sort: “-roass” is not known here. Did you mean roas? “Columns” lists them;"),
        ({"columns": "sends,open"}, "Columns: “open” is not known here. Did you mean opens"),
        ({"period": "yesterday"}, "Period: “yesterday” is not known here. There are today, 7d"),
        ({"status": "asleep"}, "Status: There is no status 'asleep'"),
        ({"search": "x" * 101}, "Search: search has 101 characters"),
        ({"cursor": "nonsense"}, "Page: This cursor was altered"),
    ],
)
def test_what_cannot_be_asked_is_named_and_the_rest_is_shown(get: Get, asked: dict[str, str], says: str) -> None:
    october()
    response = get(**asked, channel="email")
    assert response.status_code == 400
    assert says in text_of(response, "problems").replace("&#x27;", "'")
    assert names(response) == ["Spring"]


def test_pages_go_there_and_back_and_a_change_begins_anew(get: Get, many: None) -> None:
    first = get(sort="-sends")
    assert names(first) == [f"C{n:02}" for n in range(59, 34, -1)]
    assert "1–25 of 60" in text_of(first, "place")
    second = get(path=link(first, "next"))
    assert "26–50 of 60" in text_of(second, "place")
    last = get(path=link(second, "next"))
    assert names(last) == [f"C{n:02}" for n in range(9, -1, -1)]
    assert 'id="next"' not in last.content.decode()
    assert names(get(path=link(last, "previous"))) == names(second)
    assert names(get(path=link(last, "first"))) == names(first)
    for changed in ("sort-name", "csv"):
        assert "cursor" not in link(last, changed)
    assert 'name="cursor"' not in last.content.decode()
    assert "All 60 campaigns" in words_of(last)


def test_a_row_leads_to_its_campaign_and_takes_the_filters_along(get: Get) -> None:
    made = october()
    page = get(basis="event", channel="email", sort="-sends").content.decode()
    assert f'href="/admin/marketing/campaigns/{made["spring"].pk}/?period=custom' in page
    assert re.search(r'campaigns/\d+/\?period=custom&amp;from=2026-10-01&amp;to=2026-10-02&amp;basis=event"', page)


def test_a_fragment_is_the_page_without_its_frame_and_has_the_shortest_address(get: Get) -> None:
    october()
    page, part = get(), get(HTMX, search="", columns=list(DEFAULT_COLUMNS), channel="")
    assert b"<html" not in part.content
    assert table_of(part) == table_of(page)
    assert part.headers["HX-Push-Url"] == f"{URL}?period=custom&from=2026-10-01&to=2026-10-02"


def test_a_sparkline_is_drawn_where_something_happened(get: Get) -> None:
    october()
    response = get(**{"from": "2026-09-20"})
    assert "Net revenue by day" in words_of(response)
    assert table_of(response).count('class="line"') == 2  # Autumn has earned nothing


def test_the_total_tells_how_it_changed(get: Get) -> None:
    october()
    assert "$2,230 ▲ up 123.0 %" in words_of(get())
    assert "▲" not in words_of(get(compare="none"))


def test_the_total_is_read_once_for_all_orders_and_columns_until_figures_change(get: Get) -> None:
    made = october()
    get()
    with CaptureQueriesContext(connection) as again:
        words = words_of(get(sort="name", columns="net_revenue"))
    assert "-- order:" in str(again.captured_queries)
    assert "-- kpis:" not in str(again.captured_queries)
    assert "$2,230 ▲ up 123.0 %" in words
    on_day(date(2026, 9, 29), made["ads"].pk, revenue=Decimal("115.00"))
    version(2)
    assert "$2,230 ▲ up 100.0 %" in words_of(get(sort="name", columns="net_revenue"))


def test_names_do_no_harm(get: Get) -> None:
    version()
    found = campaign("x", tags=["<b>"])
    Campaign.objects.filter(pk=found.pk).update(name="<script>alert(1)</script>")
    assert b"<script>alert" not in get().content


def test_without_the_database_the_page_says_so(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any, **__: Any) -> Any:
        raise OperationalError("gone")

    monkeypatch.setattr(page_module, "tags", away)
    response = get(search="spr")
    assert response.status_code == 503
    assert 'value="spr"' in response.content.decode()


def test_no_more_statements_with_more_campaigns(
    get: Get, many: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    asked = [("page", {}), ("csv", {"path": f"{URL}csv/"})]
    costs = []
    for _, where in asked:
        with CaptureQueriesContext(connection) as few:
            get(**where)
        costs.append(len(few))
    more = [Campaign(external_id=f"d{n}", name=f"D{n}", channel="sms", tags=[f"t{n}"]) for n in range(400)]
    for one in Campaign.objects.bulk_create(more):
        on_day(date(2026, 10, 2), one.pk, sends=3)
    version(2)
    for (name, where), cost in zip(asked, costs, strict=True):
        with django_assert_num_queries(cost, info=name):
            response: Any = get(**where)
    assert len(lines(response)) == 462
    assert get().content.decode().count("<option") < 160  # of 400 tags a hundred are offered


def test_the_file_has_the_columns_filters_and_order_of_the_page_and_all_rows(get: Get) -> None:
    made = october()
    Campaign.objects.filter(pk=made["spring"].pk).update(tags=["vip", "sale"])
    response: Any = get(path=f"{URL}csv/", columns="sends,open_rate,net_revenue,cpa", sort="name")
    assert response.headers["Content-Disposition"] == ('attachment; filename="campaigns-2026-10-01-to-2026-10-02.csv"')
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    raw = b"".join(response.streaming_content)
    assert raw.startswith(b'\xef\xbb\xbf"Campaign",')
    assert list(csv.reader(io.StringIO(raw.decode("utf-8-sig")))) == [
        ["Campaign", "Id", "Channel", "Status", "Tags", "Sends", "Open rate", "Net revenue (USD)",
         "Cost per acquisition (USD)"],
        ["Ads", "ads", "search", "running", "", "0", "", "400.00", "50.00"],
        ["Autumn", "autumn", "sms", "running", "", "200", "0.0", "0.00", ""],
        ["Spring", "spring", "email", "running", "vip, sale", "1000", "0.4", "1800.00", "22.73"],
        ["Unattributed", "", "", "", "", "0", "", "30.00", ""],
        ["Total", "", "", "", "", "1200", "0.3333333333", "2230.00", "27.78"],
    ]  # fmt: skip
    (_, ads, total) = lines(get(path=f"{URL}csv/", columns="sends", channel="search"))
    assert (ads[0], total[0]) == ("Ads", "Total")
    day: Any = get(path=f"{URL}csv/", to="2026-10-01")
    assert 'filename="campaigns-2026-10-01.csv"' in day.headers["Content-Disposition"]


@pytest.mark.parametrize("name", ["=1+1", "+1+1", "-1-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1"])
def test_no_name_becomes_a_formula_and_negative_figures_stay_numbers(get: Get, name: str) -> None:
    found = campaign("safe", tags=[name])
    Campaign.objects.filter(pk=found.pk).update(name=name, external_id=name)
    on_day(date(2026, 10, 1), found.pk, refunds=Decimal("5.00"))
    version()
    _, row, *_ = lines(get(path=f"{URL}csv/", columns="net_revenue"))
    assert row == [f"'{name}", f"'{name}", "email", "running", f"'{name}", "-5.00"]


def test_a_file_of_filters_that_cannot_be_used_leads_to_the_page_that_names_them(get: Get) -> None:
    response: Any = get(path=f"{URL}csv/", status="asleep")
    assert (response.status_code, response.url.split("?")[0]) == (302, URL)
    assert "status=asleep" in response.url


def test_page_fragment_api_and_file_say_the_same_of_random_scopes(get: Get, client: Client) -> None:
    made = october()
    Campaign.objects.filter(pk=made["spring"].pk).update(tags=["vip"], status="paused")
    dice = random.Random(4)
    for number in range(50):
        page, api, columns = question(dice)
        told = client.get("/api/v1/campaigns", api).json()
        kpis = client.get("/api/v1/kpi", {name: text for name, text in api.items() if name != "ordering"}).json()
        assert {name: kpi["value"] for name, kpi in kpis["metrics"].items()} == {
            name: told["total"]["metrics"][name] for name in columns
        }
        wanted = [row["name"] for row in told["results"]]
        file = lines(get(path=f"{URL}csv/", **page))
        assert [row[0] for row in file[1 : 1 + len(wanted)]] == wanted, (number, page)
        assert [row[5:] for row in file[1:]] == [
            [written(values[name]) for name in columns] for values in all_values(told)
        ], (number, page)
        for headers in ({}, HTMX):
            shown = get(headers, **page)
            assert names(shown) == wanted, (number, page)
            same_cells(shown, told, columns)


def question(dice: random.Random) -> tuple[dict[str, Any], dict[str, Any], tuple[str, ...]]:
    """The same for the page and for the API, and its columns."""
    first = date(2026, 9, 28) + timedelta(dice.randrange(5))
    last = first + timedelta(dice.randrange(6))
    some = dice.sample(COLUMNS, dice.randint(1, 6))
    columns = tuple(name for name in COLUMNS if name in some)
    order = dice.choice(["", "-"]) + dice.choice(["name", *columns])
    shared: dict[str, Any] = {"basis": dice.choice(["send", "event"])}
    for name, texts in (("channel", ["email", "sms"]), ("status", ["paused"]), ("tag", ["vip"]), ("search", ["a"])):
        if dice.random() < 0.25:
            shared[name] = dice.choice(texts)
    page = shared | {"from": str(first), "to": str(last), "columns": ",".join(columns), "sort": order}
    page["compare"] = dice.choice(["none", "previous", "last_year"])
    api = shared | {"start": str(first), "end": str(last + timedelta(1)), "metrics": ",".join(columns)}
    return page, api | {"ordering": order}, columns


def all_values(told: Any) -> list[dict[str, Any]]:
    rows = [*told["results"], *([told["unattributed"]] if told["unattributed"] else []), told["total"]]
    return [row["metrics"] for row in rows]


def written(value: Any) -> str:
    return "" if value is None else str(value)


def same_cells(shown: HttpResponse, told: Any, columns: tuple[str, ...]) -> None:
    """Each cell's text is that of the API's value; money has the decimals of its column."""
    page = shown.content.decode()
    body = page[page.index("<tbody>") : page.index("</table>")]
    if not told["count"]:
        assert "No campaign is like that" in body
        return
    rows = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.S)[1:] for row in re.findall(r"<tr.*?</tr>", body, re.S)]
    for cells, values in zip(rows, all_values(told), strict=True):
        for cell, name in zip(cells, columns, strict=True):
            text = re.sub(r"<[^>]+>", "", cell.split("<br>")[0])
            value = Decimal(values[name]) if BY_NAME[name].unit is Unit.MONEY and values[name] else values[name]
            texts = {figure(value, BY_NAME[name], "USD", places) for places in (0, 2)}
            assert text in texts or (name == "sends" and not value and text == "–"), name

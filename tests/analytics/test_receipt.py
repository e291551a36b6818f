"""Where a figure comes from: every figure of every page leads to a receipt that gives the same figure."""

import html
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError
from django.test import Client

from analytics.models import Campaign
from analytics.queries import kpis
from tests.analytics.test_overview import text_of
from tests.analytics.totals import campaign, in_hour, october, on_day
from tests.compliance.keys import headers

pytestmark = pytest.mark.django_db

URL = "/admin/marketing/receipt/"
HTMX = {"HX-Request": "true"}
DAYS = {"start": "2026-10-01", "end": "2026-10-03"}
HEADLINE = re.compile(r'class="value">([^<]*)<')
FIGURE = re.compile(r'<a class="(?:figure|ask)"[^>]* href="([^"]+)"[^>]*>(.*?)</a>', re.S)


@pytest.fixture
def portal(client: Client) -> Client:
    client.force_login(User.objects.create(username="ada", is_staff=True))
    return client


@pytest.fixture
def spring() -> Campaign:
    made = october()
    for number in range(9):
        on_day(
            date(2026, 10, 1), campaign(f"c{number}").id, sends=50, delivered=50, revenue=Decimal(100 * number), cost=7
        )
    in_hour(datetime(2026, 10, 1, 9, tzinfo=UTC), made["spring"].id, sends=600, unique_opens=120, revenue=Decimal(1200))
    in_hour(datetime(2026, 10, 1, 14, tzinfo=UTC), made["spring"].id, unique_opens=80, unique_clicks=50)
    return made["spring"]


def figures(page: str) -> dict[str, set[str]]:
    """The texts of the figures of a page by the address of their receipt; a question mark has none of its own."""
    found: dict[str, set[str]] = {}
    for address, inside in FIGURE.findall(page):
        text = html.unescape(re.sub(r"<[^>]+>", "", inside)).strip()
        found.setdefault(html.unescape(address), set()).update({text} - {"?"})
    return found


def number(text: str) -> Decimal | None:
    digits = re.sub(r"[^\d.]", "", text)
    return Decimal(digits) if digits else None


def says(receipt: str, text: str) -> bool:
    """Whether a figure stands in its receipt; a column of money may show fewer decimals."""
    if text in receipt:
        return True
    shown, values = number(text), [number(word) for word in receipt.split() if re.search(r"\d", word)]
    return shown is not None and any(value is not None and round(value) == shown for value in values)


PAGES = (
    "/admin/marketing/?period=custom&from=2026-10-01&to=2026-10-31",
    "/admin/marketing/?period=custom&from=2026-10-01&to=2026-10-01&compare=last_year&metric=sends",
    "/admin/marketing/?period=custom&from=2026-10-01&to=2026-10-02&channel=email&basis=event&metric=roas",
    "/admin/marketing/campaigns/{pk}/?period=custom&from=2026-10-01&to=2026-10-02",
    "/admin/marketing/campaigns/{pk}/drilldown/?period=custom&from=2026-10-01&to=2026-10-02&date=2026-10-01",
)


@pytest.mark.parametrize("address", PAGES)
def test_every_figure_of_a_page_stands_in_its_receipt(portal: Client, spring: Campaign, address: str) -> None:
    page = portal.get(address.format(pk=spring.pk)).content.decode()
    found = figures(page)
    assert len(found) > 20
    for source, texts in found.items():
        response: Any = portal.get(source, headers=HTMX)
        assert response.status_code == 200, source
        receipt = text_of(response)
        headline = " ".join(html.unescape(HEADLINE.findall(response.content.decode())[0]).split())
        for text in texts:
            assert says(headline, " ".join(text.split())), (source, text, receipt)
            assert says(receipt, " ".join(text.split())), (source, text, receipt)
    cells = re.findall(r"<td>(.*?)</td>", page, re.S)
    bare = [cell for cell in cells if not re.search('class="(figure|change)', cell)]  # the figure's receipt compares
    assert [cell for cell in bare if re.search(r"\d", re.sub(r"<[^>]+>", "", cell))] == []


@pytest.mark.parametrize(
    "of", ["", "&channel=email", "&campaign=spring&compare=previous", "&of=campaign&campaign=spring"]
)
def test_its_link_gives_the_same_figure_as_json(portal: Client, spring: Campaign, of: str) -> None:
    response: Any = portal.get(f"{URL}?start=2026-10-01&end=2026-10-03{of}&figure=net_revenue", headers=HTMX)
    value = number(re.search(r'class="value">([^<]+)<', response.content.decode())[1])  # type: ignore[index]
    link = html.unescape(re.findall(r'href="(/api[^"]+)"', response.content.decode())[0])
    body = portal.get(link, headers=headers("kpi:read", "campaigns:read")).json()
    assert round(Decimal(str(body["metrics"]["net_revenue"]["value"]))) == round(value or 0) != 0


def test_an_hour_is_its_own_and_knows_no_cost(portal: Client, spring: Campaign) -> None:
    asked = DAYS | {"campaign": "spring", "hour": "2026-10-01T09:00:00+00:00", "figure": "sends"}
    words = text_of(portal.get(URL, asked, headers=HTMX))  # type: ignore[arg-type]
    assert "Sends × 600" in words
    assert "Hour 2026-10-01 09:00" in words
    assert "× –" in text_of(portal.get(URL, asked | {"figure": "cost"}, headers=HTMX))  # type: ignore[arg-type]


def test_what_nobody_is_credited_with_and_the_others_add_up_with_the_rows(portal: Client, spring: Campaign) -> None:
    page = portal.get(PAGES[0]).content.decode()
    table = page[
        page.index('<section class="card" id="campaigns">') : page.index('<section class="card" id="channels">')
    ]
    parts, total = Decimal(0), Decimal(0)
    for source in figures(table):
        asked = parse_qs(urlsplit(source).query)
        if asked["figure"] != ["net_revenue"]:
            continue
        words = text_of(portal.get(source, headers=HTMX))  # type: ignore[arg-type]
        value = number(words.split("×")[1].split()[0]) or Decimal(0)
        if "of" in asked or "campaign" in asked:
            parts += value
        else:
            total = value
    assert parts == total != 0


def test_alone_it_is_a_page_of_the_portal(portal: Client, spring: Campaign) -> None:
    response: Any = portal.get(URL, DAYS | {"figure": "open_rate"})
    words = text_of(response)
    assert "Where does it come from?" in words
    assert "50 machine events" in words
    assert 'popovertarget="receipt"' not in response.content.decode()


@pytest.mark.parametrize(
    ("asked", "named", "way_out"),
    [
        ({}, "figure:", "GET /api/v1/metrics lists them."),
        ({"figure": "luck"}, "figure:", "no figure 'luck'"),
        ({"figure": "send"}, "figure:", "Did you mean sends? GET /api/v1/metrics lists them."),
        ({"figure": "roas", "of": "thin air"}, "of:", "it is one of"),
        ({"figure": "roas", "start": "soon"}, "start:", "write it as 2026-10-01"),
        ({"figure": "roas", "channel": "pigeon"}, "channel:", "there are email"),
        ({"figure": "roas", "campaign": "none"}, "campaign:", "There is no campaign"),
        ({"figure": "roas", "hour": "noon"}, "hour:", "write it as 2026-10-01T14:00"),
        ({"figure": "roas", "hour": "2026-10-01T14:30+00:00"}, "hour:", "write it as 2026-10-01T14:00"),
        ({"figure": "roas", "hour": "2026-10-01T14:00"}, "hour:", "write it as 2026-10-01T14:00"),
        ({"figure": "roas", "hour": "0001-01-01T00:00+14:00"}, "hour:", "dates lie between 2000-01-01"),
        ({"figure": "roas", "hour": "9999-12-31T23:59-23:59"}, "hour:", "dates lie between 2000-01-01"),
        ({"figure": "roas", "of": "unattributed", "channel": "email"}, "of:", "leave the filters out"),
        ({"figure": "roas", "of": "others", "ordering": "luck"}, "ordering:", "no metric"),
        ({"figure": "roas", "of": "others", "ordering": "-roas"}, "of:", "go back to the table"),
        ({"figure": "roas", "of": "campaign"}, "campaign:", "name it by its external id"),
        ({"figure": "roas", "of": "campaign", "campaign": "x\x00"}, "campaign:", "There is no campaign"),
        ({"figure": "24", "of": "best_hour", "campaign": "spring"}, "figure:", "There are 0, 1"),
    ],
)
def test_what_cannot_be_asked_is_named_with_the_way_out(
    portal: Client, asked: dict[str, str], named: str, way_out: str
) -> None:
    october()
    response: Any = portal.get(URL, DAYS | asked, headers=HTMX)
    assert response.status_code == 400
    assert named in text_of(response)
    assert way_out in html.unescape(text_of(response))


def test_strangers_go_to_the_login(client: Client) -> None:
    response: Any = client.get(URL, {"figure": "roas"})
    assert (response.status_code, response.url.startswith("/admin/login/")) == (302, True)


def test_without_the_database_it_says_so(portal: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_args: Any, **_more: Any) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(kpis, "summary", gone)
    assert portal.get(URL, DAYS | {"figure": "roas"}, headers=HTMX).status_code == 503

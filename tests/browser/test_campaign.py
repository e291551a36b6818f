"""A campaign's page and its drilldown in a real browser."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from analytics.models import Campaign, CampaignHourly
from analytics.models.totals import Basis
from tests.analytics.totals import ZEROS
from tests.browser.conftest import DESK, DRAWN, PHONE, Portal, follow
from tests.browser.test_overview_looks import grave

WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture
def spring(portal: Portal) -> str:
    """Where the e-mail campaign's page is; its clicks have hours."""
    found = Campaign.objects.get(external_id="spring")
    hours = timezone.now().replace(minute=0, second=0, microsecond=0) - timedelta(days=1)
    CampaignHourly.objects.bulk_create(
        CampaignHourly(
            **ZEROS | {"unique_clicks": 10 + back, "sends": back}, basis=basis, campaign_id=found.pk,
            hour=hours - timedelta(hours=back),
        )
        for back in range(24)
        for basis in (Basis.SEND, Basis.EVENT)
    )  # fmt: skip
    return f"campaigns/{found.pk}/"


def test_trend_funnel_and_hours_are_drawn(portal: Portal, spring: str) -> None:
    page = portal.open(spring, charts=True)
    page.wait_for_function(DRAWN)
    kinds = "id => document.querySelector(`#${id} .chart`)._fullData.map((trace) => trace.type)"
    assert page.evaluate(kinds, "funnel") == ["funnel"]
    assert page.evaluate(kinds, "best-hour") == ["bar", "bar"]
    assert page.evaluate(kinds, "trend")[0] == "scatter"
    steps = page.evaluate("document.querySelector('#funnel .chart')._fullData[0].x")
    assert list(steps) == sorted(steps, reverse=True)
    page.click("#funnel-table summary")
    rows = page.locator("#funnel-table tbody tr")
    assert [rows.nth(at).locator("td").first.inner_text() for at in range(5)] == [f"{step:,}" for step in steps]
    colour = "document.querySelector('#funnel .chart')._fullData[0].marker.color"
    assert page.evaluate(colour) == "#3b5bdb"
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_function(f"() => {colour} == '#8ea6ff'")


def test_a_day_opens_in_place_has_a_url_and_closes_with_back(portal: Portal, spring: str) -> None:
    page = portal.open(f"{spring}drilldown/")
    day = f"{timezone.now() - timedelta(days=3):%Y-%m-%d}"
    page.evaluate("window.same = true")
    page.click(f"#open-day-{day}")
    page.wait_for_url(f"**?date={day}")
    expect(page.locator("tr[id^=hour-]")).to_have_count(24)
    assert page.evaluate("window.same")  # the page was not loaded anew
    expect(page.locator(f"#open-day-{day}")).to_have_attribute("aria-expanded", "true")
    page.go_back()
    expect(page.locator("tr[id^=hour-]")).to_have_count(0)
    assert "date=" not in page.url
    page.go_forward()
    page.wait_for_selector("tr[id^=hour-]")
    page.select_option("#filter-basis", "event")
    page.wait_for_url(f"**?basis=event&date={day}")  # a filter keeps the day open
    page.click(".crumbs li:nth-child(2) a")
    page.wait_for_url(f"**/{spring}?basis=event")


@pytest.mark.parametrize("can_move", [True, False])
def test_the_focus_stays_on_the_day_that_opens_while_another_closes(
    portal: Portal, spring: str, can_move: bool
) -> None:
    page = portal.open(f"{spring}drilldown/")
    page.evaluate("can => { if (!can) delete Element.prototype.moveBefore; }", can_move)
    for back in (2, 5):
        day = f"{timezone.now() - timedelta(days=back):%Y-%m-%d}"
        page.focus(f"#open-day-{day}")
        page.keyboard.press("Enter")
        page.wait_for_selector(f"#open-day-{day}[aria-expanded=true]")
        page.wait_for_function("id => document.activeElement.id == id", arg=f"open-day-{day}")


def test_without_scripts_a_day_opens_by_its_link(portal: Portal, spring: str) -> None:
    page = portal.own(java_script_enabled=False)
    page.goto(f"{portal.url}/admin/marketing/{spring}")
    follow(page, "a.down")
    follow(page, "#days tbody th a >> nth=2")
    expect(page.locator("tr[id^=hour-]")).to_have_count(24)


@pytest.mark.parametrize(("size", "theme"), [(DESK, "dark"), (PHONE, "light")])
def test_axe_finds_nothing_grave_and_nothing_is_wider_than_the_screen(
    portal: Portal, spring: str, size: tuple[int, int], theme: str
) -> None:
    day = f"{timezone.now() - timedelta(days=1):%Y-%m-%d}"
    for path in (spring, f"{spring}drilldown/?date={day}"):
        page = portal.open(path, size=size, theme=theme)
        assert grave(page) == []
        assert not page.evaluate(WIDER)

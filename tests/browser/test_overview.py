import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DRAWN, OVERVIEW, PHONE, Portal, follow

if TYPE_CHECKING:
    from playwright.sync_api import Page

TILES = ("net_revenue", "roas", "cost", "open_rate", "click_rate", "conversion_rate")


def shown(page: "Page", tile: str = "net_revenue") -> str:
    return page.inner_text(f"#tile-{tile} .value")


def exact(page: "Page", tile: str) -> str | None:
    return page.get_attribute(f"#tile-{tile} .value", "data-value")


def test_every_figure_equals_what_its_link_gives_as_json(portal: Portal) -> None:
    page = portal.open()
    for tile in TILES:
        page.click(f"#ask-{tile}")
        page.wait_for_selector(f"#receipt a[href*='metrics={tile}']")
        assert page.inner_text("#receipt .value") == shown(page, tile)
        link = page.get_attribute("#receipt a", "href") or ""
        page.keyboard.press("Escape")
        expect(page.locator("#receipt")).to_be_hidden()
        answer = page.request.get(f"{portal.url}{link}").json()
        figure = answer["metrics"][tile]
        assert exact(page, tile) == str(figure["value"]), tile
        assert (figure["change"] > 0) == (page.inner_text(f"#tile-{tile} .change").startswith("▲")), tile


def test_the_trend_is_drawn_with_this_and_the_prior_period_and_has_its_table(portal: Portal) -> None:
    page = portal.open(charts=True)
    page.wait_for_function(DRAWN)
    drawn = page.evaluate(
        "document.querySelector('.chart')._fullData.map((trace) => [trace.meta, trace.type, trace.x.length])"
    )
    assert drawn == [["prior", "scatter", 30], ["this", "scatter", 30], ["so far", "scatter", 2]]
    page.click("#trend-table summary")
    expect(page.locator("#trend-table tbody tr")).to_have_count(30)
    page.select_option("#filter-metric", "open_rate")
    page.wait_for_selector("#trend h2:has-text('Open rate by day')")
    expect(page.locator("#trend-table tbody tr").first).to_be_visible()  # the table stays open
    page.wait_for_function("() => document.querySelector('.chart')._fullData[1].y.every((rate) => rate < 1)")


def test_a_channel_filter_is_in_the_url_survives_a_reload_and_goes_with_back(portal: Portal) -> None:
    page = portal.open(charts=True)
    whole = shown(page)
    page.select_option("#filter-channel", "email")
    page.wait_for_url("**?channel=email")
    mail = shown(page)
    assert mail != whole
    page.reload()
    assert (shown(page), page.input_value("#filter-channel")) == (mail, "email")
    page.select_option("#filter-compare", "none")
    page.wait_for_url("**?compare=none&channel=email")
    page.wait_for_function("() => !document.querySelector('.change')")
    page.go_back()
    page.wait_for_url(re.compile(r"\?channel=email$"))
    page.wait_for_selector(".change")
    assert (shown(page), page.input_value("#filter-compare")) == (mail, "previous")
    page.go_back()
    page.wait_for_function("() => document.querySelector('#filter-channel').value == ''")
    expect(page).to_have_url(f"{portal.url}{OVERVIEW}")
    assert shown(page) == whole
    page.go_forward()
    page.wait_for_function("() => document.querySelector('#filter-channel').value == 'email'")
    assert shown(page) == mail
    page.wait_for_function(DRAWN)


def test_a_campaign_of_the_ranking_opens_its_page_and_takes_the_filters_along(portal: Portal) -> None:
    page = portal.open("?period=7d")
    page.select_option("#filter-campaign", "spring")
    page.wait_for_url("**?period=7d&campaign=spring")
    page.wait_for_function("() => document.querySelectorAll('#campaigns tbody tr').length == 1")
    page.click("#sort-sends")
    page.wait_for_url("**?period=7d&campaign=spring&sort=-sends")
    page.wait_for_selector("th[aria-sort=descending]:has-text('Sends')")
    page.click("#campaigns a:has-text('Spring')")
    page.wait_for_url("**/campaigns/*/?period=7d")
    page.click(".crumbs a")
    page.wait_for_url("**/campaigns/?period=7d")


def test_a_custom_period_takes_two_dates(portal: Portal) -> None:
    page = portal.open()
    page.select_option("#filter-period", "custom")
    page.wait_for_selector("#filter-from")
    first, last = page.input_value("#filter-from"), page.input_value("#filter-to")
    page.fill("#filter-from", last)
    page.wait_for_url(f"**?period=custom&from={last}&to={last}")
    page.wait_for_selector("#trend h2:has-text('by hour')")
    assert first < last


def test_the_date_set_last_stands_and_the_other_goes_along(portal: Portal) -> None:
    page = portal.open("?from=2026-01-05&to=2026-01-09")
    page.fill("#filter-from", "2026-02-01")
    page.wait_for_url("**?period=custom&from=2026-02-01&to=2026-02-01")
    page.fill("#filter-to", "2026-02-03")
    page.wait_for_url("**?period=custom&from=2026-02-01&to=2026-02-03")
    page.fill("#filter-to", "2026-01-03")
    page.wait_for_url("**?period=custom&from=2026-01-03&to=2026-01-03")


def test_several_channels_are_a_select_each_and_each_can_be_taken_away(portal: Portal) -> None:
    page = portal.open("?channel=email,search")
    both = shown(page)
    assert (page.input_value("#filter-channel"), page.input_value("#filter-channel-2")) == ("email", "search")
    page.select_option("#filter-compare", "none")
    page.wait_for_url("**?compare=none&channel=email&channel=search")
    assert shown(page) == both
    page.select_option("#filter-channel-2", "")
    page.wait_for_url("**?compare=none&channel=email")
    page.wait_for_selector("#filter-channel-2", state="detached")
    assert shown(page) != both


def test_a_filter_that_means_nothing_is_named_and_the_rest_is_kept(portal: Portal) -> None:
    page = portal.open("?channel=pigeon&compare=none")
    assert "Channel: There is no channel 'pigeon'" in page.inner_text("#problems")
    assert page.input_value("#filter-compare") == "none"
    assert shown(page).startswith("$")


def test_the_page_works_without_scripts(portal: Portal) -> None:
    page = portal.own(java_script_enabled=False)
    page.goto(f"{portal.url}{OVERVIEW}")
    page.select_option("#filter-channel", "search")
    follow(page, "#filters button")
    assert "channel=search" in page.url
    assert page.locator("#filter-channel option[selected]").text_content() == "Search"
    expect(page.locator("#trend noscript")).to_be_visible()
    expect(page.locator(".chart")).to_be_hidden()
    expect(page.locator("#trend-table tbody tr").first).to_be_visible()
    follow(page, "#ask-roas")
    expect(page.locator(".receipt h2")).to_have_text("ROAS")
    expect(page.locator(".receipt a")).to_be_visible()


def test_a_keyboard_is_enough(portal: Portal) -> None:
    page = portal.open()
    page.focus("#filter-basis")
    page.keyboard.press("Tab")
    expect(page.locator("#ask-net_revenue")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_selector("#receipt:popover-open")
    page.keyboard.press("Escape")
    expect(page.locator("#receipt")).to_be_hidden()
    expect(page.locator("#ask-net_revenue")).to_be_focused()
    page.focus("#filter-channel")
    page.keyboard.press("ArrowDown")  # a closed list changes at once; the focus stays for the next key
    page.wait_for_url("**?channel=email")
    expect(page.locator("#filter-channel")).to_be_focused()


@pytest.mark.parametrize("query", ["", "?period=today", "?period=7d&channel=search&compare=none"])
def test_nothing_is_wider_than_a_small_phone(portal: Portal, query: str) -> None:
    page = portal.open(query, size=PHONE, charts=not query)
    if not query:
        page.wait_for_function(DRAWN)
    page.click("#trend-table summary")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    tops = page.eval_on_selector_all(".tile", "tiles => tiles.map((tile) => tile.getBoundingClientRect().top)")
    assert tops[0] == tops[1] < tops[2] == tops[3]
    page.click("#ask-cost")
    page.wait_for_selector("#receipt:popover-open")
    box = page.locator("#receipt").bounding_box()
    assert box is not None
    assert (box["x"], box["width"]) == (0, 360)


def test_figures_of_a_table_are_asked_by_click_and_by_arrows_and_are_one_stop_for_tab(portal: Portal) -> None:
    page = portal.open()
    table = "#campaigns tbody tr"
    page.click(f"{table}:nth-child(1) td:nth-of-type(1) .figure")
    page.wait_for_selector("#receipt:popover-open")
    assert page.inner_text("#receipt h2") == "Sends"
    assert page.inner_text("#receipt .value") == page.inner_text(f"{table}:nth-child(1) td:nth-of-type(1)")
    page.keyboard.press("Escape")
    expect(page.locator("#receipt")).to_be_hidden()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector("#receipt:popover-open")
    assert page.inner_text("#receipt h2") == "Open rate"
    assert page.inner_text("#receipt .value") == page.inner_text(f"{table}:nth-child(2) td:nth-of-type(2)")
    page.keyboard.press("Escape")
    expect(page.locator("#receipt")).to_be_hidden()
    stops = "document.querySelectorAll('#campaigns .figure:not([tabindex=\"-1\"])').length"
    assert page.evaluate(stops) == 1
    with page.context.expect_page() as opened:
        page.click(f"{table}:nth-child(1) td:nth-of-type(1) .figure", modifiers=["Control"])
    expect(opened.value.locator("h1")).to_have_text("Where does it come from?")
    opened.value.close()
    page.route("**/receipt/**", lambda route: route.abort())
    page.click("#ask-roas")
    page.wait_for_selector("#receipt:popover-open")
    assert page.inner_text("#receipt") == "Could not be read: no connection."

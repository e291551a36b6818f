from typing import TYPE_CHECKING, Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import DESK, DRAWN, PHONE, Portal

if TYPE_CHECKING:
    from playwright.sync_api import Page

BACKGROUND = "getComputedStyle(document.querySelector('.marketing')).backgroundColor"
LINE = "document.querySelector('.chart')?._fullData?.[1].line.color"
LIGHT, DARK = "rgb(246, 247, 249)", "rgb(14, 17, 22)"


def grave(page: "Page", part: str = ".marketing", **options: Any) -> list[str]:
    """What axe-core finds serious or critical in a part of the page."""
    found = Axe().run(page, context=part, options=options).response["violations"]
    return [
        f"{rule['id']}: {node['html']}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_axe_finds_nothing_grave(portal: Portal, size: tuple[int, int]) -> None:
    page = portal.open("?channel=pigeon", size=size)
    page.click("#trend-table summary")
    page.evaluate("document.querySelector('#not-applied').hidden = false")
    assert grave(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_grave_in_a_receipt_and_in_the_colours_of_a_theme(portal: Portal, theme: str) -> None:
    page = portal.open("?channel=pigeon", theme=theme)
    if theme == "dark":  # the light ones are looked at above
        page.evaluate("document.querySelector('#not-applied').hidden = false")
        assert grave(page, runOnly=["color-contrast"]) == []
    page.click("#ask-roas")
    page.wait_for_selector("#receipt:popover-open")
    assert grave(page, "#receipt") == []


def test_axe_finds_nothing_grave_in_a_drawn_trend(portal: Portal) -> None:
    page = portal.open(charts=True)
    page.wait_for_function(DRAWN)
    assert grave(page, "#trend") == []


def test_dark_follows_the_portal_and_the_chart_follows_dark(portal: Portal) -> None:
    page = portal.open(charts=True)
    page.wait_for_function(DRAWN)
    assert (page.evaluate(BACKGROUND), page.evaluate(LINE)) == (LIGHT, "#3b5bdb")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_function(f"() => {LINE} == '#8ea6ff'")
    assert page.evaluate(BACKGROUND) == DARK


@pytest.mark.parametrize(("system", "background"), [("light", LIGHT), ("dark", DARK)])
def test_auto_follows_the_system(portal: Portal, system: Literal["light", "dark"], background: str) -> None:
    page = portal.open(theme="auto", system=system)
    assert page.evaluate(BACKGROUND) == background


def test_the_tabs_begin_where_the_page_begins_and_the_pages_have_an_icon(portal: Portal) -> None:
    page = portal.open(size=(1920, 900))
    lefts = "[...document.querySelectorAll('.tabs a, .head h1')].map((element) => element.getBoundingClientRect().left)"
    tab, *_others, title = page.evaluate(lefts)
    assert tab == title
    icon = page.get_attribute("link[rel=icon]", "href") or ""
    assert page.request.get(f"{portal.url}{icon}").headers["content-type"] == "image/svg+xml"


def test_the_portal_around_it_keeps_its_look(portal: Portal) -> None:
    page = portal.open()
    look = """[...document.querySelectorAll('#header, #branding, #user-tools, #user-tools a')].map((element) => {
        const style = getComputedStyle(element);
        return [element.tagName, style.color, style.backgroundColor, style.fontSize, style.padding];
    })"""
    ours = page.evaluate(look)
    page.goto(f"{portal.url}/admin/")
    assert ours == page.evaluate(look)

"""Recommendations in a real browser: decided upon in place, undone in time, by two people at once, without scripts."""

from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import expect

from analytics.models import Campaign
from recommendations.models import Recommendation
from tests.browser.conftest import DESK, PHONE, READY, Portal, follow
from tests.browser.test_campaign import WIDER
from tests.browser.test_overview_looks import grave
from tests.recommendations.made import made

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

LIST = "recommendations/"
ACCEPT = "button:has-text('Accept')"


@pytest.fixture
def two(portal: Portal) -> tuple[str, str]:
    """The cards of two open recommendations, the one that is worth more first."""
    made_ = (made(money=90), made("subject_line", Campaign.objects.get(external_id="spring"), money=10))
    return f"#recommendation-{made_[0].pk}", f"#recommendation-{made_[1].pk}"


def states() -> list[str]:
    return list(Recommendation.objects.order_by("pk").values_list("state", flat=True))


def focused(page: "Page") -> "Locator":
    return page.locator(":focus")


def test_accept_and_undo_in_place(portal: Portal, two: tuple[str, str]) -> None:
    page = portal.open(LIST)
    page.evaluate("window.same = true")
    page.click(f"{two[0]} {ACCEPT}")
    page.wait_for_selector(f"{two[0]} >> text=Accepted by ada")
    assert states() == ["accepted", "open"]
    expect(page.locator("#said")).to_have_text("Accepted. You can undo it for 10 seconds.")
    expect(focused(page)).to_have_text("Undo")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"{two[0]} {ACCEPT}")
    assert states() == ["open", "open"]
    expect(page.locator("#said")).to_have_text("Undone.")
    assert page.evaluate("window.same")


def test_the_undo_goes_when_its_time_is_over_and_the_focus_stays_in_the_card(
    portal: Portal, two: tuple[str, str]
) -> None:
    page = portal.own()
    page.clock.install()
    page.goto(f"{portal.url}/admin/marketing/{LIST}")
    before = page.evaluate("Date.now()")
    page.click(f"{two[0]} {ACCEPT}")
    page.wait_for_selector(f"{two[0]} .undo")
    page.clock.run_for(5_000)
    left, now = page.evaluate("[document.querySelector('.undo progress').value, Date.now()]")
    assert 10 - (now - before) / 1000 <= left < 6  # the clock goes on by itself, too
    page.clock.run_for(5_200)
    expect(page.locator(".undo")).to_have_count(0)
    expect(page.locator(two[0])).to_be_focused()


def test_dismiss_says_what_is_missing_and_then_why(portal: Portal, two: tuple[str, str]) -> None:
    page = portal.open(LIST)
    page.click(f"{two[1]} summary:has-text('Dismiss')")
    page.fill(f"{two[1]} [name=note]", "Not before Christmas")
    page.click(f"{two[1]} button:has-text('Dismiss')")
    page.wait_for_selector(f"{two[1]} >> text=Choose why.")
    expect(page.locator(f"{two[1]} [name=note]")).to_have_value("Not before Christmas")
    expect(page.locator(f"{two[1]} [name=reason]")).to_be_focused()
    assert grave(page, two[1]) == []
    page.select_option(f"{two[1]} [name=reason]", "too_risky")
    page.click(f"{two[1]} button:has-text('Dismiss')")
    page.wait_for_selector(f"{two[1]} >> text=too risky. “Not before Christmas”")
    assert states() == ["open", "dismissed"]


def test_of_two_who_decide_the_second_is_told(portal: Portal, client: Client, two: tuple[str, str]) -> None:
    mine, page = portal.open(LIST), portal.own()
    other = Client()
    other.force_login(User.objects.create(username="grace", is_staff=True, is_superuser=True))
    page.context.add_cookies([{"name": "sessionid", "value": other.cookies["sessionid"].value, "url": portal.url}])
    page.goto(f"{portal.url}/admin/marketing/{LIST}")
    page.click(f"{two[0]} {ACCEPT}")
    page.wait_for_selector(f"{two[0]} >> text=Accepted by grace")
    mine.click(f"{two[0]} {ACCEPT}")
    mine.wait_for_selector(f"{two[0]} [role=alert]:has-text('Nothing was changed. grace accepted this')")
    expect(mine.locator(f"{two[0]} .undo")).to_have_count(0)
    expect(focused(mine)).to_contain_text("Nothing was changed.")


def test_what_could_not_be_sent_says_so(portal: Portal, two: tuple[str, str]) -> None:
    page = portal.own()
    page.goto(f"{portal.url}/admin/marketing/{LIST}")
    page.route("**/accept/", lambda route: route.abort())
    page.click(f"{two[0]} {ACCEPT}")
    page.wait_for_selector(f"{two[0]} >> text=Not done; try again.")
    page.unroute("**/accept/")
    page.click(f"{two[0]} {ACCEPT}")
    page.wait_for_selector(f"{two[0]} >> text=Accepted by ada")


def test_without_scripts_a_decision_is_made_and_undone(portal: Portal, two: tuple[str, str]) -> None:
    page = portal.own(java_script_enabled=False)
    page.goto(f"{portal.url}/admin/marketing/{LIST}")
    page.click(f"{two[1]} summary:has-text('Later')")
    follow(page, f"{two[1]} button:has-text('Put off')")
    assert states() == ["open", "snoozed"]
    follow(page, "button:has-text('Undo')")
    expect(page.locator(ACCEPT).first).to_be_visible()
    assert states() == ["open", "open"]
    follow(page, ".crumbs a")
    page.select_option("#filter-channel", "email")
    follow(page, "noscript button")
    expect(page.locator("article")).to_have_count(1)


def test_a_filter_applies_in_place_and_back_takes_it_back(portal: Portal, two: tuple[str, str]) -> None:
    page = portal.open(LIST)
    page.evaluate("window.same = true")
    page.select_option("#filter-channel", "email")
    page.wait_for_url("**?channel=email")
    page.wait_for_selector(two[0], state="detached")
    page.go_back()
    page.wait_for_selector(two[0])
    page.click(f"{two[0]} a.figure >> nth=0")
    page.wait_for_selector("#receipt:popover-open >> text=Counted now")
    assert page.evaluate("window.same")


def test_panels_stand_on_the_overview_and_on_the_campaigns_page(portal: Portal, two: tuple[str, str]) -> None:
    page = portal.open()
    page.wait_for_selector(".advised li >> nth=1")
    assert grave(page, ".panel") == []
    page.select_option("#filter-channel", "email")  # the page's filters are the panel's
    page.wait_for_selector(".advised li >> nth=1", state="detached")
    page.select_option("#filter-channel", "")
    page.wait_for_selector(".advised li >> nth=1")
    page.click(".advised a >> text=Cut its budget >> nth=1")
    page.click("article a:has-text('Spring')")
    page.wait_for_selector("#advice-title")
    expect(page.locator(".advised li")).to_have_count(1)
    page.goto(f"{portal.url}/admin/marketing/campaigns/{Campaign.objects.get(external_id='ads').pk}/")
    page.wait_for_function(READY)
    expect(page.locator(".panel")).to_be_hidden()


@pytest.mark.parametrize(("size", "theme"), [(DESK, "dark"), (PHONE, "light"), (PHONE, "dark")])
def test_axe_finds_nothing_grave_and_nothing_is_wider_than_the_screen(
    portal: Portal, two: tuple[str, str], size: tuple[int, int], theme: str
) -> None:
    page = portal.open(f"{LIST}?rule=pigeon", size=size, theme=theme)
    for closed in ("Dismiss", "How this was"):
        page.click(f"{two[0]} summary:has-text('{closed}')")
    page.click("#rules summary >> nth=0")
    page.click(f"{two[1]} {ACCEPT}")
    page.wait_for_selector(f"{two[1]} .undo")
    assert grave(page) == []
    assert not page.evaluate(WIDER)

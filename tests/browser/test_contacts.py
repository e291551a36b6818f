"""From the figures to the people behind them and back: the dialog, the countdown, the values that go by themselves."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from compliance.models import ConsentGrant
from tests.analytics.people import CANARY, NAMES, acts, contact_of, deeds, took_in
from tests.browser.conftest import DESK, PHONE, Portal, follow
from tests.browser.test_campaign import WIDER
from tests.browser.test_overview_looks import grave
from tests.compliance.access import REASON

if TYPE_CHECKING:
    from playwright.sync_api import Page

YESTERDAY = datetime.combine(timezone.now().date() - timedelta(days=1), datetime.min.time(), UTC)
DAY = f"{YESTERDAY:%Y-%m-%d}"
STORED = "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, history.state])"


@pytest.fixture
def spring(portal: Portal) -> str:
    """Where the campaign is whose people did something yesterday."""
    found = took_in(list(deeds([*NAMES, *(f"{name}@example.org" for name in ("x", "hana"))], YESTERDAY)), YESTERDAY)
    return f"campaigns/{found.pk}/"


def list_shown(page: "Page") -> None:
    """And its scripts have run, before which a button sends its form as it does without them."""
    page.wait_for_selector("#list")
    page.wait_for_load_state()


def consented(page: "Page", purpose: str = "complaint", reason: str = REASON) -> None:
    page.select_option("#purpose", purpose)
    page.fill("#reason", reason)
    page.click(".consent .primary")


def opened(portal: Portal, spring: str, where: str = "", page: "Page | None" = None, **options: object) -> "Page":
    """The contacts of the day, behind a grant that was just opened."""
    page = page or portal.page(portal.shared, **options)  # type: ignore[arg-type]
    page.goto(f"{portal.url}/admin/marketing/{spring}contacts/{where or f'?date={DAY}'}")
    consented(page)
    page.wait_for_selector("[data-left]")
    list_shown(page)
    return page


def focused(page: "Page", target: str) -> None:
    page.wait_for_function("target => document.activeElement.matches(target)", arg=target)


def tab_to(page: "Page", target: str) -> None:
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("target => document.activeElement.matches(target)", target):
            return
    raise AssertionError(f"Tab never came to {target}")


def test_from_day_to_hour_to_contacts_through_the_dialog_by_keyboard_alone(portal: Portal, spring: str) -> None:
    page = portal.open(f"{spring}drilldown/")
    tab_to(page, f"#open-day-{DAY}")
    page.keyboard.press("Enter")
    page.wait_for_selector("tr.hour")
    focused(page, f"#open-day-{DAY}")
    tab_to(page, "a[aria-label='Show contacts of 09:00']")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open]")
    focused(page, "#purpose")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog[open]", state="detached")
    focused(page, "a[aria-label='Show contacts of 09:00']")  # where one was

    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open]")
    focused(page, "#purpose")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("too short")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("#reason-error")
    focused(page, "#reason")
    page.keyboard.type(" before, now long enough")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/contacts/?date={DAY}&hour=9")
    expect(page.locator("#list tbody tr")).to_have_count(9)
    assert CANARY not in page.content()

    tab_to(page, ".who button")
    page.keyboard.press("Enter")
    expect(page.locator(".revealed")).to_have_text(CANARY)
    focused(page, ".revealed")
    while not page.evaluate("document.activeElement.matches('.grant button')"):
        page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/drilldown/")
    assert [act for act, _ in acts()] == ["granted", "listed", "revealed", "ended"]


def test_no_address_is_kept_by_the_browser(portal: Portal, spring: str) -> None:
    page = opened(portal, spring)
    page.locator(".who button").first.click()
    page.wait_for_selector(".revealed")
    follow(page, "#list small a >> nth=0")
    expect(page.locator("#timeline")).to_be_visible()
    assert "example" not in page.evaluate(STORED)
    assert "example" not in page.url
    page.go_back()
    list_shown(page)
    assert CANARY not in page.content()  # asked anew, masked


def test_a_grant_that_runs_out_hides_the_people_and_says_so_by_itself(portal: Portal, spring: str) -> None:
    page = portal.own()
    page.clock.install()
    opened(portal, spring, page=page)
    page.locator(".who button").first.click()
    page.wait_for_selector(".revealed")
    page.clock.run_for("14:02")
    expect(page.locator(".grant.soon")).to_be_visible()
    expect(page.locator("#list")).to_be_visible()
    page.clock.run_for("00:59")
    expect(page.locator(".state")).to_contain_text("Your grant is over")
    assert "example" not in page.content()
    assert "•••" not in page.content()


def test_a_grant_that_the_server_ended_hides_the_people_at_the_next_act(portal: Portal, spring: str) -> None:
    page = opened(portal, spring)
    ConsentGrant.objects.update(ended_at=timezone.now())
    page.locator(".who button").first.click()
    page.wait_for_selector(".state")
    assert "example" not in page.content()
    assert acts()[-1] == ("refused", [contact_of(CANARY)])


def test_ending_in_one_tab_hides_the_people_in_the_other(portal: Portal, spring: str) -> None:
    one = opened(portal, spring)
    other = portal.page(portal.shared)
    other.goto(one.url)
    other.click(".grant button")
    one.wait_for_selector(".state")
    assert "example" not in one.content()


def test_without_scripts_dialog_reveal_and_end_are_plain_pages(portal: Portal, spring: str) -> None:
    page = portal.own(java_script_enabled=False)
    page.goto(f"{portal.url}/admin/marketing/{spring}drilldown/?date={DAY}")
    follow(page, "a[aria-label='Show contacts of 09:00']")
    follow(page, ".consent .primary")
    expect(page.locator("#purpose-error")).to_have_text("Choose what you need this for.")
    with page.expect_navigation():
        consented(page)
    expect(page.locator("#list tbody tr")).to_have_count(9)
    assert int(page.get_attribute("noscript meta", "content") or 0) in range(840, 901)
    follow(page, ".who button >> nth=0")
    expect(page.locator(".revealed")).to_have_text(CANARY)
    assert "example" not in page.url
    follow(page, ".grant button")
    assert page.url.endswith("/drilldown/")
    assert [act for act, _ in acts()] == ["granted", "listed", "revealed", "timeline", "ended"]


def test_a_dialog_whose_form_cannot_be_sent_keeps_what_was_typed(portal: Portal, spring: str) -> None:
    page = portal.open(f"{spring}drilldown/?date={DAY}")
    page.click("a[aria-label='Show contacts of 09:00']")
    page.wait_for_selector("dialog[open]")
    page.route("**/consent/*", lambda route: route.abort())
    consented(page)
    page.wait_for_selector(".consent [role=alert]:not([hidden])")
    assert page.input_value("#reason") == REASON
    page.unroute("**/consent/*")
    page.click(".consent .primary")
    list_shown(page)


@pytest.mark.parametrize(("size", "theme"), [(DESK, "dark"), (PHONE, "light")])
def test_axe_finds_nothing_grave_and_nothing_is_wider_than_the_screen(
    portal: Portal, spring: str, size: tuple[int, int], theme: str
) -> None:
    page = portal.open(f"{spring}drilldown/?date={DAY}", size=size, theme=theme)
    page.click("a[aria-label='Show contacts of 09:00']")
    page.wait_for_selector("dialog[open]")
    page.click(".consent .primary")
    page.wait_for_selector("#purpose-error")
    assert grave(page, "dialog") == []
    consented(page)
    list_shown(page)
    page.locator(".who button").first.click()
    page.wait_for_selector(".revealed")
    assert grave(page) == []
    assert not page.evaluate(WIDER)
    page.goto(page.url.replace("hour=9", "hour=12"))
    page.wait_for_selector("#too-few")
    assert not page.evaluate(WIDER)
    page.goto(f"{portal.url}/admin/marketing/{spring}contacts/{contact_of(CANARY)}/")
    assert grave(page) == []
    assert not page.evaluate(WIDER)

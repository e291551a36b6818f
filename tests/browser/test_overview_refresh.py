"""The page keeps its figures fresh by itself; nobody may notice but by the figures."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.db import OperationalError
from playwright.sync_api import expect

from analytics.pages import overview
from compliance.models import WebSession
from tests.browser.conftest import OVERVIEW, READY, Portal

if TYPE_CHECKING:
    from playwright.sync_api import Page, Response

LATER = 31_000
# How often the page asked for its figures, and when it had done what an answer to a poll asks for.
COUNT = """() => {
  window.asked = 0;
  const ours = ({ detail }) => detail.elt.matches("#filters, #refresh");
  document.body.addEventListener("htmx:beforeSend", (event) => { if (ours(event)) window.asked += 1; });
}"""
WATCH_POLL = """() => {
  window.polled = new Promise((done) => document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.elt.id === "refresh") done();
  }));
}"""
# An answer that never comes gives the test all the time to look; its end comes when the test says so.
KEEP_REQUEST = (
    """() => document.body.addEventListener("htmx:beforeSend", ({ detail }) => { window.kept = detail.xhr; })"""
)


@pytest.fixture
def page(portal: Portal) -> "Page":
    """The page with a clock that can be put forward."""
    page = portal.own()
    page.clock.install()
    page.goto(f"{portal.url}{OVERVIEW}", wait_until="domcontentloaded")
    page.wait_for_function(READY)
    return page


def asks_again(answer: "Response") -> bool:
    return answer.request.headers.get("hx-trigger") == "refresh"


def poll(page: "Page") -> "Response":
    """Lets the page ask for its figures, and take in the answer."""
    page.evaluate(WATCH_POLL)
    with page.expect_response(asks_again) as answer:
        page.clock.run_for(LATER)
    page.evaluate("window.polled")
    return answer.value


def test_new_figures_come_in_without_a_jump(page: "Page", more_revenue: Callable[[], None]) -> None:
    page.click("#trend-table summary")
    page.evaluate("scrollTo(0, 300)")
    page.focus("#sort-sends")
    page.evaluate("document.querySelector('#receipt').showPopover()")
    page.evaluate("document.querySelector('#tile-cost').mine = 'untouched'")
    before = page.inner_text("#tile-net_revenue .value")
    more_revenue()
    assert poll(page).status == 200
    page.wait_for_function(
        "before => document.querySelector('#tile-net_revenue .value').innerText != before", arg=before
    )
    expect(page.locator("#receipt")).to_be_visible()
    expect(page.locator("#trend-table tbody")).to_be_visible()
    assert page.evaluate("[scrollY, document.activeElement.id]") == [300, "sort-sends"]
    assert page.evaluate("document.querySelector('#tile-cost').mine") == "untouched"
    assert page.url.endswith(OVERVIEW)


def test_an_unchanged_poll_is_not_sent_again_in_full(page: "Page") -> None:
    assert poll(page).status == 304
    answer = poll(page)
    assert answer.status == 304
    assert page.inner_text("#fresh").startswith("as of ")
    assert int(page.inner_text("[data-age]").split()[0]) <= int(answer.headers["figures-age"]) + LATER / 1000


def test_a_hidden_tab_asks_nothing_and_asks_at_once_when_it_is_seen_again(page: "Page") -> None:
    page.evaluate(COUNT)
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    page.clock.run_for(5 * LATER)
    assert page.evaluate("asked") == 0
    page.evaluate("Object.defineProperty(document, 'hidden', {value: false, configurable: true})")
    with page.expect_response(asks_again):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_what_is_on_the_page_already_is_not_asked_for_again(page: "Page") -> None:
    page.evaluate(COUNT)
    page.evaluate("htmx.trigger('#refresh', 'refresh')")
    page.evaluate("document.querySelector('#filters').requestSubmit()")
    page.evaluate("document.querySelector('#filters').requestSubmit()")
    assert page.evaluate("asked") == 1
    page.select_option("#filter-channel", "email")
    page.wait_for_url("**?channel=email")
    assert page.evaluate("asked") == 2


def broken(*_args: Any, **_options: Any) -> None:
    raise OperationalError("canceling statement due to statement timeout")


def test_a_failing_poll_keeps_the_figures_and_says_so(page: "Page", monkeypatch: pytest.MonkeyPatch) -> None:
    before = page.inner_text("#tile-net_revenue .value")
    with monkeypatch.context() as failing:
        failing.setattr(overview, "with_campaigns", broken)
        assert poll(page).status == 503
        page.wait_for_selector("#stale:has-text('could not refresh')")
        assert page.inner_text("#tile-net_revenue .value") == before
    assert poll(page).status == 304
    page.wait_for_selector("#stale", state="hidden")


def test_failing_figures_say_what_was_kept_and_can_be_tried_again(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = portal.open()
    with monkeypatch.context() as failing:
        failing.setattr(overview, "summary", broken)
        page.select_option("#filter-channel", "email")
        page.wait_for_selector("#failed")
        assert "channel=email" in page.url
        assert page.input_value("#filter-channel") == "email"
    page.click("#failed a")
    page.wait_for_selector("#tiles")


def fails_with(page: "Page", status: int) -> None:
    """From now on somebody in between answers, or nobody does (0)."""
    page.route(
        "**/marketing/**", lambda route: route.fulfill(status=status, body="<p>no</p>") if status else route.abort()
    )


def test_a_page_that_cannot_refresh_for_minutes_says_so_above_all_until_it_can(page: "Page") -> None:
    expect(page.locator("#behind")).to_be_hidden()
    fails_with(page, 503)
    page.clock.run_for(4 * 60_000)
    expect(page.locator("#behind")).to_be_hidden()
    page.clock.run_for(2 * 60_000)
    expect(page.locator("#behind")).to_contain_text("more than 5 minutes old")
    page.unroute("**/marketing/**")
    poll(page)
    expect(page.locator("#behind")).to_be_hidden()


@pytest.mark.parametrize(
    ("status", "says"), [(500, "answered 500"), (503, "answered 503"), (404, "404"), (0, "no conn")]
)
def test_a_change_that_fails_is_told_and_words_and_figures_stay_together(
    portal: Portal, status: int, says: str
) -> None:
    page = portal.open("?compare=none")
    whole = page.inner_text("#tile-net_revenue .value")
    fails_with(page, status)
    page.select_option("#filter-channel", "email")
    page.wait_for_selector(f"[role=alert]:has-text('{says}')")
    assert (page.input_value("#filter-channel"), page.inner_text("#tile-net_revenue .value")) == ("", whole)
    assert page.url.endswith("?compare=none")
    assert page.get_attribute("#overview", "aria-busy") is None
    page.unroute("**/marketing/**")
    page.click("#try-again")
    page.wait_for_url("**?compare=none&channel=email")
    page.wait_for_selector("#not-applied", state="hidden")
    assert page.input_value("#filter-channel") == "email"
    assert page.inner_text("#tile-net_revenue .value") != whole


def test_an_answer_that_never_comes_is_told_and_figures_are_dimmed_until_then(page: "Page") -> None:
    page.route("**/marketing/?**", lambda route: None)
    page.evaluate(KEEP_REQUEST)
    page.click("#channels a:has-text('Search')")
    page.wait_for_selector("#overview[aria-busy=true]")
    assert float(page.evaluate("getComputedStyle(document.querySelector('#tiles')).opacity")) < 1
    page.evaluate("htmx.config.timeout = kept.timeout = 300")
    page.wait_for_selector("[role=alert]:has-text('no answer within 0.3 s')")
    assert page.get_attribute("#overview", "aria-busy") is None


def test_words_follow_the_server_where_it_refuses_a_choice(portal: Portal) -> None:
    page = portal.open()
    page.select_option("#filter-channel", "search")
    page.wait_for_url("**?channel=search")
    page.evaluate("document.querySelector('#filter-campaign').add(new Option('Spring', 'spring'))")
    page.select_option("#filter-campaign", "spring")
    page.wait_for_selector("#problems:has-text('belongs to the channel E-mail')")
    expect(page.locator("#filter-campaign")).to_have_value("")


def test_without_a_connection_the_figures_stay_and_the_page_says_so(page: "Page") -> None:
    page.context.set_offline(True)
    page.clock.run_for(LATER)
    page.wait_for_selector("#stale:has-text('no connection')")
    expect(page.locator("#tiles")).to_be_visible()


def test_after_the_session_ended_the_page_goes_to_the_login(page: "Page", portal: Portal) -> None:
    WebSession.objects.all().delete()
    page.clock.run_for(LATER)
    page.wait_for_url("**/admin/login/?next=/admin/marketing/")

"""The pages in a real browser, signed in, with everything watched that must never happen on any of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from threading import Condition
from time import sleep
from typing import TYPE_CHECKING, Any, Literal
from unittest.mock import patch

import pytest
from django.contrib.auth.models import User
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.signals import request_finished, request_started
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from analytics.models import CampaignDaily
from analytics.models.totals import Basis
from tests.analytics.totals import DAY_ZEROS, campaign, on_day, version

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

OVERVIEW = "/admin/marketing/"
DESK, PHONE = (1360, 900), (360, 780)
WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""
READY = """() => window.htmx && document.querySelector('[data-age]')?.textContent != 'just now'
  && !document.querySelector('.panel.htmx-request')"""
DRAWN = "() => document.querySelector('.chart') && !document.querySelector('.chart:not(:has(.main-svg))')"
PATIENCE = 60_000  # ms; no sign that something is slow, only that it never comes
NIGHT = timedelta(minutes=1)
expect.set_options(timeout=PATIENCE)


def follow(page: "Page", target: str) -> None:
    """Clicks what loads a page, and goes on when all of it is there."""
    with page.expect_navigation():
        page.click(target)


@pytest.fixture(scope="session")
def live_server() -> Iterator[LiveServer]:
    """pytest-django's, with static files from their sources, whatever the name of the app that finds them."""
    with patch("django.test.testcases._StaticFilesHandler", StaticFilesHandler):
        server = LiveServer("127.0.0.1")
    yield server
    server.stop()


@dataclass
class Portal:
    """Opens pages as the admin, side by side in one browser context, whose cache makes every page after the first fast.

    A test that changes what a context is (its clock, its connection, whether it runs scripts) asks for one of its own.
    """

    browser: "Browser"
    url: str
    cookie: str
    shared: "BrowserContext"
    contexts: "list[BrowserContext]" = field(default_factory=list)
    pages: "list[Page]" = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def open(
        self,
        query: str = "",
        size: tuple[int, int] = DESK,
        theme: str = "light",
        charts: bool = False,
        system: Literal["light", "dark"] = "light",
    ) -> "Page":
        page = self.page(self.shared, size, theme, charts)
        page.emulate_media(color_scheme=system)
        page.goto(f"{self.url}{OVERVIEW}{query}", wait_until="domcontentloaded")
        page.wait_for_function(READY)
        return page

    def own(self, **options: Any) -> "Page":
        """A page, still empty, in a context of its own."""
        self.contexts.append(new_context(self.browser, **options))
        return self.page(self.contexts[-1])

    def page(
        self, context: "BrowserContext", size: tuple[int, int] = DESK, theme: str = "light", charts: bool = False
    ) -> "Page":
        """Without `charts` it never gets plotly.js, which is slow to load."""
        context.add_cookies([{"name": "sessionid", "value": self.cookie, "url": self.url}])
        page = context.new_page()
        self.pages.append(page)
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.add_init_script(f"{WATCH}; localStorage.theme = '{theme}'")
        if not charts:
            page.route("**/plotly.min.js", lambda route: route.fulfill(body=""))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda said: self.errors.append(said.text) if "Content Security" in said.text else None)
        return page

    def violations(self) -> list[str]:
        pages = [page for page in self.pages if page.url.startswith(self.url)]
        return [text for page in pages for text in page.evaluate("window.violations || []")]


def new_context(browser: "Browser", **options: Any) -> "BrowserContext":
    context = browser.new_context(reduced_motion="reduce", **options)
    context.set_default_timeout(PATIENCE)
    return context


@pytest.fixture(scope="session")
def shared_context(browser: "Browser", django_db_setup: None) -> "Iterator[BrowserContext]":
    """Closed before the database goes: a connection kept alive keeps one to it."""
    context = new_context(browser)
    yield context
    context.close()


@contextmanager
def all_answered() -> Iterator[None]:
    """Ends when the server is at no request any more: one that a closed page had sent may still read the tables."""
    going, changed = 0, Condition()

    def count(by: int) -> None:
        nonlocal going
        with changed:
            going += by
            changed.notify()

    def begins(**_signal: Any) -> None:
        count(1)

    def ends(**_signal: Any) -> None:
        count(-1)

    request_started.connect(begins)
    request_finished.connect(ends)
    yield
    with changed:
        assert changed.wait_for(lambda: going == 0, PATIENCE / 1000)


@pytest.fixture
def portal(
    browser: "Browser", shared_context: "BrowserContext", live_server: LiveServer, client: Client, figures: None
) -> Iterator[Portal]:
    """Whatever a test does: no page breaks the content security policy, and no script fails."""
    client.force_login(User.objects.create(username="ada", is_staff=True, is_superuser=True))
    with all_answered():
        opened = Portal(browser, live_server.url, client.cookies["sessionid"].value, shared_context)
        yield opened
        found = opened.violations()
        for page in opened.pages:
            page.close()
        for context in opened.contexts:
            context.close()
    assert (found, opened.errors) == ([], [])


@pytest.fixture
def figures(transactional_db: None) -> Iterator[None]:
    """Sixty days of an e-mail and a search campaign and of what belongs to none.

    Django empties the tables of managed models alone, so the totals are emptied here.
    """
    clear_of_midnight()
    ids = {"mail": campaign("spring").id, "search": campaign("ads", "search").id, "nobody": 0}
    today = timezone.now().date()
    CampaignDaily.objects.bulk_create(
        CampaignDaily(**DAY_ZEROS | measures, basis=Basis.SEND, campaign_id=ids[name], day=today - timedelta(days=back))
        for back in range(60)
        for name, measures in day_of(100 - back).items()
    )
    version(changed_at=timezone.now() - timedelta(seconds=12), last_event_at=timezone.now())
    yield
    CampaignDaily.objects.all().delete()


def clear_of_midnight() -> None:
    """A test that a day ends in would have figures of two days: it begins when the new one has."""
    now = timezone.now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    if midnight - now < NIGHT:
        sleep((midnight - now).total_seconds())


def day_of(size: int) -> dict[str, dict[str, Any]]:
    """What happened on one day, by who it is credited to."""
    mail = {"sends": 10, "delivered": 9, "bounces": 1, "opens": 5, "unique_opens": 3, "machine_opens": 2, "clicks": 1,
            "unique_clicks": 1, "revenue": 12, "refunds": 1, "cost": 2}  # fmt: skip
    search = {"clicks": 1, "unique_clicks": 1, "impressions": 90, "revenue": 4, "cost": 5}
    bought = {"conversions": size // 4, "converters": size // 5, "click_converters": size // 6}
    return {
        "mail": bought | {name: size * times for name, times in mail.items()},
        "search": bought | {name: size * times for name, times in search.items()},
        "nobody": {"conversions": 2, "converters": 2, "revenue": Decimal("41.50")},
    }


@pytest.fixture
def more_revenue() -> Callable[[], None]:
    """Something happens: today brings another 5,000 that no campaign is credited with."""

    def happen() -> None:
        on_day(timezone.now().date(), campaign("late").id, conversions=1, revenue=Decimal(5000))
        version(number=2, changed_at=timezone.now())

    return happen

"""Signing in as somebody does it: enrolling with an app for codes, signing out, and in again with a code."""

import re
import time
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from compliance.models import SecondFactor, WebSession
from tests.browser.conftest import PHONE, WATCH, all_answered, new_context
from tests.compliance.totp import code

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PASSWORD = "a long password"


def sign_in(page: "Page") -> None:
    page.fill("#id_username", "ada")
    page.fill("#id_password", PASSWORD)
    send(page)


def send(page: "Page") -> None:
    with page.expect_navigation():
        page.click("#content input[type=submit]")


def next_code(key: str) -> str:
    """One that was not used to enrol: that of half a minute later, for a clock may be fast by one step."""
    return code(key, time.time() + 30)


@pytest.mark.django_db(transaction=True)
def test_whoever_enrols_signs_in_with_a_code(browser: "Browser", live_server: LiveServer, settings: Settings) -> None:
    settings.REQUIRE_SECOND_FACTOR = "ALL"
    User.objects.create_superuser("ada", password=PASSWORD)
    context = new_context(browser)
    with all_answered():
        page = context.new_page()
        page.add_init_script(WATCH)
        page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        page.goto(f"{live_server.url}/admin/account/")
        sign_in(page)
        expect(page.get_by_role("heading", name="Set up a second factor")).to_be_visible()
        assert page.evaluate("document.images[0].complete && document.images[0].naturalWidth > 100"), "the QR code"
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
        found = re.search(r"<code>([A-Z2-7 ]+)</code>", page.content())
        assert found
        page.get_by_label("The six digits").fill(code(found[1], time.time()))
        send(page)
        expect(page.locator(".codes li")).to_have_count(10)
        recovery = page.locator(".codes code").first.inner_text()
        page.click("text=I have kept them")
        expect(page.get_by_role("heading", name="Where you are signed in")).to_be_visible()
        expect(page.locator(".account tbody tr")).to_contain_text("Chrome on Linux")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
        violations = page.evaluate("window.violations")

        page.click("text=Log out")
        for given in (next_code(found[1]), recovery):
            page.goto(f"{live_server.url}/admin/")
            sign_in(page)
            page.get_by_label("Code").fill(given)
            send(page)
            expect(page.locator("#user-tools")).to_contain_text("ada")
            violations += page.evaluate("window.violations")
            page.click("text=Log out")
        page.close()
        context.close()
    assert violations == []
    assert len(SecondFactor.objects.get().recovery) == 9
    assert not WebSession.objects.exclude(user=None).exists()

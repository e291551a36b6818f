"""What config itself answers: where the front door leads, and API docs that live under the strict policy."""

from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.live_server_helper import LiveServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def test_the_front_door_leads_to_the_overview(client: Client) -> None:
    answer = client.get("/")
    assert (answer.status_code, answer["Location"]) == (302, reverse("analytics:overview"))


def test_every_page_forbids_inline_code_and_framing(client: Client, db: None) -> None:
    for path in (reverse("admin:login"), reverse("docs"), "/nowhere"):
        policy = client.get(path)["Content-Security-Policy"]
        assert "unsafe" not in policy
        for part in ("default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "script-src 'self'"):
            assert part in policy


@pytest.mark.django_db(transaction=True)
def test_the_api_docs_are_open_and_draw_without_a_violation(browser: "Browser", live_server: LiveServer) -> None:
    page = browser.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(live_server.url + reverse("docs"))
    page.wait_for_selector(".opblock", timeout=60_000)
    assert said == []
    page.close()

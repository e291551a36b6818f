"""The Data page in a real browser."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from analytics.hooks import addresses
from analytics.ingest import record_events
from analytics.models import Campaign, DeadLetterRow, Hook, OtherEvents, RejectedItems, Source, SourceDay
from compliance import heartbeats
from tests.browser.conftest import DESK, DRAWN, PHONE, Portal, follow
from tests.browser.test_campaign import WIDER
from tests.browser.test_overview_looks import grave

DATA = "data/"
HEAD = "#data h1"


@pytest.fixture(autouse=True)
def sources(portal: Portal) -> Iterator[None]:
    """A shop that sends every day, one that stopped, a webhook whose reports are refused, and rows set apart."""
    now, rng = timezone.now(), Random(7)
    heartbeats.note(heartbeats.PROGRAMS, now)
    addresses.make("letters", "sendgrid", "", now)
    Hook.objects.update(refused_at=now - timedelta(minutes=3), last_at=now - timedelta(hours=5))
    for name, first in (("shop", 0), ("old-shop", 9), ("letters", 0)):
        source, _ = Source.objects.get_or_create(name=name)
        for back in range(first, 30):
            at = datetime.now(UTC) - timedelta(days=back, minutes=2)
            for kind in (1, 5, 6):
                taken = rng.randint(2_000, 9_000) // kind
                SourceDay.objects.create(
                    source=source, day=at.date(), type=kind, taken=taken, known=taken // 50, live=taken,
                    aged_seconds=taken * 400.0, waited_seconds=taken * 2.5, last_at=at,
                )  # fmt: skip
    items = [
        {"event_id": str(n), "type": "sent", "occurred_at": now.isoformat(), "contact": "c", "campaign": f"no-{n}"}
        for n in range(12)
    ]
    record_events([*items, {"type": "eaten"}], source="shop", at=now)
    OtherEvents.objects.create(day=now.date(), source=Source.objects.get(name="letters"), name="deferred", events=412)
    Campaign.objects.create(external_id="autumn", name="autumn", channel="email", is_stub=True)
    yield
    for model in (SourceDay, RejectedItems, DeadLetterRow):
        model.objects.all().delete()


def test_rows_are_given_up_in_place_and_the_page_stays(portal: Portal) -> None:
    page = portal.open(DATA)
    expect(page.locator("#sources")).to_contain_text("nothing for 9 days, usually every day")
    page.evaluate("window.stays = true")
    row = page.locator("#apart tbody tr", has_text="campaign: ")
    row.locator("summary").click()
    row.locator("text=Delete 12").click()
    expect(page.locator("#apart [role=status]")).to_have_text("12 rows were given up; their count stays.")
    assert page.evaluate("window.stays")
    assert DeadLetterRow.objects.get().field != "campaign"


def test_a_webhook_is_made_tried_and_given_another_address(portal: Portal) -> None:
    page = portal.open(DATA)
    page.select_option("#make-webhook select", "mailgun")
    page.fill("#make-webhook [name=name]", "news")
    follow(page, "#make-webhook button")
    expect(page.locator("#make-webhook .note")).to_contain_text("Mailgun signs its reports")
    page.fill("#make-webhook [name=key]", "a key of theirs")
    follow(page, "#make-webhook button")
    first = page.inner_text("#address")
    assert "/hooks/mailgun/" in first
    follow(page, "text=I have kept it")
    page.click("#webhook button:text('Test')")
    expect(page.locator("#tried")).to_contain_text("becomes the event “opened”")
    page.click("#set-key summary")
    page.fill("#set-key [name=key]", "the key it shows")
    follow(page, "#set-key button")
    page.click("#new-address summary")
    follow(page, "#new-address button")
    assert page.inner_text("#address") != first
    assert grave(page) == []
    follow(page, "text=I have kept it")
    page.click("#end summary")
    follow(page, "#end button")
    expect(page.locator("#sources")).not_to_contain_text("news")


@pytest.mark.parametrize(("size", "theme"), [(DESK, "dark"), (PHONE, "light")])
def test_axe_finds_nothing_grave_and_nothing_is_wider_than_the_screen(
    portal: Portal, size: tuple[int, int], theme: str
) -> None:
    page = portal.open(DATA, size=size, theme=theme)
    assert grave(page) == []
    assert not page.evaluate(WIDER)
    shop = portal.open(f"{DATA}sources/{Source.objects.get(name='shop').pk}/", size=size, theme=theme, charts=True)
    shop.wait_for_function(DRAWN)
    shop.click("#keys button:text('Test')")
    expect(shop.locator("#tried")).to_contain_text("Nothing of this was recorded.")
    assert grave(shop) == []
    assert not shop.evaluate(WIDER)

"""The page of alerts in a real browser."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from analytics.alerts.finding import Finding, to_json
from analytics.models import AlertRule, MarketingAlert
from tests.browser.conftest import DESK, OVERVIEW, PHONE, Portal, follow
from tests.browser.test_campaign import WIDER
from tests.browser.test_overview_looks import grave

ALERTS = "alerts/"


@pytest.fixture(autouse=True)
def alert(portal: Portal) -> MarketingAlert:
    until = timezone.now().replace(minute=0, second=0, microsecond=0)
    parts = [
        Finding("anomaly", "opens", False, 4.0, until - timedelta(hours=1), until, channel, None, 40.0, 13.0, 95.0)
        for channel in ("", "email")
    ]
    return MarketingAlert.objects.create(
        rule="anomaly", metric="opens", over=False, parts=to_json(parts), series=[[40, 41]] * 47 + [[4, 41]],
        since=until - timedelta(hours=1), opened_at=until, seen_at=until,
    )  # fmt: skip


def test_an_alert_is_snoozed_in_place(portal: Portal, alert: MarketingAlert) -> None:
    page = portal.open(ALERTS)
    page.evaluate("window.stays = true")
    page.click("article summary.button")
    page.select_option("article select", "4")
    page.click("article .named button")
    expect(page.locator("article")).to_contain_text("ada snoozed it until")
    expect(page.locator("#said")).to_have_text("Snoozed.")
    assert page.evaluate("window.stays")
    alert.refresh_from_db()
    assert alert.snoozed_by == "ada"


def test_a_threshold_is_added_in_place_and_a_bad_one_says_which_field(portal: Portal) -> None:
    page = portal.open(ALERTS)
    page.click("#line-new summary")
    page.select_option("#filter-metric-new", "open_rate")
    page.click("#line-new button")
    expect(page.locator("#line-new [role=alert]")).to_have_text("Value: Give a value.")
    page.fill("#value-new", "12.5")
    page.click("#line-new button")
    expect(page.locator("#alert-rules")).to_contain_text("Open rate of all channels over 12.5")
    assert AlertRule.objects.get().made_by == "ada"


def test_without_scripts_an_alert_is_acknowledged(portal: Portal, alert: MarketingAlert) -> None:
    page = portal.own(java_script_enabled=False)
    page.goto(f"{portal.url}{OVERVIEW}{ALERTS}")
    follow(page, "article button:text('Acknowledge')")
    expect(page.locator("article")).to_contain_text("ada acknowledged it")
    assert page.url.endswith(f"{ALERTS}{alert.pk}/")


@pytest.mark.parametrize(("size", "theme"), [(DESK, "dark"), (PHONE, "light")])
def test_it_can_be_read_by_everybody_on_every_screen(portal: Portal, size: tuple[int, int], theme: str) -> None:
    page = portal.open(ALERTS, size, theme)
    page.click("article .behind summary")
    page.click("#line-new summary")
    assert not page.evaluate(WIDER)
    assert grave(page) == []

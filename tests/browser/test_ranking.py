"""The ranking in a real browser."""

import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from analytics.models import Campaign, CampaignDaily, SavedView
from analytics.models.totals import Basis
from tests.analytics.totals import DAY_ZEROS
from tests.browser.conftest import DESK, PHONE, Portal, follow
from tests.browser.test_campaign import WIDER
from tests.browser.test_overview_looks import grave

if TYPE_CHECKING:
    from playwright.sync_api import Page

SAME = "window.same = true"  # gone once a page is loaded anew
MORE = 58


@pytest.fixture
def ranking(portal: Portal) -> str:
    """Sixty campaigns, each with more sends than the one before, but for the two that the portal has."""
    made = Campaign.objects.bulk_create(
        Campaign(external_id=f"c{n}", name=f"Campaign {n:02}", channel="sms", tags=["bulk"]) for n in range(MORE)
    )
    day = timezone.now().date() - timedelta(days=1)
    CampaignDaily.objects.bulk_create(
        CampaignDaily(**DAY_ZEROS | {"sends": n + 1, "cost": 5}, basis=Basis.SEND, campaign_id=one.pk, day=day)
        for n, one in enumerate(made)
    )
    return "campaigns/"


def names(page: "Page") -> list[str]:
    return page.locator("#ranking tbody th a").all_inner_texts()


def first(page: "Page", name: str) -> None:
    """Waits until a campaign stands first."""
    expect(page.locator("#ranking tbody th a").first).to_have_text(name)


def many(page: "Page", count: int) -> None:
    """Waits until as many campaigns stand there."""
    expect(page.locator("#ranking tbody tr")).to_have_count(count)


def test_a_heading_sorts_and_back_takes_it_back(portal: Portal, ranking: str) -> None:
    page = portal.open(ranking)
    page.evaluate(SAME)
    before = names(page)
    page.click("#sort-sends")
    page.wait_for_url("**?sort=-sends")
    page.wait_for_selector("th[aria-sort=descending]:has-text('Sends')")
    first(page, "Spring")
    assert names(page)[1] == "Campaign 57"
    page.click("#sort-sends")
    page.wait_for_url("**?sort=sends")
    page.wait_for_selector("th[aria-sort=ascending]:has-text('Sends')")
    page.click("#sort-name")
    page.wait_for_url("**?sort=name")
    first(page, "Ads")
    assert page.evaluate("window.same")
    for heading in ("ascending]:has-text('Sends')", "descending]:has-text('Sends')", "descending]:has-text('ROI')"):
        page.go_back()
        page.wait_for_selector(f"th[aria-sort={heading}")
    first(page, before[0])
    assert names(page) == before
    assert "sort" not in page.url


def test_what_is_typed_is_searched_for_and_stays_under_the_fingers(portal: Portal, ranking: str) -> None:
    page = portal.open(f"{ranking}?sort=name")
    page.evaluate(SAME)
    page.locator("#filter-search").press_sequentially("campaign 1", delay=30)
    page.wait_for_url(re.compile(r"\?search=campaign\+1&sort=name$"))
    many(page, 10)
    expect(page.locator("#filter-search")).to_be_focused()
    page.locator("#filter-search").press_sequentially("7")
    many(page, 1)
    assert names(page) == ["Campaign 17"]
    page.fill("#filter-search", "zebra")
    page.wait_for_selector("#no-campaign")
    page.click("#no-campaign a")
    many(page, 25)
    expect(page.locator("#filter-search")).to_have_value("")
    assert page.evaluate("window.same")


def test_filters_page_and_back(portal: Portal, ranking: str) -> None:
    page = portal.open(f"{ranking}?sort=-sends")
    page.select_option("#filter-tag", "bulk")
    page.wait_for_url("**?tag=bulk&sort=-sends")
    first(page, "Campaign 57")
    assert page.inner_text("#place").startswith("1–25 of 58")
    assert "Unattributed" not in page.inner_text("#ranking table")
    page.click("#next")
    first(page, "Campaign 32")
    page.wait_for_url("**cursor=**")
    page.reload()
    assert page.inner_text("#place").startswith("26–50 of 58")
    page.click("#next")
    first(page, "Campaign 07")
    many(page, 8)
    page.go_back()
    first(page, "Campaign 32")
    page.click("#previous")
    first(page, "Campaign 57")
    page.click("#next")
    first(page, "Campaign 32")
    page.select_option("#filter-tag", "")  # another question begins with its first page
    first(page, "Spring")
    assert page.inner_text("#place").startswith("1–25 of 60")
    assert "cursor" not in page.url


def test_columns_are_chosen_and_what_was_not_applied_is_forgotten(portal: Portal, ranking: str) -> None:
    page = portal.open(ranking)
    page.click("button[popovertarget=columns]")
    page.uncheck("#columns input[value=roi]")
    page.check("#columns input[value=cpm]")
    page.keyboard.press("Escape")
    expect(page.locator("#columns input[value=roi]")).to_be_checked()
    page.click("button[popovertarget=columns]")
    page.uncheck("#columns input[value=roi]")
    page.check("#columns input[value=delivered]")
    page.click("#show-columns")
    page.wait_for_selector("#sort-delivered")
    expect(page.locator("#sort-roi")).to_have_count(0)
    expect(page.locator("#columns")).to_be_hidden()
    assert page.inner_text("#place").endswith("by ROI, highest first")
    assert "columns=delivered" in page.url
    page.reload()
    page.click("button[popovertarget=columns]")
    assert page.is_checked("#columns input[value=delivered]")
    page.click("#columns a")
    page.wait_for_selector("#sort-roi")
    expect(page).to_have_url(re.compile(f"{ranking}$"))
    expect(page.locator("#columns input[value=roi]")).to_be_checked()


def test_a_view_is_saved_opened_renamed_and_deleted(portal: Portal, ranking: str) -> None:
    page = portal.open(f"{ranking}?channel=sms&sort=-sends")
    page.evaluate(SAME)
    page.click("#save-view-button")
    page.fill("#view-name", "  ")
    page.click("#save-view-form button")
    page.wait_for_selector("#view-name-error:has-text('Give the view a name.')")
    page.fill("#view-name", "Texts")
    page.click("#save-view-form button")
    page.wait_for_selector("#views a[aria-current]:has-text('Texts')")
    expect(page.locator("#save-view")).to_be_hidden()
    assert page.evaluate("window.same")
    page.click("#sort-name")
    page.wait_for_selector("#views a:has-text('Texts'):not([aria-current])")
    page.click("#views a:has-text('Texts')")
    page.wait_for_url("**?channel=sms&sort=-sends")
    follow(page, "text=Manage views")
    page.fill("#own-views input[type=text]", "All texts")
    page.check("#own-views input[name=shared]")
    page.click("#own-views .named button")
    page.wait_for_selector("#own-views li > a:has-text('All texts')")
    assert SavedView.objects.get().shared
    page.on("dialog", lambda dialog: dialog.accept())
    page.click("#own-views button:has-text('Delete')")
    page.wait_for_selector("#own-views :has-text('None yet')")
    assert not SavedView.objects.exists()


def test_the_file_is_downloaded(portal: Portal, ranking: str) -> None:
    page = portal.open(f"{ranking}?search=campaign&sort=-sends&columns=sends")
    with page.expect_download() as download:
        page.click("#csv")
    assert re.fullmatch(r"campaigns-\d{4}-\d\d-\d\d-to-\d{4}-\d\d-\d\d\.csv", download.value.suggested_filename)
    lines = Path(download.value.path()).read_text("utf-8-sig").splitlines()
    assert lines[0] == '"Campaign","Id","Channel","Status","Tags","Sends"'
    assert lines[1] == '"Campaign 57","c57","sms","running","bulk",58'
    assert len(lines) == MORE + 2


def test_without_scripts_all_of_it_works_by_links_and_forms(portal: Portal, ranking: str) -> None:
    page = portal.own(java_script_enabled=False)
    page.goto(f"{portal.url}/admin/marketing/{ranking}")
    follow(page, "#sort-sends")
    follow(page, "#next")
    assert page.inner_text("#place").startswith("26–50 of 60")
    page.fill("#filter-search", "campaign 2")
    follow(page, "#filters button")
    many(page, 10)
    page.click("button[popovertarget=columns]")
    page.check("#columns input[value=delivered]")
    follow(page, "#show-columns")
    expect(page.locator("#sort-delivered")).to_be_visible()
    expect(page.locator("#filter-search")).to_have_value("campaign 2")
    page.click("#save-view-button")
    page.fill("#view-name", "Twenties")
    follow(page, "#save-view-form button")
    expect(page.locator("#views a[aria-current]")).to_have_text("Twenties")
    page.click("#save-view-button")
    page.fill("#view-name", "Twenties")
    follow(page, "#save-view-form button")
    expect(page.locator("#view-name-error")).to_contain_text("There is a view “Twenties” already")


def test_on_a_phone_the_filters_are_folded_and_campaigns_are_on_the_first_screen(portal: Portal, ranking: str) -> None:
    page = portal.open(ranking, size=PHONE)
    second = page.locator("#ranking tbody tr").nth(1).bounding_box()
    assert second
    assert second["y"] + second["height"] < PHONE[1]
    assert not page.is_visible("#filter-tag")
    page.focus("#fold summary")
    page.keyboard.press("Enter")
    page.select_option("#filter-tag", "bulk")
    expect(page.locator("#fold b")).to_have_text("Last 30 days, bulk")
    expect(page.locator("#filter-tag")).to_be_visible()  # it stays open for the next one
    page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
    page.reload()
    expect(page.locator("#filter-tag")).to_be_visible()
    expect(page.locator("#fold summary")).to_be_hidden()


NAMES = ("Sommerschlussverkauf" * 15, "Early bird offers " * 16, "عرض الصيف (50%) " * 18, "👩‍👩‍👧‍👦🔥" * 37)


def test_names_however_long_and_in_whatever_script_make_no_page_wider(portal: Portal, ranking: str) -> None:
    named = list(Campaign.objects.filter(channel="sms").order_by("-pk")[: len(NAMES)])
    for one, name in zip(named, NAMES, strict=True):
        Campaign.objects.filter(pk=one.pk).update(name=name)
    page = portal.open(f"{ranking}?sort=-sends&tag=bulk", size=PHONE)
    assert not page.evaluate(WIDER)
    for row, name in enumerate(NAMES):
        assert page.locator("#ranking tbody bdi").nth(row).text_content() == name
        box = page.locator("#ranking tbody tr").nth(row).bounding_box()
        assert box
        assert box["height"] < 120
    for below in ("", "drilldown/", "contacts/"):
        page.goto(f"{portal.url}/admin/marketing/{ranking}{named[0].pk}/{below}", wait_until="domcontentloaded")
        assert page.locator("bdi", has_text=NAMES[0]).count()
        assert not page.evaluate(WIDER)


@pytest.mark.parametrize(("size", "theme"), [(DESK, "dark"), (PHONE, "light")])
def test_axe_finds_nothing_grave_and_nothing_is_wider_than_the_screen(
    portal: Portal, ranking: str, size: tuple[int, int], theme: str
) -> None:
    page = portal.open(ranking, size=size, theme=theme)
    assert grave(page) == []
    assert not page.evaluate(WIDER)
    for button in ("button[popovertarget=columns]", "#save-view-button"):
        page.click(button)
        assert grave(page) == []
        page.keyboard.press("Escape")
    page.goto(f"{page.url}views/")
    assert grave(page) == []
    assert not page.evaluate(WIDER)

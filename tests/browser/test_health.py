"""The Health page in a real browser."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from django_celery_beat.models import PeriodicTask
from playwright.sync_api import expect

from analytics.levels import keeping
from analytics.levels.counts import Counts
from analytics.levels.objectives import Series
from compliance.models import AuditEntry, JobRun
from config.schedule import sync_schedule
from tests.browser.conftest import DESK, OVERVIEW, PHONE, READY, Portal, follow
from tests.browser.test_campaign import WIDER
from tests.browser.test_overview_looks import grave
from tests.browser.test_overview_refresh import poll

HEALTH = "health/"
CUT = "[...document.querySelectorAll('#jobs .change')].some(mark => mark.scrollWidth > mark.clientWidth)"
SUMMARY = "#error-of-verify_totals summary"


@pytest.fixture(autouse=True)
def runs(portal: Portal, started_jobs: Callable[[], list[Any]]) -> None:
    """One that failed among those that went well."""
    sync_schedule()
    for days, outcome in ((3, "done"), (2, "done"), (1, "failed")):
        at = timezone.now() - timedelta(days=days)
        error = "opens differ" if outcome == "failed" else ""
        JobRun.objects.create(
            name="verify_totals", outcome=outcome, error=error, started_at=at, finished_at=at + timedelta(seconds=days)
        )


def test_a_job_is_started_in_place_and_its_end_shows_by_itself(portal: Portal) -> None:
    page = portal.open(HEALTH)
    page.click(SUMMARY)
    page.evaluate("window.stays = true")
    page.click("#job-clean_up button")
    expect(page.locator("#job-clean_up button")).to_be_disabled()
    expect(page.locator("#job-clean_up")).to_contain_text("waiting")
    assert AuditEntry.objects.get().object_id == "clean_up"
    JobRun.objects.filter(name="clean_up").update(outcome="done", rows=7, finished_at=timezone.now())
    page.wait_for_selector("#job-clean_up :text('7 rows')")
    expect(page.locator("#watch")).to_have_count(0)
    expect(page.locator("#jobs pre")).to_have_text("opens differ")
    assert page.evaluate("window.stays && document.querySelector('#jobs details').open")


def test_whoever_may_not_start_jobs_any_more_is_told_so_above_them(portal: Portal) -> None:
    page = portal.open(HEALTH)
    User.objects.update(is_superuser=False)
    page.click("#job-clean_up button")
    expect(page.locator("#job-problem")).to_contain_text("needs the permission compliance.run_job")
    expect(page.locator("#jobs [data-failed]")).to_be_hidden()
    expect(page.locator("#jobs button")).to_have_count(0)


def test_the_page_keeps_itself_fresh(portal: Portal) -> None:
    page = portal.own()
    page.clock.install()
    page.goto(f"{portal.url}{OVERVIEW}{HEALTH}", wait_until="domcontentloaded")
    page.wait_for_function(READY)
    JobRun.objects.filter(outcome="failed").update(outcome="done", error="")
    assert poll(page).status == 200
    page.wait_for_selector(SUMMARY, state="detached")
    expect(page.locator("#job-verify_totals")).to_contain_text("well")


def test_service_levels_follow_what_is_counted_and_others_add_their_panels(portal: Portal) -> None:
    page = portal.own()
    page.clock.install()
    page.goto(f"{portal.url}{OVERVIEW}{HEALTH}", wait_until="domcontentloaded")
    page.wait_for_function(READY)
    expect(page.locator("#level-drilldown")).to_contain_text("nothing to judge")
    expect(page.locator("#panel-use-1")).to_contain_text("Helped")
    counts = Counts()
    counts.add(Series.DRILLDOWN, 0.2, timezone.now(), times=40)
    keeping.write(counts.take())
    assert poll(page).status == 200
    expect(page.locator("#level-drilldown td").first).to_contain_text("100 % of the budget left")
    expect(page.locator("#panel-use-1")).to_contain_text("Helped")
    width = "document.querySelector('#level-drilldown .budget rect:last-child').getBoundingClientRect().width"
    assert page.evaluate(f"{width} / document.querySelector('#level-drilldown td').clientWidth") > 0.8


def test_without_scripts_the_levels_are_there(portal: Portal) -> None:
    page = portal.own(java_script_enabled=False)
    page.goto(f"{portal.url}{OVERVIEW}{HEALTH}")
    expect(page.locator("#level-kpi")).to_contain_text("95 % of answers within 100 ms")
    expect(page.locator("#use-active")).to_contain_text("of active staff")


def test_without_scripts_a_button_starts_a_job(portal: Portal) -> None:
    page = portal.own(java_script_enabled=False)
    page.goto(f"{portal.url}{OVERVIEW}{HEALTH}")
    follow(page, "#job-clean_up button")
    expect(page.locator("#job-clean_up")).to_contain_text("waiting")
    assert page.url.endswith(HEALTH)


@pytest.mark.parametrize(("size", "theme"), [(DESK, "dark"), (PHONE, "light")])
def test_axe_finds_nothing_grave_and_nothing_is_wider_than_the_screen(
    portal: Portal, size: tuple[int, int], theme: str
) -> None:
    PeriodicTask.objects.filter(task="compliance.tasks.clean_up").update(enabled=False)
    page = portal.open(HEALTH, size=size, theme=theme)
    page.click(SUMMARY)
    assert grave(page) == []
    assert not page.evaluate(WIDER)
    assert "switched off" in page.inner_text("#job-clean_up")
    assert not page.evaluate(CUT)
    right = page.evaluate("document.querySelector('.tabs [aria-current]').getBoundingClientRect().right")
    assert right <= size[0]

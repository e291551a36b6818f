"""The Health page: what it says of figures, servers and jobs, and starting a job from it."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings
from pytest_django.asserts import assertContains, assertNotContains

from analytics.ingest import batch
from analytics.levels import keeping
from analytics.levels.counts import Counts
from analytics.levels.objectives import Series
from analytics.models import InboxBatch, Source
from analytics.pages.job_rows import took
from analytics.pages.level_rows import bound, share
from analytics.presentation import SPACE
from compliance import heartbeats
from compliance.heartbeats import PROGRAMS
from compliance.models import AuditEntry, Heartbeat, JobRun
from config.schedule import sync_schedule

pytestmark = pytest.mark.django_db
PAGE, RUN = "/admin/marketing/health/", "/admin/marketing/health/verify_totals/run/"
FRAGMENT = {"HX-Request": "true", "HX-Target": "jobs"}


@pytest.fixture(autouse=True)
def schedule(started_jobs: object) -> None:
    sync_schedule()
    heartbeats.note(PROGRAMS, timezone.now())


@pytest.fixture
def ada(client: Client) -> User:
    """Staff who may start jobs, signed in."""
    user = User.objects.create_user("ada", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="run_job"))
    client.force_login(user)
    return user


def failed(attempt: int = 1) -> None:
    now = timezone.now()
    JobRun.objects.create(
        name="verify_totals", started_at=now, finished_at=now, outcome="failed", attempt=attempt, error="opens <differ>"
    )


def test_a_stranger_is_sent_to_the_login(client: Client) -> None:
    assert client.get(PAGE).status_code == client.post(RUN).status_code == 302
    assert "/admin/login/" in client.get(PAGE)["Location"]


def test_all_is_well_and_every_job_is_there(client: Client, ada: User) -> None:
    page = client.get(PAGE)
    assertContains(page, 'aria-current="page">Health')
    assertNotContains(page, "needs a look")
    for title in ("Fold the inbox", "Refresh views", "Verify totals", "daily at 03:10 UTC"):
        assertContains(page, title)
    assert page["Cache-Control"].startswith("max-age=0")


def test_what_failed_is_named_with_its_error_and_when_it_was_given_up(client: Client, ada: User) -> None:
    failed(attempt=5)
    page = client.get(PAGE)
    assertContains(page, "needs a look: the job “Verify totals”")
    assertContains(page, "given up after 5 attempts")
    assertContains(page, "opens &lt;differ&gt;")
    assertContains(page, "1 failed")


def test_a_server_that_does_not_answer_is_named(client: Client, ada: User, settings: Settings) -> None:
    settings.BROKER_URL = "redis://127.0.0.1:1/0"
    page = client.get(PAGE)
    assertContains(page, "broker does not answer")
    assertContains(page, "2 of 3 up")


@pytest.mark.parametrize("silent", PROGRAMS)
def test_a_program_that_is_silent_is_told_though_the_others_live(client: Client, ada: User, silent: str) -> None:
    """One that is frozen holds its connections and answers nothing: its silence is all that tells."""
    Heartbeat.objects.filter(program=silent).delete()
    assertContains(client.get(PAGE), f"{silent} was never there")
    heartbeats.note((silent,), timezone.now() - timedelta(minutes=4))
    page = client.get(PAGE)
    assertContains(page, f"{silent} silent for 4{SPACE}min")
    assertContains(page, "2 of 3 live")
    assertContains(page, "needs a look: programs")
    heartbeats.note((silent,), timezone.now())
    assertNotContains(client.get(PAGE), "needs a look")


def test_figures_that_are_behind_are_told_with_their_age(client: Client, ada: User) -> None:
    source = Source.objects.create(name="events")
    InboxBatch.objects.create(
        received_at=timezone.now() - timedelta(minutes=9), source=source, rows=4, payload=batch.encode([])
    )
    page = client.get(PAGE)
    assertContains(page, f'<dd class="value">9{SPACE}min</dd>')
    assertContains(page, "behind what came in")
    assertContains(page, "needs a look: figures")
    assertContains(page, 'id="behind" role="status" data-said')


def test_a_job_is_started_in_place_and_shown_until_it_is_over(client: Client, ada: User) -> None:
    answer = client.post(RUN, headers=FRAGMENT)
    assertContains(answer, "waiting")
    assertContains(answer, 'hx-trigger="every 2s"')
    assertNotContains(answer, "<h1>")
    assert AuditEntry.objects.get().username == "ada"
    JobRun.objects.update(outcome="done")
    assertNotContains(client.get(PAGE, headers=FRAGMENT), 'hx-trigger="every 2s"')


def test_what_cannot_be_started_is_told_above_the_table(client: Client, ada: User) -> None:
    client.post(RUN)
    again = client.post(RUN, headers=FRAGMENT)
    assertContains(again, "is waiting already", status_code=400)
    assertContains(client.post(RUN), "<h1>Health</h1>", status_code=400)
    assert JobRun.objects.count() == 1


def test_without_scripts_it_is_the_page_that_comes_back(client: Client, ada: User) -> None:
    answer = client.post(RUN)
    assert (answer.status_code, answer["Location"]) == (302, PAGE)


def test_a_job_that_is_not_there_is_not_found(client: Client, ada: User) -> None:
    assert client.post("/admin/marketing/health/nothing/run/").status_code == 404


def test_staff_without_the_permission_see_no_button_and_start_nothing(client: Client) -> None:
    client.force_login(User.objects.create_user("grace", is_staff=True))
    assertNotContains(client.get(PAGE), "Run now")
    assertContains(client.post(RUN), "compliance.run_job", status_code=403)
    assert not JobRun.objects.exists()


def counted(*answers: tuple[Series, float, int], bad: int = 0) -> None:
    counts = Counts()
    for series, seconds, times in answers:
        counts.add(series, seconds, timezone.now(), times=times)
    counts.add(Series.ALL, 0, timezone.now(), bad=True, times=bad)
    keeping.write(counts.take())


def cells(page: Any, name: str) -> str:
    """The text of an objective's row."""
    (row,) = re.findall(rf'<tr id="level-{name}">(.*?)</tr>', page.content.decode(), re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", row)).replace(SPACE, " ").split())


def test_what_nobody_asked_for_is_unknown(client: Client, ada: User) -> None:
    assert cells(client.get(PAGE), "kpi") == "KPIs 95 % of answers within 100 ms" + " · nothing to judge –" * 3


def test_each_promise_has_what_was_kept_of_it(client: Client, ada: User) -> None:
    counted((Series.KPI, 0.02, 90), (Series.KPI, 0.09, 9), (Series.KPI, 0.2, 1))
    kept = " ✓ met 99 % 80 % of the budget left of 100 answers p95 ≤ 100 ms · 90 % within our 25 ms"
    page = client.get(PAGE)
    assert cells(page, "kpi") == "KPIs 95 % of answers within 100 ms" + kept * 3
    assertNotContains(page, "needs a look")


def test_a_promise_that_is_broken_is_named_in_the_first_line(client: Client, ada: User) -> None:
    counted((Series.ALL, 0.02, 995), (Series.DETAILS, 9, 20), (Series.KPI, 9, 1), bad=5)
    page = client.get(PAGE)
    assertContains(page, "needs a look: the service levels “Campaign details” and “Errors” over 24 h")
    assert "✕ missed 99.5 % budget spent 5.0 times of 1,000 requests" in cells(page, "errors")
    assert "✕ missed 0 % budget spent 20.0 times of 20 answers p95 > 5 s · 0 % within our 40 ms" in cells(
        page, "details"
    )
    assert "· too few to tell 0 % budget spent 20.0 times of 1 answer p95 > 5 s" in cells(page, "kpi")


def test_use_is_told_without_persons(client: Client, ada: User) -> None:
    User.objects.create_user("grace", is_staff=True)
    page = client.get(PAGE)
    for said in ("50\N{NO-BREAK SPACE}%", "of active staff looked at a page", "median of 1 session", "not known yet"):
        assertContains(page, said)
    keeping.flush(Counts(), timezone.now() - timedelta(minutes=4))
    assertContains(client.get(PAGE), "3 of 4 minutes without pages")


def test_other_apps_add_their_panels_where_alerts_and_use_are(client: Client, ada: User, settings: Settings) -> None:
    assertContains(
        client.get(PAGE), 'hx-get="/admin/marketing/recommendations/kept/" hx-trigger="load, renew, every 60s"'
    )
    settings.PAGE_PANELS = {"health": ("recommendations:top",)}
    page = client.get(PAGE).content.decode()
    assert page.index("recommendations/top/") < page.index('id="levels"')
    assert "recommendations/kept/" not in page


def test_the_page_costs_the_same_however_much_was_counted(
    client: Client, ada: User, django_assert_num_queries: Any
) -> None:
    client.get(PAGE)
    with CaptureQueriesContext(connection) as few:
        client.get(PAGE)
    for hours in range(48):
        keeping.flush(Counts(), timezone.now() - timedelta(hours=hours))
    counted((Series.KPI, 0.02, 90), (Series.ALL, 0.02, 90))
    with django_assert_num_queries(len(few)):
        client.get(PAGE)


@pytest.mark.parametrize(
    ("seconds", "words"), [(None, "–"), (0.0841, "84 ms"), (4.21, "4.2 s"), (210, "3.5 min"), (7300, "2.0 h")]
)
def test_a_duration_in_words(seconds: float | None, words: str) -> None:
    assert took(seconds).replace(SPACE, " ") == words


@pytest.mark.parametrize(
    ("ratio", "words"), [(1, "100 %"), (0.99999, "99.99 %"), (0.95, "95 %"), (0.9995, "99.95 %"), (0, "0 %")]
)
def test_a_share_is_never_rounded_up(ratio: float, words: str) -> None:
    assert share(ratio).replace(SPACE, " ") == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.025, "≤ 25 ms"), (2.5, "≤ 2.5 s"), (300, "≤ 5 min"), (float("inf"), "> 5 s")]
)
def test_a_percentile_is_told_as_a_bound(seconds: float, words: str) -> None:
    assert bound(seconds, 5).replace(SPACE, " ") == words

"""The Health page: what it says of figures, servers and jobs, and starting a job from it."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from pytest_django.asserts import assertContains, assertNotContains

from analytics.ingest import batch
from analytics.models import InboxBatch, Source
from analytics.pages.job_rows import took
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


@pytest.mark.parametrize(
    ("seconds", "words"), [(None, "–"), (0.0841, "84 ms"), (4.21, "4.2 s"), (210, "3.5 min"), (7300, "2.0 h")]
)
def test_a_duration_in_words(seconds: float | None, words: str) -> None:
    assert took(seconds).replace(SPACE, " ") == words

"""Alerts are mailed, shown to officers, and acknowledged by somebody whom they are not about."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from compliance import notices, tasks
from compliance.job_errors import JobFailedError
from compliance.models import AccessAlert, AuditEntry, JobRun, Notice
from compliance.notices import sending
from compliance.reasons import shows_somebody
from compliance.watching import words
from config.environment import mail_server
from tests.compliance import mail
from tests.compliance.looks import log, person, row, signed_in
from tests.compliance.mail import Post

pytestmark = pytest.mark.django_db
LIST = "/admin/compliance/accessalert/"
NOTE = "Asked; a mailing had failed"
MINUTE = timedelta(minutes=1)


def alert(user: User | None = None, rule: str = "contacts", **fields: Any) -> AccessAlert:
    now = timezone.now()
    given = {
        "user_id": user.pk if user else None,
        "username": user.username if user else "",
        "starts_at": now - timedelta(hours=1),
        "ends_at": now,
        "found_at": now,
        "count": 612,
        "usual": 40,
    }
    return AccessAlert.objects.create(rule=rule, **given | fields)


@pytest.fixture
def ada() -> User:
    return person("ada")


@pytest.fixture
def nina(db: None) -> Client:
    return signed_in(person("nina", "Compliance officer"))


@pytest.fixture
def post(settings: Settings) -> Iterator[Post]:
    """A mail server, and the settings that lead to it."""
    with mail.server() as listening:
        for name, value in mail_server(f"smtp://127.0.0.1:{listening.port}").items():
            setattr(settings, name, value)
        settings.EMAIL_URL = "smtp://127.0.0.1"
        settings.ALERT_EMAILS = ["officers@compliance.test", "counsel@compliance.test"]
        settings.EMAIL_FROM, settings.PORTAL_URL = "marketing@portal.test", "http://portal.test"
        yield listening


def told(alert: AccessAlert) -> AccessAlert:
    """As the job tells of what it found."""
    assert notices.tell(words.of(alert), alert.found_at) == 1
    return alert


def test_an_alert_is_mailed_once_and_names_no_contact(ada: User, post: Post) -> None:
    found = told(alert(ada, "same_contact", count=7, usual=None, contact_id=424_242))
    assert notices.tell(words.of(found), found.found_at) == 0
    now = timezone.now()
    assert sending.send(now) == 1
    assert sending.send(now + MINUTE) == 0
    assert [receivers for receivers, _ in post.taken] == [["officers@compliance.test"], ["counsel@compliance.test"]]
    message = post.taken[0][1]
    text = str(message.get_payload())
    assert message["Subject"] == "Unusual access to personal data: same contact again"
    assert message["Message-ID"] == f"<access-alert-{found.pk}@portal.test>"
    assert "Who: ada" in text
    assert "How many: 7" in text
    assert "It waits for a compliance officer in the admin" in text
    assert f"http://portal.test/admin/compliance/accessalert/{found.pk}/change/" in text
    assert "424242" not in text.replace(",", "")
    assert not shows_somebody(re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "", text))


def test_what_a_server_refuses_is_tried_again_ever_later(ada: User, post: Post) -> None:
    told(alert(ada))
    now = timezone.now()
    post.refuses = "451 not now, officers@compliance.test"
    with pytest.raises(JobFailedError, match="1 notices could not be sent, 0 were"):
        sending.send(now)
    row = Notice.objects.get()
    assert (row.state, row.tries) == ("waiting", 1)
    assert "451" in row.error
    assert "@" not in row.error
    assert sending.send(now + timedelta(seconds=1)) == 0
    with pytest.raises(JobFailedError):
        sending.send(now + MINUTE)
    assert sending.send(now + 4 * MINUTE) == 0  # about five minutes after the second
    post.refuses = ""
    assert sending.send(now + 8 * MINUTE) == 1
    row.refresh_from_db()
    assert (row.state, row.tries, row.error, len(post.taken)) == ("sent", 3, "", 2)


def test_a_server_that_is_away_is_told_and_given_up_after_days(ada: User, post: Post, settings: Settings) -> None:
    found, settings.EMAIL_PORT = told(alert(ada)), 1
    now = found.found_at
    for tries in range(1, 11):
        with pytest.raises(JobFailedError):
            sending.send(now)
        row = Notice.objects.get()
        assert row.tries == tries
        now = row.due_at + MINUTE
    assert row.error.startswith("ConnectionRefusedError")
    assert row.state == "given up"
    assert timedelta(days=2) < now - found.found_at < timedelta(days=4)
    assert sending.send(now + timedelta(days=9)) == 0


def test_without_addresses_or_server_nothing_is_sent(ada: User, post: Post, settings: Settings) -> None:
    found = alert(ada)
    settings.ALERT_EMAILS = []
    assert notices.tell(words.of(found), timezone.now()) == 0
    settings.ALERT_EMAILS, settings.EMAIL_URL = ["officers@compliance.test"], ""
    assert notices.tell(words.of(found), timezone.now()) == 0
    assert sending.send(timezone.now()) == 0
    assert post.taken == []


def test_the_address_of_a_mail_server_is_checked_and_not_said_back() -> None:
    assert mail_server("") == {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    given = mail_server("smtp+tls://me:secret@mail.test:587")
    assert (given["EMAIL_HOST"], given["EMAIL_PORT"], given["EMAIL_USE_TLS"]) == ("mail.test", 587, True)
    for wrong in ("mail.test", "consolemail://", "smtp://", "http://me:secret@mail.test"):
        with pytest.raises(ImproperlyConfigured, match="EMAIL_URL: write") as error:
            mail_server(wrong)
        assert "secret" not in str(error.value)


@pytest.mark.django_db(transaction=True)
def test_the_jobs_find_and_mail_and_leave_their_runs(post: Post) -> None:
    ada = person("ada")
    log(*(row(ada, "refused", timezone.now()) for _ in range(12)))
    tasks.watch_access()
    tasks.send_notices()
    tasks.watch_access()
    tasks.send_notices()
    assert len(post.taken) == 2, "one to each address, once"
    runs = list(JobRun.objects.order_by("id").values_list("name", "outcome", "rows"))
    idle = ("nothing to do", 0)
    assert runs == [
        ("watch_access", "done", 1),
        ("send_notices", "done", 1),
        ("watch_access", *idle),
        ("send_notices", *idle),
    ]
    post.refuses = "451 not now"
    told(alert(ada))
    with pytest.raises(JobFailedError):
        tasks.send_notices()
    assert JobRun.objects.latest("id").outcome == "failed"


def test_officers_see_what_waits_and_the_rules(ada: User, nina: Client) -> None:
    alert(ada)
    alert(None, "refused", key_prefix="abcdefgh", acknowledged_at=timezone.now(), acknowledged_by="omar")
    page = nina.get(LIST)
    text = page.content.decode()
    assert [
        said for said in ("Open (1)", "Many contacts (1)", "612", "500 different contacts") if said not in text
    ] == []
    assert nina.get(LIST, {"state": "open"}).context["cl"].result_count == 1
    assert nina.get(LIST, {"state": "acknowledged"}).context["cl"].result_count == 1
    assert nina.get(LIST, {"rule": "refused"}).context["cl"].result_count == 1
    assert nina.get(LIST, {"rule": "nonsense", "state": "nonsense"}).context["cl"].result_count == 2


def test_an_alert_leads_to_its_rows_of_the_log_and_says_who_was_told(ada: User, nina: Client, post: Post) -> None:
    found = told(alert(ada, contact_id=17))
    Notice.objects.update(error="SMTPServerDisconnected: gone")
    log(row(ada, "listed", found.ends_at, [1]), row(ada, "listed", found.ends_at + MINUTE, [2]))
    log(row(person("ben"), "listed", found.ends_at, [3]))
    page = nina.get(f"{LIST}{found.pk}/change/").content.decode()
    assert "ALERT_EMAILS: waiting SMTPServerDisconnected: gone" in page
    address = re.search(r'href="(/admin/compliance/piiaccess/[^"]+)"', page)
    assert address is not None
    assert nina.get(address.group(1).replace("&amp;", "&")).context["cl"].result_count == 1


def test_several_are_acknowledged_with_a_note(ada: User, nina: Client) -> None:
    rows = [alert(ada, rule) for rule in ("contacts", "refused")]
    asked = {"action": "acknowledge", "_selected_action": [one.pk for one in rows]}
    assert "Say in at least 10" in nina.post(LIST, asked, follow=True).content.decode()
    assert not AccessAlert.objects.exclude(acknowledged_at=None).exists()
    page = nina.post(LIST, asked | {"note": NOTE}, follow=True).content.decode()
    assert page.count(": acknowledged.") == 2
    assert set(AccessAlert.objects.values_list("note", "acknowledged_by")) == {(NOTE, "nina")}
    assert AuditEntry.objects.filter(act="acknowledged", username="nina").count() == 2
    assert "nina acknowledged it already" in nina.post(LIST, asked | {"note": NOTE}, follow=True).content.decode()


def test_one_is_acknowledged_on_its_page(ada: User, nina: Client) -> None:
    place = f"{LIST}{alert(ada).pk}/change/"
    nina.post(place, {"words": ""})
    assert AccessAlert.objects.get().acknowledged_at is None
    assert "e-mail address" in nina.post(place, {"words": "Asked ada@example.com"}, follow=True).content.decode()
    assert "acknowledged." in nina.post(place, {"words": NOTE}, follow=True).content.decode()
    page = nina.get(place).content.decode()
    assert NOTE in page
    assert "<textarea" not in page


def test_nobody_acknowledges_what_is_about_themselves() -> None:
    omar = person("omar", "Compliance officer")
    place = f"{LIST}{alert(omar).pk}/change/"
    page = signed_in(omar).post(place, {"words": NOTE}, follow=True).content.decode()
    assert "about your own looks" in page
    assert AccessAlert.objects.get().acknowledged_at is None


def test_who_is_no_officer_sees_none(ada: User) -> None:
    found = alert(ada)
    for user in (ada, person("ann", "Analyst"), person("op", "Operator")):
        client = signed_in(user)
        assert client.get(LIST).status_code == 403
        assert client.get(f"{LIST}{found.pk}/change/").status_code == 403
        assert client.post(f"{LIST}{found.pk}/change/", {"words": NOTE}).status_code == 403
    assert Client().get(LIST).status_code == 302


def test_none_is_added_or_deleted(ada: User, nina: Client) -> None:
    found = alert(ada)
    assert nina.get(f"{LIST}add/").status_code == 403
    assert nina.post(f"{LIST}{found.pk}/delete/", {"post": "yes"}).status_code == 403


def test_the_list_costs_the_same_for_many(ada: User, nina: Client) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert nina.get(LIST).status_code == 200
        return len(queries)

    alert(ada)
    few = asked()
    for _ in range(30):
        alert(ada)
    assert asked() == few <= 12

"""Sessions end: unused, after a day, with the account, by whoever they belong to; and cost one row a request."""

import logging
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from compliance import browsers, sessions
from compliance.models import AuditEntry, WebSession
from config.access import TABLE, addresses
from tests.config.clock import Clock

pytestmark = pytest.mark.django_db
HOME, ACCOUNT, END, OVERVIEW = "/admin/", "/admin/account/", "/admin/account/end-sessions/", "/admin/marketing/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
POLL = {"HX-Request": "true", "HX-Trigger": "refresh"}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada", password="a long password", is_staff=True)


def signed_in(user: User, agent: str = FIREFOX, address: str = "192.0.2.7") -> Client:
    client = Client(headers={"User-Agent": agent}, REMOTE_ADDR=address)
    client.force_login(user)
    WebSession.objects.filter(user=user).update(seen_at=timezone.now() - timedelta(minutes=2))
    client.get(HOME)  # from where is noted with the first request
    return client


def known(client: Client, **more: Any) -> bool:
    return bool(client.get(HOME, **more).status_code == 200)


class TestEnds:
    def test_one_that_is_not_used_ends_and_one_that_is_goes_on(self, ada: User, clock: Clock) -> None:
        used, left = signed_in(ada), signed_in(ada)
        for _ in range(3):
            clock.shift(timedelta(hours=7))
            assert known(used)
        assert not known(left)

    def test_used_all_the_time_it_ends_after_a_day(self, ada: User, clock: Clock) -> None:
        client = signed_in(ada)
        for _ in range(23):
            clock.shift(timedelta(hours=1))
            assert known(client)
        clock.shift(timedelta(hours=1))
        assert not known(client)

    def test_both_times_are_set(self, ada: User, clock: Clock, settings: Settings) -> None:
        settings.SESSION_IDLE, settings.SESSION_WHOLE = timedelta(minutes=5), timedelta(minutes=9)
        client = signed_in(ada)
        clock.shift(timedelta(minutes=4))
        assert known(client)
        clock.shift(timedelta(minutes=4))
        assert known(client)
        clock.shift(timedelta(minutes=1))
        assert not known(client)

    @pytest.mark.parametrize("by", ["refresh", "watch"])
    def test_a_page_that_is_left_open_does_not_use_it(self, ada: User, clock: Clock, by: str) -> None:
        client = signed_in(ada)
        for _ in range(8):
            assert client.get(OVERVIEW, headers=POLL | {"HX-Trigger": by}).status_code == 200
            clock.shift(timedelta(hours=1))
        answer = client.get(OVERVIEW, headers=POLL | {"HX-Current-URL": f"http://testserver{OVERVIEW}?days=7"})
        assert answer["HX-Redirect"] == "/admin/login/?next=/admin/marketing/%3Fdays%3D7"
        assert answer.content == b""

    def test_with_the_account_or_its_rights(self, ada: User, admin_user: User) -> None:
        boss = signed_in(admin_user)
        change = reverse("admin:auth_user_change", args=[ada.pk])
        form = {"username": "ada", "date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
        for kept in ({"is_staff": "on"}, {"is_active": "on"}):
            client = signed_in(ada)
            assert boss.post(change, form | kept).status_code == 302
            assert not known(client)
            User.objects.filter(pk=ada.pk).update(is_active=True, is_staff=True)
            assert not known(client), "it does not come back with the account"

    def test_a_disabled_account_is_out_at_once_however_it_was_disabled(self, ada: User) -> None:
        client = signed_in(ada)
        User.objects.update(is_active=False)
        assert not known(client)

    def test_with_the_password_but_for_where_it_was_changed(self, ada: User) -> None:
        here, there = signed_in(ada), signed_in(ada)
        given = {
            "old_password": "a long password",
            "new_password1": "another long one",
            "new_password2": "another long one",
        }
        assert here.post("/admin/password_change/", given).status_code == 302
        assert (known(here), known(there)) == (True, False)
        assert WebSession.objects.count() == 1
        assert AuditEntry.objects.filter(act="changed password", username="ada").count() == 1

    def test_what_has_ended_is_deleted_in_the_night(self, ada: User, clock: Clock) -> None:
        signed_in(ada)
        clock.shift(timedelta(hours=9))
        signed_in(ada)
        assert sessions.cut(timezone.now()) == 1
        assert WebSession.objects.count() == 1


class TestPage:
    def test_it_shows_where_one_is_signed_in_and_nobody_else(self, ada: User) -> None:
        here = signed_in(ada)
        signed_in(
            ada, "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1", "2001:db8::1"
        )
        signed_in(User.objects.create_user("bob", is_staff=True), "curl/8", "192.0.2.99")
        page = here.get(ACCOUNT).content.decode()
        assert ("Firefox on Linux" in page, "Safari on iPhone" in page, "2001:db8::1" in page) == (True, True, True)
        assert "192.0.2.99" not in page
        assert page.count("this one") == 1
        assert here.cookies["sessionid"].value not in page

    def test_one_ends_others_of_ones_own(self, ada: User) -> None:
        here, there, third = (signed_in(ada) for _ in range(3))
        bob = signed_in(User.objects.create_user("bob", is_staff=True))
        ids = {
            name: sessions.hashed(one.cookies["sessionid"].value) for name, one in {"there": there, "bob": bob}.items()
        }
        here.post(END, {"session": ids["bob"]})
        assert known(bob)
        assert here.post(END, {"session": "\0"}).status_code == 302
        here.post(END, {"session": sessions.hashed(there.cookies["sessionid"].value)})
        assert (known(here), known(there), known(third)) == (True, False, True)
        here.post(END, {"session": "others"})
        assert (known(here), known(third)) == (True, False)
        assert [row.details for row in AuditEntry.objects.filter(act="ended sessions")] == [{"sessions": 1}] * 2

    def test_an_administrator_ends_all_of_somebody(self, ada: User, admin_user: User) -> None:
        here, boss = signed_in(ada), signed_in(admin_user)
        act = {"action": "end_sessions", "_selected_action": [ada.pk]}
        assert boss.post(reverse("admin:auth_user_changelist"), act).status_code == 302
        assert (known(here), known(boss)) == (False, True)
        assert AuditEntry.objects.get(act="ended sessions").username == "admin"


class TestCost:
    def written(self, client: Client, **more: Any) -> tuple[int, int]:
        """How many statements a page takes about sessions: reading, writing."""
        with CaptureQueriesContext(connection) as caught:
            client.get(HOME, **more)
        said = (query["sql"].rpartition("*/ ")[2] for query in caught.captured_queries)  # without what goes before it
        about = [sql for sql in said if "web_session" in sql]
        return sum(sql.startswith("SELECT") for sql in about), sum(sql.startswith("UPDATE") for sql in about)

    def test_a_request_reads_one_row_and_writes_at_most_once_a_minute(self, ada: User, clock: Clock) -> None:
        client = signed_in(ada)
        assert self.written(client) == (1, 0)
        clock.shift(timedelta(seconds=61))
        assert self.written(client) == (1, 1)
        assert self.written(client) == (1, 0)

    def test_where_it_cannot_be_noted_the_page_is_read_all_the_same(
        self, ada: User, clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        client = signed_in(ada)

        def full(store: sessions.SessionStore, at: datetime) -> None:
            raise DatabaseError("disk full")

        monkeypatch.setattr(sessions.SessionStore, "touch", full)
        with caplog.at_level(logging.WARNING):
            assert known(client)
        assert "could not be noted" in caplog.text


def test_what_is_kept_opens_nothing(ada: User) -> None:
    client = signed_in(ada)
    row = WebSession.objects.get()
    thief = Client()
    thief.cookies["sessionid"] = row.session_key
    assert not known(thief)
    assert client.cookies["sessionid"].value not in f"{row.session_key} {row.session_data}"


@pytest.mark.parametrize("cookie", ["", "x", "\\000", "a" * 5000, "../../x", "'; --"])
def test_what_is_no_session_is_nobody(cookie: str) -> None:
    client = Client()
    client.cookies["sessionid"] = cookie
    assert not known(client)


@pytest.mark.parametrize(
    "name", [name for name, ways in TABLE.items() if name.startswith("analytics:") and "GET" in ways]
)
def test_every_fragment_leads_to_the_login_where_the_session_is_over(name: str) -> None:
    numbers = {"pk": 1, "contact": 1, "name": "clean_up"}
    pattern = dict(addresses())[name]
    path = reverse(name, kwargs={key: numbers[key] for key in pattern.pattern.converters})
    answer = Client().get(path, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer["HX-Redirect"].startswith("/admin/login/?next=")


@pytest.mark.parametrize(
    ("agent", "family"),
    [
        (FIREFOX, "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/19 Safari/605.1.15", "Safari on macOS"),
        ("Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8.5.0", "curl"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_browser_in_two_words(agent: str, family: str) -> None:
    assert browsers.family(agent) == family

"""The way in, step by step: who is asked for a code, who is led to enrol, and that nobody is known before."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from compliance import second_factor
from compliance.acting import Actor
from compliance.models import AuditEntry, WebSession
from config import limits
from tests.compliance.totp import code
from tests.config.clock import Clock

pytestmark = pytest.mark.django_db
PASSWORD, SECRET = "a long password", b"12345678901234567890"
LOGIN, STEP, ENROL, ACCOUNT = "/admin/login/", "/admin/login/code/", "/admin/second-factor/", "/admin/account/"
HOME, API = "/admin/", "/api/v1/metrics"


@pytest.fixture(autouse=True)
def untried() -> Iterator[None]:
    limits.here = limits.Buckets()
    yield
    limits.here = limits.Buckets()


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada", password=PASSWORD, is_staff=True)


@pytest.fixture
def codes(ada: User) -> list[str]:
    """Ada has a second factor, and these codes on paper."""
    then = timezone.now() - timedelta(minutes=2)
    return second_factor.enrol(ada, SECRET, code(SECRET, then.timestamp()), Actor(ada), then)


def shown(secret: bytes | str = SECRET) -> str:
    return code(secret, timezone.now().timestamp())


def password(client: Client, then: str = "", **fields: str) -> Any:
    given = {"username": "ada", "password": PASSWORD, "next": then or HOME} | fields
    return client.post(LOGIN, given)


def known(client: Client) -> bool:
    """Whether pages and the API take somebody for signed in; both agree."""
    page, api = client.get(HOME).status_code, client.get(API).status_code
    assert (page, api) in ((200, 200), (302, 401), (302, 403))
    return page == 200


def acts() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("act", flat=True))


def enrolled(client: Client, **fields: str) -> Any:
    """Enrol as somebody would who reads the page."""
    page = client.get(ENROL).content.decode()
    key = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
    assert key
    return client.post(ENROL, {"code": shown(key[1]), **fields})


class TestSecondStep:
    def test_whoever_has_none_is_in_with_the_password(self, client: Client, ada: User) -> None:
        assert password(client, "/admin/marketing/health/")["Location"] == "/admin/marketing/health/"
        assert known(client)
        assert AuditEntry.objects.get().details == {"way": "password"}

    def test_whoever_has_one_is_nobody_until_the_code(self, client: Client, codes: list[str]) -> None:
        assert password(client, "/admin/marketing/health/")["Location"] == STEP
        assert not known(client)
        assert client.get(STEP).status_code == 200
        assert client.post(STEP, {"code": "000000"}).status_code == 200
        assert not known(client)

        said = shown()
        answer = client.post(STEP, {"code": f" {said[:3]} {said[3:]}"})
        assert (answer.status_code, answer["Location"]) == (302, "/admin/marketing/health/")
        assert known(client)
        assert acts()[-2:] == ["refused second factor", "signed in"]
        assert AuditEntry.objects.latest("id").username == "ada"

    def test_a_code_that_was_seen_opens_nothing_elsewhere(self, client: Client, codes: list[str]) -> None:
        other, seen = Client(), shown()
        for browser in (client, other):
            password(browser)
            browser.post(STEP, {"code": seen})
        assert (known(client), known(other)) == (True, False)

    def test_a_code_on_paper_opens_once(self, codes: list[str]) -> None:
        for opens in (True, False):
            client = Client()
            password(client)
            client.post(STEP, {"code": codes[0]})
            assert known(client) is opens

    def test_tries_are_few(self, client: Client, codes: list[str], settings: Settings) -> None:
        settings.LOGIN_TRIES = 3
        password(client)
        assert [client.post(STEP, {"code": "000000"}).status_code for _ in range(3)] == [200] * 3
        refused = client.post(STEP, {"code": shown()})
        assert (refused.status_code, int(refused["Retry-After"]) <= 300) == (429, True)
        password(other := Client(REMOTE_ADDR="192.0.2.9"))
        assert other.post(STEP, {"code": shown()}).status_code == 429, "of the account, wherever from"

    def test_it_does_not_wait_for_ever_nor_outlive_the_password(
        self, ada: User, codes: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        late, changed, disabled = Client(), Client(), Client()
        for browser in (late, changed, disabled):
            password(browser)
        User.objects.update(is_active=False)
        assert disabled.post(STEP, {"code": shown()})["Location"] == LOGIN
        User.objects.update(is_active=True)
        ada.set_password("another one")
        ada.save()
        assert changed.post(STEP, {"code": shown()})["Location"] == LOGIN
        Clock(monkeypatch).shift(timedelta(minutes=11))
        assert late.post(STEP, {"code": shown()})["Location"] == LOGIN
        assert "signed in" not in acts()

    def test_without_a_password_there_is_no_second_step(self, client: Client, codes: list[str]) -> None:
        for place in (STEP, ENROL):
            assert client.get(place)["Location"] == LOGIN
            assert client.post(place, {"code": shown()})["Location"] == LOGIN

    def test_each_step_has_a_session_of_its_own(self, client: Client, codes: list[str]) -> None:
        password(client)
        before = client.cookies["sessionid"].value
        client.post(STEP, {"code": shown()})
        assert client.cookies["sessionid"].value != before
        assert WebSession.objects.count() == 1

    @pytest.mark.parametrize("place", [LOGIN, STEP])
    @pytest.mark.parametrize(
        "evil",
        [
            "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "https:evil.example",
            "https:///evil.example", "https://evil.example/", "javascript:alert(1)", "http:\\\\evil.example",
            "/\t/evil.example", "\x00//evil.example", " //evil.example", "https://testserver@evil.example",
            "https://testserver.evil.example", "ftp://testserver/", "data:text/html,x", "//testserver\\@evil.example",
        ],
    )  # fmt: skip
    def test_it_leads_nowhere_else(self, client: Client, ada: User, place: str, evil: str) -> None:
        if place == STEP:
            then = timezone.now() - timedelta(minutes=2)
            second_factor.enrol(ada, SECRET, code(SECRET, then.timestamp()), Actor(ada), then)
        given = {"username": "ada", "password": PASSWORD, "next": evil}
        answer = client.post(f"{LOGIN}?next={quote(evil)}", given)
        if place == STEP:
            answer = client.post(f"{STEP}?next={quote(evil)}", {"code": shown(), "next": evil})
        assert answer["Location"] == HOME


class TestEnrolling:
    def test_whoever_needs_one_enrols_before_they_see_anything(
        self, client: Client, ada: User, settings: Settings
    ) -> None:
        settings.REQUIRE_SECOND_FACTOR = "ALL"
        assert password(client, "/admin/marketing/health/")["Location"] == ENROL
        assert not known(client)
        assert client.get("/admin/marketing/")["Location"].startswith(LOGIN)

        answer = enrolled(client)
        page = answer.content.decode()
        codes = re.findall(r"<code>(\w{5}-\w{5})</code>", page)
        assert len(codes) == 10
        assert 'href="/admin/marketing/health/"' in page
        assert "no-store" in answer["Cache-Control"]
        assert known(client)

        password(other := Client())
        other.post(STEP, {"code": codes[0]})
        assert known(other)

    def test_people_alone_are_asked_where_it_says_people(self, client: Client, ada: User, settings: Settings) -> None:
        settings.REQUIRE_SECOND_FACTOR = "PEOPLE"
        password(client)
        assert known(client)
        ada.groups.add(Group.objects.get(name="Compliance officer"))
        assert not known(client), "a role that needs one was given while they were signed in"
        assert password(client)["Location"] == ENROL

    def test_whoever_is_signed_in_gives_their_password_again(self, client: Client, ada: User) -> None:
        password(other := Client())
        password(client)
        assert "not your password" in enrolled(client, password="a guess").content.decode()
        assert second_factor.of(ada) is None
        assert "recovery codes" in enrolled(client, password=PASSWORD).content.decode()
        assert second_factor.of(ada)
        assert (known(client), known(other)) == (True, False)
        assert client.get(ENROL)["Location"] == ACCOUNT, "there is one"

    def test_the_picture_stays_until_its_code_is_typed(self, client: Client, ada: User) -> None:
        password(client)
        key = re.compile(r"<code>([A-Z2-7 ]+)</code>")
        first, again = (key.findall(client.get(ENROL).content.decode()) for _ in range(2))
        assert first == again
        page = client.post(ENROL, {"code": "000000", "password": PASSWORD}).content.decode()
        assert "not the code that the app should show" in page
        assert key.findall(page) == first
        kept = " ".join(WebSession.objects.values_list("session_data", flat=True))
        assert first[0].replace(" ", "") not in kept

    def test_it_is_removed_by_a_code_alone(self, client: Client, ada: User, codes: list[str]) -> None:
        password(client)
        client.post(STEP, {"code": codes[0]})
        client.post("/admin/second-factor/remove/", {"code": codes[0]})
        assert second_factor.of(ada), "it was used"
        client.post("/admin/second-factor/remove/", {"code": codes[1]})
        assert second_factor.of(ada) is None
        assert known(client)
        assert "removed second factor" in acts()

    def test_whoever_needs_one_and_removes_it_sets_up_another(
        self, client: Client, ada: User, codes: list[str], settings: Settings
    ) -> None:
        settings.REQUIRE_SECOND_FACTOR = "ALL"
        password(client)
        client.post(STEP, {"code": codes[0]})
        client.post("/admin/second-factor/remove/", {"code": codes[1]})
        assert not known(client)
        assert password(client)["Location"] == ENROL

    def test_other_codes_on_paper_are_made_by_a_code(self, client: Client, ada: User, codes: list[str]) -> None:
        password(client)
        client.post(STEP, {"code": codes[0]})
        page = client.post("/admin/second-factor/recovery-codes/", {"code": shown()}).content.decode()
        others = re.findall(r"<code>(\w{5}-\w{5})</code>", page)
        assert len(others) == 10
        assert not {*others} & {f"{one[:5]}-{one[5:]}" for one in codes}

    def test_an_administrator_resets_it_and_nobody_else(self, admin_user: User, ada: User, codes: list[str]) -> None:
        boss, own, listed = Client(), Client(), reverse("admin:auth_user_changelist")
        password(own)
        own.post(STEP, {"code": codes[0]})
        act = {"action": "reset_second_factor", "_selected_action": [ada.pk]}
        assert own.post(listed, act).status_code == 403
        boss.force_login(admin_user)
        assert boss.post(listed, act).status_code == 302
        assert second_factor.of(ada) is None
        assert not known(own)
        noted = AuditEntry.objects.get(act="removed second factor")
        assert (noted.username, noted.object_id) == ("admin", str(ada.pk))

    def test_keys_are_not_asked(self, ada: User, settings: Settings) -> None:
        from tests.compliance import keys

        settings.REQUIRE_SECOND_FACTOR = "ALL"
        assert Client().get(API, headers=keys.headers("metrics:read", owner=ada)).status_code == 200

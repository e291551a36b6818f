"""Keys for machines: made once, shown once, checked cheaply."""

import re
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from compliance import api_keys
from compliance.models import ApiKey, AuditEntry

pytestmark = pytest.mark.django_db
URL = "/api/v1/events"


def make(*arguments: str) -> str:
    """The last word that the command prints: the key."""
    out = StringIO()
    call_command("create_api_key", *arguments, stdout=out)
    return out.getvalue().split()[-1]


def rotate(secret: str, *arguments: str) -> str:
    """The last word that the command prints: the new key."""
    out = StringIO()
    call_command("rotate_api_key", secret.split(".")[0], *arguments, stdout=out)
    return out.getvalue().split()[-1]


def asked(secret: str) -> Any:
    headers = {"Authorization": f"Api-Key {secret}"}
    return Client().post(URL, "[]", content_type="application/json", headers=headers)


def ask(secret: str) -> int:
    """The status of a request with this key; 400 is past the door, for the body holds nothing."""
    return int(asked(secret).status_code)


def test_the_command_prints_the_key_last_and_keeps_only_a_hash() -> None:
    secret = make("shop", "--scopes", "events:write, kpi:read")

    key = ApiKey.objects.get()
    assert key.scopes == ["events:write", "kpi:read"]
    assert secret not in f"{key.id} {key.hashed_key} {key.prefix}"
    assert ask(secret) == 400


@pytest.mark.parametrize("scopes", ["", " , ", "events:read", "events:write,everything"])
def test_scopes_that_do_not_exist_are_refused_with_those_that_do(scopes: str) -> None:
    with pytest.raises(CommandError, match="events:write"):
        make("shop", "--scopes", scopes)

    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("name", ["", " ", "x" * 51, "a\0b"])
def test_a_key_wants_a_name(name: str) -> None:
    with pytest.raises(CommandError, match="NAME"):
        make(name, "--scopes", "all")


def test_a_key_may_act_for_somebody_as_long_as_they_may() -> None:
    ada = User.objects.create_user("ada")
    secret = make("shop", "--scopes", "all", "--user", "ada")
    assert ApiKey.objects.get().owner == ada
    assert ask(secret) == 403
    ada.user_permissions.add(Permission.objects.get(codename="add_event"))
    assert ask(secret) == 400

    User.objects.update(is_active=False)
    assert ask(secret) == 401
    with pytest.raises(CommandError, match="no user bob"):
        make("shop", "--scopes", "all", "--user", "bob")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"revoked": True}, "This key was revoked. Ask an administrator for a new one."),
        ({"expiry_date": datetime(2026, 3, 1, tzinfo=UTC)}, "This key expired on 2026-03-01. Ask an administrator"),
    ],
)
def test_a_key_that_was_revoked_or_has_expired_is_told_so(change: dict[str, Any], says: str) -> None:
    secret = make("shop", "--scopes", "all")
    ApiKey.objects.update(**change)

    answer = asked(secret)
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert answer.json()["detail"].startswith(says)
    assert answer["WWW-Authenticate"] == "Api-Key"

    guessed = asked(f"{secret.split('.')[0]}.{'x' * 32}")
    assert (guessed.status_code, "unknown" in guessed.json()["detail"]) == (401, True)


def test_a_key_holds_as_long_as_is_set_or_said(settings: Settings) -> None:
    for arguments, days in (((), 365), (("--days", "30"), 30), (("--days", "0"), None)):
        make("shop", "--scopes", "all", *arguments)
        ends = ApiKey.objects.latest("created").expiry_date
        assert (ends and round((ends - timezone.now()) / timedelta(days=1))) == days
    settings.API_KEY_DAYS = 0
    make("shop", "--scopes", "all")
    assert ApiKey.objects.latest("created").expiry_date is None
    with pytest.raises(CommandError, match="Days lie between 0 and"):
        make("shop", "--scopes", "all", "--days", "-1")


def test_a_rotated_key_and_its_successor_open_both_for_a_while() -> None:
    group = Group.objects.get(name="Analyst")
    old = make("shop", "--scopes", "events:write,kpi:read", "--group", "Analyst")
    new = rotate(old, "--overlap-days", "7")

    one, other = ApiKey.objects.order_by("created")
    assert (other.name, other.scopes, other.owner, other.group) == ("shop", one.scopes, None, group)
    assert one.expiry_date
    assert round((one.expiry_date - timezone.now()) / timedelta(days=1)) == 7
    assert (ask(old), ask(new)) == (400, 400)
    noted = AuditEntry.objects.get(act="rotated")
    assert (noted.object_id, noted.details) == (one.prefix, {"into": other.prefix, "overlap_days": 7})
    assert AuditEntry.objects.filter(act="made", object_id=other.prefix).exists()

    rotate(old, "--overlap-days", "0")
    assert (ask(old), ask(new)) == (401, 400)
    with pytest.raises(CommandError, match=r"expired on .* Make a new one"):
        rotate(old)
    with pytest.raises(CommandError, match="no key nothing"):
        rotate("nothing.x")


def test_a_key_that_ends_soon_is_not_made_to_last_longer_by_rotating_it() -> None:
    secret = make("shop", "--scopes", "all", "--days", "2")
    ends = ApiKey.objects.get().expiry_date
    rotate(secret, "--overlap-days", "7")
    assert ApiKey.objects.order_by("created")[0].expiry_date == ends


def test_its_last_use_is_noted_once_a_day(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    secret = make("shop", "--scopes", "all")
    assert ApiKey.objects.get().last_used_on is None
    ask(secret)
    assert ApiKey.objects.get().last_used_on == timezone.now().date()
    with django_assert_num_queries(2):
        ask(secret)
    ApiKey.objects.update(last_used_on=timezone.now().date() - timedelta(days=1))
    ask(secret)
    assert ApiKey.objects.get().last_used_on == timezone.now().date()


class TestAdmin:
    """The list of keys, where an operator revokes them and whoever may make keys rotates them."""

    LIST = "/admin/compliance/apikey/"

    def rotated(self, user: User) -> Any:
        client = Client()
        client.force_login(user)
        old = ApiKey.objects.get()
        return client.post(self.LIST, {"action": "rotate", "_selected_action": [old.pk]})

    def test_it_shows_a_new_key_once_and_nobody_keeps_it(self, admin_user: User) -> None:
        make("shop", "--scopes", "kpi:read")
        answer = self.rotated(admin_user)
        secret = re.findall(r"<code>(\w{8}\.\w+)</code>", answer.content.decode())[0]
        assert ask(secret) == 403
        assert "no-store" in answer["Cache-Control"]
        assert AuditEntry.objects.get(act="rotated").username == "admin"

    def test_an_operator_gets_no_key_by_rotating_one(self) -> None:
        make("shop", "--scopes", "all")
        user = User.objects.create_user("otto", is_staff=True)
        user.groups.add(Group.objects.get(name="Operator"))
        assert "<code>" not in self.rotated(user).content.decode()
        assert ApiKey.objects.count() == 1

    def test_revoking_is_noted(self, admin_client: Client) -> None:
        make("shop", "--scopes", "all")
        key = ApiKey.objects.get()
        day, clock = f"{key.expiry_date:%Y-%m-%d}", f"{key.expiry_date:%H:%M:%S}"
        given = {"revoked": "on", "expiry_date_0": day, "expiry_date_1": clock}
        assert admin_client.post(f"{self.LIST}{key.pk}/change/", given).status_code == 302
        assert AuditEntry.objects.get(act="revoked").object_id == key.prefix

    def test_nobody_gives_a_key_more_than_it_was_made_with(self, admin_client: Client, admin_user: User) -> None:
        make("shop", "--scopes", "kpi:read")
        key = ApiKey.objects.get()
        given = {"name": "other", "scopes": "all", "owner": admin_user.pk, "expiry_date_0": "", "expiry_date_1": ""}
        assert admin_client.post(f"{self.LIST}{key.pk}/change/", given).status_code == 302
        after = ApiKey.objects.get()
        assert (after.name, after.scopes, after.owner) == ("shop", ["kpi:read"], None)

    def test_it_tells_days_left_and_finds_what_ends_soon(self, admin_client: Client) -> None:
        for name, days in (("near", "10"), ("far", "90"), ("ever", "0")):
            make(name, "--scopes", "all", "--days", days)
        page = admin_client.get(self.LIST).content.decode()
        assert re.findall(r'field-left">([^<]+)<', page) == ["no end", "89", "9"]
        soon = admin_client.get(self.LIST, {"end": "soon"}).content.decode()
        assert re.findall(r'field-left">([^<]+)<', soon) == ["9"]


@pytest.mark.parametrize("secret", ["", "x", ".", "a.b", "é.ü", "\0", "x" * 10_000, "abcdefgh." + "x" * 32])
def test_what_is_no_key_is_a_stranger(secret: str) -> None:
    request = Request(APIRequestFactory().get("/", headers={"Authorization": f"Api-Key {secret}"}))

    with pytest.raises(Exception, match="This key is unknown; ask"):
        api_keys.ApiKeyAuthentication().authenticate(request)


def test_the_secret_of_one_key_does_not_open_with_the_prefix_of_another() -> None:
    one, other = make("one", "--scopes", "all"), make("two", "--scopes", "all")

    assert ask(one.split(".")[0] + "." + other.split(".")[1]) == 401


def test_checking_a_key_takes_one_query(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    secret = make("shop", "--scopes", "all")
    ask(secret)  # the first of a day is noted
    with django_assert_max_num_queries(2):  # the other is the row of the log of requests
        ask(secret)


def test_staff_may_write_with_their_session_and_its_csrf_token_alone() -> None:
    client = Client(enforce_csrf_checks=True)
    ada = User.objects.create_user("ada", is_staff=True)
    ada.user_permissions.add(Permission.objects.get(codename="add_event"))
    client.force_login(ada)
    assert client.post(URL, "[]", content_type="application/json").status_code == 403

    client.get("/admin/")
    token = {"X-CSRFToken": client.cookies["csrftoken"].value} if "csrftoken" in client.cookies else _token(client)
    assert client.post(URL, "[]", content_type="application/json", headers=token).status_code == 400


@pytest.mark.parametrize(
    ("door", "permission"),
    [("events", "add_event"), ("campaigns", "change_campaign"), ("costs", "change_campaigncost")],
)
def test_staff_without_the_permission_may_not_write(door: str, permission: str) -> None:
    client = Client()
    ada = User.objects.create_user("ada", is_staff=True)
    client.force_login(ada)
    refused = client.post(f"/api/v1/{door}", "[]", content_type="application/json")
    assert (refused.status_code, f"analytics.{permission}" in refused.json()["detail"]) == (403, True)

    ada.user_permissions.add(Permission.objects.get(codename=permission))
    allowed = client.post(f"/api/v1/{door}", "[]", content_type="application/json")
    assert (allowed.status_code, allowed.json()["title"]) == (400, "Nothing to take in")


def test_a_user_who_is_no_staff_is_told_what_it_needs() -> None:
    client = Client()
    client.force_login(User.objects.create_user("bob"))
    answer = client.post(URL, "[]", content_type="application/json")

    assert answer.status_code == 403
    assert "events:write" in answer.json()["detail"]


def test_a_scope_that_does_not_exist_cannot_be_required() -> None:
    with pytest.raises(api_keys.UnknownScope):
        api_keys.scope_required("events:read")


def _token(client: Client) -> dict[str, str]:
    from django.middleware.csrf import _get_new_csrf_string

    client.cookies["csrftoken"] = token = _get_new_csrf_string()
    return {"X-CSRFToken": token}

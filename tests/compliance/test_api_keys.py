"""Keys for machines: made once, shown once, checked cheaply."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from compliance import api_keys
from compliance.models import ApiKey

pytestmark = pytest.mark.django_db
URL = "/api/v1/events"


def make(*arguments: str) -> str:
    """The last word that the command prints: the key."""
    out = StringIO()
    call_command("create_api_key", *arguments, stdout=out)
    return out.getvalue().split()[-1]


def ask(secret: str) -> int:
    """The status of a request with this key; 400 is past the door, for the body holds nothing."""
    headers = {"Authorization": f"Api-Key {secret}"}
    return Client().post(URL, "[]", content_type="application/json", headers=headers).status_code


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


@pytest.mark.parametrize("change", [{"revoked": True}, {"expiry_date": timezone.now() - timedelta(days=1)}])
def test_a_key_that_was_revoked_or_has_expired_is_a_stranger(change: dict[str, Any]) -> None:
    secret = make("shop", "--scopes", "all")
    ApiKey.objects.update(**change)

    assert ask(secret) == 401


@pytest.mark.parametrize("secret", ["", "x", ".", "a.b", "é.ü", "\0", "x" * 10_000, "abcdefgh." + "x" * 32])
def test_what_is_no_key_is_a_stranger(secret: str) -> None:
    request = Request(APIRequestFactory().get("/", headers={"Authorization": f"Api-Key {secret}"}))

    with pytest.raises(Exception, match="unknown, revoked or expired"):
        api_keys.ApiKeyAuthentication().authenticate(request)


def test_the_secret_of_one_key_does_not_open_with_the_prefix_of_another() -> None:
    one, other = make("one", "--scopes", "all"), make("two", "--scopes", "all")

    assert ask(one.split(".")[0] + "." + other.split(".")[1]) == 401


def test_checking_a_key_takes_one_query(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    secret = make("shop", "--scopes", "all")
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

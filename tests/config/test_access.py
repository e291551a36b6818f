"""Every address as everybody: strangers, each role, a superuser, a key of each scope; and none that was forgotten."""

import logging
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings as configured
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import clear_url_caches, path, reverse
from django.urls.converters import UUIDConverter
from django.utils import timezone
from pytest_django import Settings

from analytics.models import Campaign
from compliance import api_keys, grants, roles
from compliance.acting import Actor
from config import access, urls
from config.access import ACCESS, Who
from tests.analytics.people import CANARY, contact_of, spring
from tests.compliance.access import REASON
from tests.recommendations.made import made

pytestmark = pytest.mark.django_db
NAMELESS = {"api/v1/": "/api/v1/nowhere", "admin:(?P<url>.*)$": "/admin/nowhere/"}
OLD = "/<path:object_id>/"  # the admin's address of a row before it was told what to do with it
TRIED = ("GET", "POST")
FOR_KEYS = ("/api", "/metrics", "/v1")
NOT_ALLOWED = 405
Places = Mapping[str, str]


class Bare(Client):
    """Asks as Django's client does, and keeps nothing of what comes back: no contexts, and no cookies, so that whoever
    is signed out is still there for the next request.
    """

    def request(self, **request: Any) -> Any:
        return self.handler(self._base_environ(**request))  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Asker:
    name: str
    client: Client
    user: User | None = None
    scopes: tuple[str, ...] | None = None  # of a key

    @property
    def tries_all(self) -> bool:
        """Whether to try what the table has not, too: what a superuser may not, nobody may."""
        return self.scopes in (None, (api_keys.ALL,)) and (self.user is None or self.user.is_superuser)


@pytest.fixture(autouse=True)
def quick(settings: Settings) -> Iterator[None]:
    """Thousands of requests: no session is looked up, no refusal logged."""
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def campaign() -> Campaign:
    return spring()


@pytest.fixture
def places(campaign: Campaign) -> Places:
    """The path of each address of the table."""
    values: dict[str, Any] = {
        "pk": campaign.pk,
        "contact": contact_of(CANARY),
        "name": "no-such-job",
        "token": "none",
        "key": "none",
        "provider": "brevo",
        "secret": "none",
        "number": 0,
        "quarter": "2026-Q4",
        "who": "user-0",
        "object_id": "0",
        "content_type_id": 1,
        "id": 0,
    }
    recommended = made(campaign=campaign).pk
    found = {
        name: _path(name, pattern, values | ({"pk": recommended} if "recommend" in name else {}))
        for name, pattern in access.addresses()
    }
    asked = {name: name.partition(" ") for name in ACCESS}
    return {name: f"{found[bare]}?{query}" for name, (bare, _, query) in asked.items()}


def _path(name: str, pattern: Any, values: Mapping[str, Any]) -> str:
    if name in NAMELESS:
        return NAMELESS[name]
    if name.endswith(OLD):
        return f"/{name.replace(':', '/', 1).replace(OLD, '/0/')}"
    if name == "admin:app_list":
        return reverse(name, args=["auth"])
    given = {
        key: uuid.UUID(int=0) if isinstance(converter, UUIDConverter) else values[key]
        for key, converter in pattern.pattern.converters.items()
    }
    return reverse(name, kwargs=given | _existing(name))


def _existing(name: str) -> dict[str, Any]:
    """The history of a row that there is, where there is one: of any other nobody is asked anything."""
    of = {f"admin:{model._meta.app_label}_{model._meta.model_name}_history": model for model in admin.site._registry}
    row = of[name]._default_manager.order_by("pk").first() if name in of else None
    return {"object_id": row.pk} if row else {}


def people() -> Iterator[Asker]:
    """A stranger, one who is no staff, staff of no role, each role, a superuser."""
    yield Asker("stranger", Bare())
    users = [User.objects.create_user("visitor"), User.objects.create_user("staff", is_staff=True)]
    for role in roles.ROLES:
        users.append(User.objects.create_user(role.name, is_staff=True))
        users[-1].groups.add(Group.objects.get(name=role.name))
    for user in (*users, User.objects.create_superuser("boss")):
        client = Bare()
        client.force_login(user)
        yield Asker(user.username, client, user if roles.signs_in(user) else None)


def keys() -> Iterator[Asker]:
    """A key of each scope that acts for a superuser; and of all scopes for somebody who may little, and for nobody."""
    boss = User.objects.create_superuser("boss")
    analyst = User.objects.create_user("analyst", is_staff=True)
    analyst.groups.add(Group.objects.get(name="Analyst"))
    wanted = [*((boss, scope.name) for scope in api_keys.SCOPES), (analyst, api_keys.ALL), (None, api_keys.ALL)]
    for owner, scope in wanted:
        _key, secret = api_keys.create("test", [scope], owner)
        client = Bare(headers={"Authorization": f"Api-Key {secret}"})
        yield Asker(f"{scope} of {owner}", client, owner, (scope,))


def wrong(askers: Iterable[Asker], places: Places) -> str:
    """What was answered otherwise than the table says, a line each; what is done is undone."""
    tries = [
        (asker, method, name, path_)
        for asker in askers
        for name, path_ in places.items()
        for method in (dict.fromkeys((*TRIED, *ACCESS[name])) if asker.tries_all else ACCESS[name])
    ]
    said = ((each, _fault(*each)) for each in tries)
    return "\n".join(f"{asker.name}: {method} {name}: {fault}" for (asker, method, name, _), fault in said if fault)


def _fault(asker: Asker, method: str, name: str, path_: str) -> str:
    answer, who = _tried(asker.client, method, path_), ACCESS[name].get(method)
    turned_away = _turned_away(answer)
    if answer.status_code >= 500:
        return "our fault"
    if who is None:
        no = turned_away or answer.status_code == NOT_ALLOWED or _leads_on(answer)
        return "" if no else f"{answer.status_code}, nobody may"
    if name.endswith("_history") and _leads_on(answer):
        return ""
    if who.lets_in(asker.user, asker.scopes):
        return f"{answer.status_code}, may" if turned_away or answer.status_code == NOT_ALLOWED else ""
    return "" if turned_away else f"{answer.status_code}, may not"


def _tried(client: Client, method: str, path_: str) -> Any:
    if method == "GET":
        return client.get(path_)
    before = transaction.savepoint()  # no block, in which what has to be on disk at once would refuse
    given = {"data": "{}", "content_type": "application/json"} if path_.startswith("/api") else {}
    answer = getattr(client, method.lower())(path_, **given)
    transaction.savepoint_rollback(before)
    return answer


def _turned_away(answer: HttpResponse) -> bool:
    return answer.status_code in (401, 403) or answer.headers.get("Location", "").startswith(reverse("admin:login"))


def _leads_on(answer: HttpResponse) -> bool:
    """To the admin's first page, which is how it says that there is no such row."""
    return answer.headers.get("Location") == reverse("admin:index")


def test_every_address_lets_in_the_people_that_the_table_says(places: Places, campaign: Campaign) -> None:
    askers = list(people())
    for asker in askers:
        if asker.user and asker.user.has_perm(grants.PERMISSION):
            grants.open(campaign.pk, "complaint", REASON, by=Actor(asker.user), at=timezone.now())
    assert wrong(askers, places) == ""


def test_every_address_lets_in_the_keys_that_the_table_says(places: Places, campaign: Campaign) -> None:
    askers = list(keys())
    grants.open(campaign.pk, "complaint", REASON, by=Actor(askers[0].user), at=timezone.now())
    api = {name: path_ for name, path_ in places.items() if path_.startswith(FOR_KEYS)}
    assert wrong(askers, api) == ""


def test_a_key_opens_no_page(places: Places) -> None:
    for asker in keys():
        if asker.scopes == (api_keys.ALL,):
            pages = {name: path_ for name, path_ in places.items() if not path_.startswith(FOR_KEYS)}
            assert wrong([Asker(asker.name, asker.client)], pages) == ""
            return


def test_an_address_that_was_forgotten_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    assert access.check_access() == []
    monkeypatch.setattr(
        urls, "urlpatterns", [*urls.urlpatterns, path("new/", lambda _request: HttpResponse(), name="new")]
    )
    monkeypatch.setitem(access.ACCESS, "gone", {})
    clear_url_caches()
    errors = [(error.id, error.msg) for error in access.check_access()]
    monkeypatch.undo()
    clear_url_caches()
    assert errors == [
        ("access.E001", "Nobody has said who may call new."),
        ("access.E002", "gone is not served."),
    ]


def test_what_the_table_asks_for_exists() -> None:
    asked = [who for methods in ACCESS.values() for who in methods.values()]
    known = {f"{app}.{name}" for app, name in Permission.objects.values_list("content_type__app_label", "codename")}
    assert {who.permission for who in asked} - {""} <= known
    assert {scope for who in asked for scope in who.scopes} <= api_keys.NAMES


def test_the_readme_shows_the_table() -> None:
    shown = (configured.BASE_DIR / "config" / "README.md").read_text()
    assert access.matrix() in shown, "Put there what manage.py show_access prints."


@pytest.mark.parametrize(("scopes", "allowed"), [(None, False), (("kpi:read",), True), (("costs:write",), False)])
def test_figures_by_a_key_are_not_for_everybody(scopes: tuple[str, ...] | None, allowed: bool) -> None:
    assert Who("analytics.add_event", ("kpi:read",)).lets_in(None, scopes) is allowed

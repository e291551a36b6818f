"""The API keeps to its description whatever is sent, and whoever sends it: made up from the description itself.

`make fuzz` asks for longer, and other things each time.
"""

import os
from collections.abc import Iterator
from functools import cache
from typing import Any
from uuid import uuid4

import pytest
import schemathesis
from django.conf import settings as configured
from django.contrib.auth.models import Group, User
from django.core.cache import cache as kept
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as asking
from hypothesis import strategies as st
from hypothesis.stateful import initialize
from pytest_django import Settings
from schemathesis import checks
from schemathesis.specs.openapi import checks as of_the_description

from compliance.api_keys import SCOPES
from compliance.roles import ROLES
from config.schedule import sync_schedule
from config.wsgi import application
from tests.compliance.keys import headers
from tests.recommendations.made import made

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "5"))
STEPS = 12  # of one story
SLOW = list(HealthCheck)  # no figure of how fast a machine makes things up
NO_RULES = [
    of_the_description.positive_data_acceptance,  # that an end comes after a start no description can say
    of_the_description.ignored_auth,  # who asks is told by headers that are given to every call; test_access tries it
]
CHECKS = [
    checks.not_a_server_error,
    of_the_description.status_code_conformance,
    of_the_description.content_type_conformance,
    of_the_description.response_headers_conformance,
    of_the_description.response_schema_conformance,
]


@cache
def description() -> Any:
    return schemathesis.openapi.from_path(str(configured.BASE_DIR / "openapi.yaml"))


def operations() -> list[Any]:
    return [found.ok() for found in description().get_all_operations()]


def everybody() -> list[dict[str, str]]:
    """The headers of a stranger, of a wrong key, of keys with each scope, of a session of each role, of a superuser."""
    boss = User.objects.create_superuser("boss")
    people = [boss]
    for role in ROLES:
        user = User.objects.create_user(role.name, is_staff=True)
        user.groups.add(Group.objects.get(name=role.name))
        people.append(user)
    keys = [headers(scope.name) for scope in SCOPES] + [headers("all", owner=person) for person in people]
    return [headers("all", owner=boss), {}, {"Authorization": "Api-Key a.b"}, *keys, *map(session, people)]


def session(user: User) -> dict[str, str]:
    client = Client()
    client.force_login(user)
    client.cookies["csrftoken"] = token = "a" * 32
    return {"Cookie": client.cookies.output(header="", sep=";").strip(), "X-CSRFToken": token}


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Requests do not close the connection in whose transaction the test lives."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.django_db
@pytest.mark.usefixtures("one_connection")
@pytest.mark.parametrize("operation", operations(), ids=lambda operation: operation.label)
def test_no_answer_is_an_error_of_ours_or_is_not_described(operation: Any, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    found = made()
    there = {"campaigns": found.campaign_id, "recommendations": found.pk}
    most, *others = everybody()

    @asking(max_examples=EXAMPLES, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=SLOW)
    @given(case=operation.as_strategy(), asker=st.one_of(st.just(most), st.sampled_from(others)), of_ours=st.booleans())
    def ask(case: Any, asker: dict[str, str], of_ours: bool) -> None:
        if of_ours and "id" in (case.path_parameters or {}):
            case.path_parameters["id"] = there.get(case.path.split("/")[3], 1)
        case.call_and_validate(app=application, headers=asker, checks=CHECKS)

    ask()


@pytest.mark.django_db
@pytest.mark.parametrize("operation", operations(), ids=lambda operation: operation.label)
def test_each_refusal_that_is_described_is_given(operation: Any, settings: Settings) -> None:
    places = dict.fromkeys(("id", "name"), "1") | {name: str(uuid4()) for name in ("grant_id", "request_id")}
    url, method = operation.path.format(**places), operation.method.upper()
    key = headers("all", owner=User.objects.create_superuser("boss"))
    without = headers("kpi:read" if "jobs" in url else "jobs:read")
    tries: list[tuple[str, str, dict[str, str]]] = [
        (method, "application/xml", key),
        (method, "application/json", {}),
        (method, "application/json", without),
        (method, "application/json", key | {"Accept": "text/html"}),
        ("PATCH", "application/json", key),
    ]
    given = {str(Client().generic(verb, url, "x", kind, headers=who).status_code) for verb, kind, who in tries}
    settings.API_CALLS_PER_MINUTE = 1
    given |= {str(Client().generic(method, url, headers=key).status_code) for _ in range(2)}

    described = set(operation.definition.raw["responses"]) & {"401", "403", "405", "406", "415", "429"}
    assert described - given <= ({"415"} if "requestBody" not in operation.definition.raw else set())


def is_told(*askers: dict[str, str]) -> Any:
    """Stories of calls by one of `askers` each, in which an answer says what the next call asks for."""

    class Story(description().as_state_machine()):  # type: ignore[misc]
        @initialize(asker=st.sampled_from(askers))
        def begins(self, asker: dict[str, str]) -> None:
            self.asker = asker

        def setup(self) -> None:
            """Each begins with the same, for Hypothesis tells it again."""
            kept.clear()
            self.before = transaction.savepoint()

        def teardown(self) -> None:
            transaction.savepoint_rollback(self.before)

        def call(self, case: Any, **_: Any) -> Any:
            return case.call(app=application, headers=self.asker)

        def validate_response(self, response: Any, case: Any, **_: Any) -> None:
            empty = "" in (case.query or {}).values()  # as a form sends it: left out
            excluded = [*NO_RULES, *([of_the_description.negative_data_rejection] if empty else [])]
            case.validate_response(response, excluded_checks=excluded, recorder=self.recorder)

    return Story


@pytest.mark.django_db
@pytest.mark.usefixtures("one_connection")
def test_no_story_of_calls_ends_in_an_error_or_in_what_is_not_described(settings: Settings) -> None:
    """Grants that are opened and ended, jobs started and looked at, recommendations decided as the list has them."""
    settings.ALLOWED_HOSTS = ["*"]
    made()
    sync_schedule()
    most, _stranger, _wrong, *others = everybody()
    story = is_told(most, most, most, *others)
    story.run(
        settings=asking(
            max_examples=4 * EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=SLOW,
        )
    )

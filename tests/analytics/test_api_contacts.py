"""People through the API: a grant first, masked ids then, one in full last; and a row in the log for each."""

import json
import logging
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from analytics.models import Campaign
from compliance.models import ConsentGrant, Identity, PiiAccess
from tests.analytics.people import CANARY, DAY, MASKED, NAMES, acts, contact_of, kept_in_redis, spring, took_in
from tests.analytics.test_api_kpi import refused
from tests.analytics.totals import campaign
from tests.compliance import keys
from tests.compliance.access import REASON, staff

pytestmark = pytest.mark.django_db
ON_THE_DAY = {"level": "contact", "date": "2026-10-01"}


@pytest.fixture
def ada(db: None) -> User:
    return staff("ada")


@pytest.fixture
def client(ada: User) -> Client:
    client = Client(REMOTE_ADDR="192.0.2.7", HTTP_USER_AGENT="Firefox")
    client.force_login(ada)
    return client


@pytest.fixture
def found(db: None) -> Campaign:
    return spring()


def ask(client: Client, found: Campaign, headers: dict[str, str] | None = None, **params: Any) -> Any:
    return client.get(f"/api/v1/campaigns/{found.pk}/drilldown", ON_THE_DAY | params, headers=headers)


def post(client: Client, path: str, headers: dict[str, str] | None = None, **body: Any) -> Any:
    return client.post(f"/api/v1/pii/{path}", json.dumps(body), content_type="application/json", headers=headers)


def consent(client: Client, found: Campaign, headers: dict[str, str] | None = None, **changes: Any) -> Any:
    return post(
        client, "consent", headers, **{"campaign": found.pk, "purpose": "complaint", "reason": REASON} | changes
    )


def run_out() -> None:
    ConsentGrant.objects.update(expires_at=timezone.now())


def test_without_a_grant_a_problem_says_how_to_get_one_and_the_try_is_logged(client: Client, found: Campaign) -> None:
    problem = refused(ask(client, found, hour="nonsense"), 403)  # permission before parameters

    assert problem["grant"] == {
        "method": "POST",
        "url": "/api/v1/pii/consent",
        "takes": {
            "campaign": found.pk,
            "purpose": ["complaint", "delivery", "privacy_request", "abuse", "legal"],
            "reason": "10 to 1,000 characters; no e-mail addresses, no phone numbers",
        },
        "page": f"/admin/marketing/campaigns/{found.pk}/contacts/",
    }
    assert "15 minutes" in problem["detail"]
    assert acts() == [("refused", [])]


def test_what_the_problem_says_works(client: Client, found: Campaign) -> None:
    way = refused(ask(client, found), 403)["grant"]
    body = {"campaign": way["takes"]["campaign"], "purpose": way["takes"]["purpose"][0], "reason": REASON}
    opened = client.post(way["url"], json.dumps(body), content_type="application/json")

    assert opened.status_code == 201
    assert opened.headers["Cache-Control"] == "no-store, private"
    grant = opened.json()
    assert (grant["campaign"], grant["purpose"], grant["seconds_left"]) == (found.pk, "complaint", 900)
    assert ask(client, found).status_code == 200


def test_contacts_are_masked_and_one_is_revealed_by_a_second_act(client: Client, found: Campaign) -> None:
    consent(client, found)
    answer = ask(client, found)
    body = answer.json()
    first = body["results"][0]
    one = contact_of(CANARY)

    assert answer.headers["Cache-Control"] == "no-store, private"
    assert CANARY not in answer.content.decode()
    assert first == {
        "id": one, "contact": MASKED, "sent": 1, "opened": 1, "clicked": 1, "converted": 1, "by_machine": 1,
        "last_event": {"type": "unsubscribed", "at": "2026-10-01T12:00:00.000Z", "machine": False},
    }  # fmt: skip
    assert (len(body["results"]), body["count"], body["next"]) == (7, 7, None)
    assert (body["meta"]["basis"], body["meta"]["warnings"], body["grant"]["purpose"]) == ("event", [], "complaint")
    assert body["last_refreshed_at"]

    shown = post(client, "reveal", campaign=found.pk, contact=one)
    assert shown.json() == {"id": one, "contact": CANARY}
    assert shown.headers["Cache-Control"] == "no-store, private"
    numbers = [contact_of(name) for name in NAMES]
    assert acts() == [("granted", []), ("listed", numbers), ("revealed", [one])]


def test_the_log_has_who_from_where_when_and_for_what(client: Client, ada: User, found: Campaign) -> None:
    before = timezone.now()
    consent(client, found)
    ask(client, found)
    row = PiiAccess.objects.get(act="listed")

    assert (row.user_id, row.username, row.ip, row.user_agent, row.key_prefix) == (
        ada.pk, "ada", "192.0.2.7", "Firefox", "",
    )  # fmt: skip
    assert (row.campaign, row.purpose, row.grant_id) == (found.pk, "complaint", ConsentGrant.objects.get().pk)
    assert before <= row.at <= timezone.now()
    assert "example" not in str(list(PiiAccess.objects.values()))


def test_pages_go_on_by_next(client: Client, found: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    from analytics.queries import contacts

    monkeypatch.setattr(contacts.contacts, "__kwdefaults__", {"limit": 3})
    consent(client, found)
    seen: list[int] = []
    url = f"/api/v1/campaigns/{found.pk}/drilldown?level=contact&date=2026-10-01"
    while url:
        body = client.get(url).json()
        seen, url = [*seen, *(row["id"] for row in body["results"])], body["next"]
    assert seen == [contact_of(name) for name in NAMES]
    assert [act for act, _ in acts()] == ["granted", "listed", "listed", "listed"]


def test_a_small_group_is_counted_not_listed_and_says_so(client: Client, found: Campaign) -> None:
    consent(client, found)
    body = ask(client, found, hour="12").json()

    assert (body["results"], body["count"], body["next"]) == ([], 3, None)
    assert body["meta"]["warnings"] == [
        "A group of fewer than 5 contacts is counted and not broken down; leave out the hour."
    ]
    assert acts()[-1] == ("listed", [])


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"hour": "24"}, "hour"),
        ({"date": "1 October"}, "date"),
        ({"cursor": "x"}, "cursor"),
        ({"metrics": "sends"}, "metrics"),
    ],
)
def test_bad_parameters_are_named(client: Client, found: Campaign, params: dict[str, Any], field: str) -> None:
    consent(client, found)
    assert refused(ask(client, found, **params), 400)["errors"][0]["field"] == field


def test_an_unknown_campaign_is_not_found(client: Client, found: Campaign) -> None:
    gone = Campaign(pk=found.pk + 1)
    assert refused(ask(client, gone), 404)["title"] == "No such campaign"
    assert refused(consent(client, gone), 400)["errors"][0]["field"] == "campaign"


@pytest.mark.parametrize("end", ["ended", "ran out", "permission taken"])
def test_a_grant_that_is_over_shows_nobody(client: Client, ada: User, found: Campaign, end: str) -> None:
    grant = consent(client, found).json()["id"]
    assert ask(client, found).status_code == 200
    if end == "ended":
        gone = client.delete(f"/api/v1/pii/consent/{grant}")
        assert (gone.status_code, gone.content) == (204, b"")
    elif end == "ran out":
        run_out()
    else:
        ada.user_permissions.clear()

    for answer in (ask(client, found), post(client, "reveal", campaign=found.pk, contact=contact_of(CANARY))):
        assert "example" not in str(refused(answer, 403))
    assert [act for act, _ in acts()][-2:] == ["refused", "refused"]


def test_a_grant_is_for_its_campaign_and_its_person(client: Client, found: Campaign) -> None:
    consent(client, found)
    other = took_in(
        [{"type": "sent", "contact": CANARY, "occurred_at": DAY.isoformat(), "campaign": "autumn"}], DAY, "autumn"
    )
    bob = Client()
    bob.force_login(staff("bob"))

    refused(ask(client, other), 403)
    refused(ask(bob, found), 403)
    refused(post(bob, "reveal", campaign=found.pk, contact=contact_of(CANARY)), 403)
    refused(bob.delete(f"/api/v1/pii/consent/{ConsentGrant.objects.get().pk}"), 404)
    assert ask(client, found).status_code == 200


def test_somebody_of_no_campaign_is_not_revealed_and_the_try_is_logged(client: Client, found: Campaign) -> None:
    empty = campaign("empty")
    consent(client, empty)
    one = contact_of(CANARY)
    refused(post(client, "reveal", campaign=empty.pk, contact=one), 404)
    assert acts() == [("granted", []), ("refused", [one])]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"purpose": "curiosity"}, "purpose"),
        ({"purpose": None}, "purpose"),
        ({"reason": "because"}, "reason"),
        ({"reason": "she wrote from ada@example.com"}, "reason"),
        ({"reason": "called from +44 20 7946 0989"}, "reason"),
        ({"campaign": "spring"}, "campaign"),
        ({"campaign": 2**40}, "campaign"),
    ],
)
def test_a_consent_that_cannot_be_given_names_its_field(
    client: Client, found: Campaign, changes: dict[str, Any], field: str
) -> None:
    problem = refused(consent(client, found, **changes), 400)
    assert [error["field"] for error in problem["errors"]] == [field]
    assert not ConsentGrant.objects.exists()


def test_what_is_no_json_and_no_object_is_refused(client: Client) -> None:
    for body in ("{", "[]", "7", '"text"'):
        answer = client.post("/api/v1/pii/consent", body, content_type="application/json")
        refused(answer, 400)
    refused(client.post("/api/v1/pii/consent", "a=b", content_type="text/plain"), 415)


def test_a_key_acts_for_its_owner_or_sees_nobody(found: Campaign, ada: User) -> None:
    stranger = Client()
    of_nobody, of_ada = keys.headers("contacts:read"), keys.headers("contacts:read", owner=ada)
    of_bob = keys.headers("all", owner=staff("bob", may=False))
    for headers in (of_nobody, of_bob):
        for answer in (ask(stranger, found, headers), consent(stranger, found, headers)):
            problem = refused(answer, 403)
            assert "grant" not in problem
            assert problem["title"] == "You may not see contacts"

    assert consent(stranger, found, of_ada).status_code == 201
    assert ask(stranger, found, of_ada).json()["results"][0]["contact"] == MASKED
    assert PiiAccess.objects.get(act="listed").key_prefix
    assert ask(stranger, found, keys.headers("contacts:read", owner=ada)).status_code == 200  # grants are of people


@pytest.mark.parametrize("scope", ["kpi:read", "campaigns:read", "exports:write"])
def test_a_key_without_the_scope_sees_nobody(found: Campaign, ada: User, scope: str) -> None:
    headers, stranger = keys.headers(scope, owner=ada), Client()
    for answer in (ask(stranger, found, headers), consent(stranger, found, headers)):
        assert "contacts:read" in refused(answer, 403)["detail"]
    assert refused(ask(stranger, found, keys.headers("contacts:read", owner=ada), level="day"), 403)


def test_strangers_are_turned_away(found: Campaign) -> None:
    for answer in (ask(Client(), found), consent(Client(), found), Client().delete(f"/api/v1/pii/consent/{found.pk}")):
        assert answer.status_code in (401, 404)
    refused(post(Client(), "reveal", campaign=found.pk, contact=1), 401)


def test_a_session_without_a_csrf_token_opens_nothing(ada: User, found: Campaign) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ada)
    refused(consent(strict, found), 403)
    assert not ConsentGrant.objects.exists()


def test_an_erased_identity_is_null_and_what_was_done_stays(client: Client, found: Campaign) -> None:
    one = contact_of(CANARY)
    Identity.objects.filter(contact_id=one).delete()
    consent(client, found)

    assert ask(client, found).json()["results"][0]["contact"] is None
    assert post(client, "reveal", campaign=found.pk, contact=one).json() == {"id": one, "contact": None}


def test_no_more_statements_with_more_contacts(
    client: Client, found: Campaign, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    sent = [{"type": "sent", "contact": f"p{number}@example.com", "occurred_at": DAY.isoformat(), "campaign": "spring"}
            for number in range(40)]  # fmt: skip
    consent(client, found)
    with django_assert_num_queries(14):
        assert len(ask(client, found).json()["results"]) == 7
    took_in(sent, DAY)
    with django_assert_num_queries(14):
        assert len(ask(client, found).json()["results"]) == 47


def test_the_canary_is_nowhere_but_in_the_answer_that_reveals_it(
    client: Client, found: Campaign, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    url = f"/api/v1/campaigns/{found.pk}/"
    asked = [f"{url}details", f"{url}drilldown", f"{url}drilldown?level=hour", f"{url}drilldown?level=contact"]
    answers = [client.get(address) for address in asked]
    consent(client, found)
    answers += [ask(client, found), ask(client, found, cursor="x"), ask(client, found, hour="12")]
    assert CANARY in post(client, "reveal", campaign=found.pk, contact=contact_of(CANARY)).content.decode()
    run_out()
    answers += [ask(client, found), post(client, "reveal", campaign=found.pk, contact=contact_of(CANARY))]

    assert not [answer for answer in answers if CANARY in f"{answer.content.decode()} {answer.headers}"]
    assert CANARY not in caplog.text
    assert CANARY not in kept_in_redis()

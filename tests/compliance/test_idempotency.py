"""`Idempotency-Key`: sent again, an unsafe call has one effect and one answer."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest
import yaml
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import OperationalError
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.live_server_helper import LiveServer

from analytics.ingest import record_costs
from analytics.models import Campaign, CampaignCost, DeadLetterRow, InboxBatch
from compliance import crypto, idempotency
from compliance.idempotency import HEADER, REPLAYED, IdempotentView
from compliance.models import ApiKey, ConsentGrant, KeptAnswer, MetricDenial
from compliance.tasks import clean_up
from tests.analytics.people import CANARY, acts, contact_of, spring
from tests.compliance import keys
from tests.compliance.access import REASON, staff

pytestmark = pytest.mark.django_db
UNSAFE = ("post", "put", "patch", "delete")
COST = {"campaign": "spring", "date": "2026-10-05", "amount": "10.25", "source": "ads"}
EVENT = {"event_id": "1", "type": "sent", "occurred_at": "2026-10-05T10:00:00Z", "campaign": "spring", "contact": "a"}


@pytest.fixture
def campaign(db: None) -> Campaign:
    return Campaign.objects.create(external_id="spring", name="Spring", channel="email")


@pytest.fixture
def key(campaign: Campaign) -> dict[str, str]:
    return keys.headers()


def post(body: Any, headers: dict[str, str], once: str = "", path: str = "costs") -> Any:
    sent = headers | ({HEADER: once} if once else {})
    return Client().post(f"/api/v1/{path}", json.dumps(body), content_type="application/json", headers=sent)


def test_sent_again_it_gets_the_first_answer_and_does_nothing(key: dict[str, str]) -> None:
    first = post(COST, key, "k")
    CampaignCost.objects.update(amount=7)
    again = post(dict(reversed(COST.items())), key, "k")  # the order of fields is no matter

    assert (first.status_code, again.status_code) == (201, 201)
    assert (first.content, first["Content-Type"]) == (again.content, again["Content-Type"])
    assert (REPLAYED in first, again[REPLAYED]) == (False, "true")
    assert CampaignCost.objects.get().amount == 7
    assert post(COST, key, "another").json()["results"] == [{"index": 0, "status": "updated"}]


def test_a_refusal_is_kept_with_what_it_did(key: dict[str, str]) -> None:
    first, again = (post({**COST, "campaign": "unknown"}, key, "k") for _ in range(2))
    assert (first.status_code, again.status_code) == (400, 400)
    assert (first.content, again["Content-Type"]) == (again.content, "application/problem+json")
    assert DeadLetterRow.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "path", "more"),
    [({**COST, "amount": 1}, "costs", {}), ({**COST, "amount": 10.25}, "costs", {}), (COST, "costs?a=1", {}),
     (COST, "campaigns", {}), (COST, "costs", {"If-Match": '"2"'})],
)  # fmt: skip
def test_a_key_is_of_one_request(key: dict[str, str], body: Any, path: str, more: dict[str, str]) -> None:
    post(COST, key, "k")
    refused = post(body, key | more, "k", path)

    assert (refused.status_code, refused["Content-Type"]) == (422, "application/problem+json")
    assert [error["field"] for error in refused.json()["errors"]] == [HEADER]
    assert CampaignCost.objects.get().amount == 10.25 == float(COST["amount"])
    assert post(COST, key, "k").status_code == 201


def test_the_same_key_of_another_asker_is_another(key: dict[str, str]) -> None:
    post(COST, key, "k")
    other = post(COST, keys.headers(), "k")
    assert (other.status_code, REPLAYED in other) == (200, False)


def test_who_may_no_more_gets_no_kept_answer_either(key: dict[str, str]) -> None:
    post(COST, key, "k")
    ApiKey.objects.update(scopes=["kpi:read"])
    assert post(COST, key, "k").status_code == 403
    ApiKey.objects.update(revoked=True)
    assert post(COST, key, "k").status_code == 401


def test_an_answer_without_figures_is_given_again_whatever_was_denied_since(campaign: Campaign) -> None:
    group = Group.objects.create(name="No costs")
    key = keys.headers(group=group)
    first = post(COST, key, "k")
    MetricDenial.objects.create(group=group, metric="cost")
    again = post(COST, key, "k")
    assert (again.status_code, again.content, again[REPLAYED]) == (201, first.content, "true")


@pytest.mark.parametrize("once", ["x" * 256, "a\tb", "schlüssel", " "])
def test_a_key_that_is_none_is_refused_by_name(key: dict[str, str], once: str) -> None:
    refused = post(COST, key, once)
    assert refused.status_code == 400
    assert [error["field"] for error in refused.json()["errors"]] == [HEADER]
    assert not CampaignCost.objects.exists()
    assert post(COST, key, "x" * 255).status_code == 201


def test_what_failed_on_our_side_is_tried_anew(key: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any, **more: Any) -> None:
        record_costs(*args, **more)
        raise OperationalError("gone")

    monkeypatch.setattr("analytics.api.costs.record_costs", fail)
    assert post(COST, key, "k").status_code == 503
    assert not CampaignCost.objects.exists()
    assert not KeptAnswer.objects.exists()
    monkeypatch.undo()
    assert post(COST, key, "k").json()["results"] == [{"index": 0, "status": "created"}]


def test_without_its_answer_the_effect_does_not_stand(key: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crypto, "encrypt", lambda _: 1 / 0)
    assert post(COST, key, "k").status_code == 500
    assert not CampaignCost.objects.exists()


def test_a_body_that_cannot_be_read_claims_nothing(key: dict[str, str]) -> None:
    broken = Client().post("/api/v1/costs", "{", content_type="application/json", headers=key | {HEADER: "k"})
    assert broken.status_code == 400
    assert post(COST, key, "k").status_code == 201


def test_without_a_key_nothing_is_asked_or_kept(
    key: dict[str, str], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(50) as done:
        post(COST, key)
    assert not [query for query in done.captured_queries if "kept_answer" in query["sql"]]


def test_what_is_kept_shows_nobody(key: dict[str, str]) -> None:
    """An answer may say back what was sent, and a key may be made of anything."""
    first = post({"events": [{**EVENT, CANARY: 1}]}, key, CANARY, "events")
    row = KeptAnswer.objects.get()

    assert CANARY in first.content.decode()
    assert CANARY.encode() in crypto.decrypt(bytes(row.answer or b""))
    for kept in (row.id, row.fingerprint, row.answer):
        assert b"canary" not in bytes(kept or b"")


def test_it_is_kept_for_a_day(key: dict[str, str]) -> None:
    post(COST, key, "k")
    now = timezone.now()
    assert idempotency.cut(now + timedelta(hours=23, minutes=59)) == 0
    KeptAnswer.objects.update(at=now - timedelta(hours=25))
    clean_up()
    assert not KeptAnswer.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_grant_is_opened_and_ended_once() -> None:
    campaign, client = spring(), Client()
    client.force_login(staff("ada"))
    body = json.dumps({"campaign": campaign.pk, "purpose": "complaint", "reason": REASON})
    sent: dict[str, Any] = {"content_type": "application/json", "headers": {HEADER: "k"}}
    first, again = (client.post("/api/v1/pii/consent", body, **sent) for _ in range(2))
    assert (first.status_code, first.content) == (201, again.content)

    ended = [client.delete(f"/api/v1/pii/consent/{first.json()['id']}", headers={HEADER: "e"}) for _ in range(2)]
    assert [answer.status_code for answer in ended] == [204, 204]
    assert acts() == [("granted", []), ("ended", [])]


@pytest.mark.django_db(transaction=True)
def test_a_contact_is_shown_by_a_grant_and_never_by_a_key() -> None:
    campaign, client = spring(), Client()
    client.force_login(staff("ada"))
    grant = {"campaign": campaign.pk, "purpose": "complaint", "reason": REASON}
    client.post("/api/v1/pii/consent", grant, content_type="application/json")
    body = {"campaign": campaign.pk, "contact": contact_of(CANARY)}

    def reveal(once: str) -> Any:
        return client.post("/api/v1/pii/reveal", body, content_type="application/json", headers={HEADER: once})

    assert [reveal("k").json()["contact"] for _ in range(2)] == [CANARY, CANARY]
    assert [act for act, _ in acts()] == ["granted", "revealed", "revealed"]
    ConsentGrant.objects.update(expires_at=timezone.now())
    assert reveal("k").status_code == 403
    assert reveal("k" * 256).status_code == 400
    assert not KeptAnswer.objects.exists()


def test_fifty_at_once_have_one_effect_and_one_answer(live_server: LiveServer) -> None:
    Campaign.objects.create(external_id="spring", name="Spring", channel="email")
    headers = keys.headers() | {HEADER: "k", "Content-Type": "application/json"}
    request = Request(f"{live_server.url}/api/v1/events", json.dumps([EVENT]).encode(), headers)

    def send(_: int) -> tuple[int, bytes, str | None]:
        while True:
            try:
                with urlopen(request) as answer:
                    return answer.status, answer.read(), answer.headers[REPLAYED]
            except HTTPError:
                raise
            except (ConnectionError, URLError):
                continue  # an answer that was lost is what a key is for

    with ThreadPoolExecutor(50) as threads:
        given = list(threads.map(send, range(50)))
    assert {(status, body) for status, body, _ in given} == {(202, given[0][1])}
    assert [replayed for _, _, replayed in given].count("true") >= 49
    assert InboxBatch.objects.count() == KeptAnswer.objects.count() == 1


def views(patterns: list[URLPattern | URLResolver], at: str = "") -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        place = at + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from views(pattern.url_patterns, place)
        else:
            yield place, getattr(pattern.callback, "view_class", None) or getattr(pattern.callback, "cls", None)


def test_every_unsafe_call_of_the_api_takes_a_key() -> None:
    found = [(place, view) for place, view in views(get_resolver().url_patterns) if place.startswith("api/v1/")]
    unsafe = [(place, view) for place, view in found if any(hasattr(view, method) for method in UNSAFE)]
    assert len(unsafe) > 5
    assert [place for place, view in unsafe if not issubclass(view, IdempotentView)] == []


def test_the_description_says_so() -> None:
    paths = yaml.safe_load((settings.BASE_DIR / "openapi.yaml").read_text())["paths"]
    unsafe = [
        (path, method, doc) for path, methods in paths.items() for method, doc in methods.items() if method in UNSAFE
    ]
    for path, method, doc in unsafe:
        assert HEADER in [parameter["name"] for parameter in doc["parameters"]], (path, method)
        assert "422" in doc["responses"], (path, method)

"""Who may look at whom, for how long; and the log that nobody changes."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission, User
from django.db import DatabaseError, connection, connections, transaction
from django.test import Client, RequestFactory
from pytest_django.fixtures import Settings

from compliance import access_log, api_keys, crypto, grants, people
from compliance.access_log import Act
from compliance.acting import Actor, actor_of
from compliance.api_keys import Machine
from compliance.crypto import CannotDecrypt
from compliance.grants import LIVES, CannotGrant, NoGrant, NotAllowed
from compliance.models import ApiKey, ConsentGrant, Identity, PiiAccess
from tests.compliance.access import NOW, REASON, actor, opened, staff

pytestmark = pytest.mark.django_db
CAMPAIGN = 7
LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def ada() -> Actor:
    return actor(staff("ada"))


@pytest.fixture
def crowd() -> dict[str, int]:
    return people.identify(["ada@example.com", "+442079460989", "customer-17"], NOW)


def reveal(by: Actor, grant: Any, contacts: Any, **changes: Any) -> Any:
    asked: dict[str, Any] = {"campaign": CAMPAIGN, "at": LATER, "act": Act.LISTED} | changes
    return people.reveal(contacts, by=by, grant=grant, **asked)


def acts() -> list[str]:
    return list(PiiAccess.objects.order_by("id").values_list("act", flat=True))


def test_a_grant_lives_for_fifteen_minutes_and_is_its_owners_for_its_campaign(ada: Actor) -> None:
    grant = opened(ada)

    assert grant.expires_at - grant.opened_at == timedelta(minutes=15) == LIVES
    assert grants.current(ada.user, CAMPAIGN, NOW) == grant
    assert grants.current(ada.user, CAMPAIGN, NOW + LIVES - timedelta(seconds=1)) == grant
    assert grants.current(ada.user, CAMPAIGN, NOW + LIVES) is None
    assert grants.current(ada.user, CAMPAIGN, NOW - timedelta(seconds=1)) is None
    assert grants.current(ada.user, 8, NOW) is None
    assert grants.current(staff("bob"), CAMPAIGN, NOW) is None
    assert (grants.seconds_left(grant, LATER), grants.seconds_left(grant, NOW + 2 * LIVES)) == (840, 0)


def test_opening_is_logged_and_the_reason_stands_with_the_grant_alone(ada: Actor) -> None:
    grant = opened(ada, reason=f"  {REASON} ")
    row = PiiAccess.objects.get()

    assert grant.reason == REASON
    assert (row.act, row.user_id, row.username, row.ip, row.user_agent) == (
        "granted", ada.user.pk, "ada", "192.0.2.7", "Firefox",
    )  # fmt: skip
    assert (row.at, row.grant_id, row.campaign, row.purpose, row.contact_ids) == (
        NOW, grant.id, CAMPAIGN, "complaint", [],
    )  # fmt: skip
    assert bytes(row.reason_hash or b"") == access_log.reason_hash(REASON) != access_log.reason_hash("Ticket 482914")
    assert REASON not in str(list(PiiAccess.objects.values()))


@pytest.mark.parametrize(
    ("purpose", "reason", "field"),
    [
        ("curiosity", REASON, "purpose"),
        ("", REASON, "purpose"),
        ("complaint", "because", "reason"),
        ("complaint", "Mail of ada@example.com", "reason"),
    ],
)
def test_what_cannot_be_granted_names_the_field_and_leaves_nothing(
    ada: Actor, purpose: str, reason: str, field: str
) -> None:
    with pytest.raises(CannotGrant) as error:
        grants.open(CAMPAIGN, purpose, reason, by=ada, at=NOW)

    assert list(error.value.errors) == [field]
    assert (ConsentGrant.objects.count(), PiiAccess.objects.count()) == (0, 0)


def test_only_who_has_the_permission_opens_a_grant(ada: Actor) -> None:
    superuser = User.objects.create_superuser("root")
    gone = staff("gone")
    gone.is_active = False
    assert opened(actor(superuser)).username == "root"
    for stranger in (staff("bob", may=False), gone):
        with pytest.raises(NotAllowed, match=r"compliance\.add_consentgrant"):
            opened(actor(stranger))
    key, _secret = api_keys.create("shop", ["contacts:read"])
    with pytest.raises(NotAllowed, match="acts for nobody"):
        opened(actor(Machine(key), key_prefix=key.prefix))


def test_a_second_grant_for_the_same_campaign_ends_the_first(ada: Actor) -> None:
    first, other, second = opened(ada), opened(ada, campaign=8), opened(ada, at=LATER)
    first.refresh_from_db()

    assert first.ended_at == LATER
    assert grants.current(ada.user, CAMPAIGN, LATER) == second
    assert grants.current(ada.user, 8, LATER) == other
    assert acts() == ["granted", "granted", "ended", "granted"]


def test_a_grant_ends_once_and_by_its_owner_alone(ada: Actor) -> None:
    grant = opened(ada)
    with pytest.raises(NoGrant):
        grants.end(grant.id, by=actor(staff("bob")), at=LATER)
    grants.end(grant.id, by=ada, at=LATER)
    grants.end(grant.id, by=ada, at=LATER + timedelta(minutes=1))
    grant.refresh_from_db()

    assert grant.ended_at == LATER
    assert grants.current(ada.user, CAMPAIGN, LATER) is None
    assert acts() == ["granted", "ended"]


def test_a_grant_that_ran_out_keeps_its_end(ada: Actor) -> None:
    grant = opened(ada)
    grants.end(grant.id, by=ada, at=NOW + LIVES)
    grant.refresh_from_db()

    assert grant.ended_at is None
    assert acts() == ["granted"]


def test_people_are_masked_until_they_are_revealed_and_both_are_logged(ada: Actor, crowd: dict[str, int]) -> None:
    grant = opened(ada)
    email, phone, other = crowd["ada@example.com"], crowd["+442079460989"], crowd["customer-17"]

    masked = reveal(ada, grant.id, [email, phone, other, 999_999])
    full = reveal(ada, grant.id, [email], act=Act.REVEALED, full=True)

    assert masked == {email: "a•••@example.com", phone: "+44•••89", other: "c•••", 999_999: None}
    assert full == {email: "ada@example.com"}
    rows = PiiAccess.objects.exclude(act="granted").order_by("id")
    assert [(row.act, row.contact_ids) for row in rows] == [
        ("listed", [email, phone, other, 999_999]),
        ("revealed", [email]),
    ]
    assert {(row.grant_id, row.purpose, row.campaign, row.at) for row in rows} == {
        (grant.id, "complaint", CAMPAIGN, LATER)
    }
    assert "example.com" not in str(list(PiiAccess.objects.values()))


def ended(by: Actor, grant: ConsentGrant) -> dict[str, Any]:
    grants.end(grant.id, by=by, at=NOW)
    return {}


WITHOUT: dict[str, Callable[[Actor, ConsentGrant], dict[str, Any]]] = {
    "another campaign": lambda by, grant: {"campaign": 8},
    "too late": lambda by, grant: {"at": NOW + LIVES},
    "too early": lambda by, grant: {"at": NOW - timedelta(seconds=1)},
    "ended": ended,
    "no such grant": lambda by, grant: {"grant": uuid4()},
    "another person": lambda by, grant: {"by": actor(staff("bob"))},
}


@pytest.mark.parametrize("why", WITHOUT)
def test_without_an_open_grant_of_the_person_and_campaign_nobody_is_shown_and_the_try_is_logged(
    ada: Actor, crowd: dict[str, int], why: str
) -> None:
    grant = opened(ada)
    asked: dict[str, Any] = {"by": ada, "grant": grant.id, "campaign": CAMPAIGN, "at": LATER} | WITHOUT[why](ada, grant)
    with pytest.raises(NoGrant):
        people.reveal(crowd.values(), act=Act.REVEALED, full=True, **asked)

    last = PiiAccess.objects.order_by("id").last()
    assert last is not None
    assert (last.act, last.user_id, last.contact_ids) == ("refused", asked["by"].user.pk, list(crowd.values()))


def test_a_permission_that_was_taken_back_closes_an_open_grant(ada: Actor, crowd: dict[str, int]) -> None:
    grant = opened(ada)
    ada.user.user_permissions.clear()
    again = replace(ada, user=User.objects.get(pk=ada.user.pk))
    with pytest.raises(NotAllowed):
        reveal(again, grant.id, crowd.values())

    assert acts() == ["granted", "refused"]


BREAK = {
    "a constraint": "ALTER TABLE pii_access_log ADD CONSTRAINT broken CHECK (false) NOT VALID",
    "no table": "ALTER TABLE pii_access_log RENAME TO elsewhere",
}


@pytest.mark.parametrize("how", BREAK)
@pytest.mark.parametrize("full", [True, False])
def test_when_the_log_cannot_be_written_nothing_leaves(
    ada: Actor, crowd: dict[str, int], how: str, full: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    grant = opened(ada)
    decrypted: list[bytes] = []
    monkeypatch.setattr(crypto, "decrypt", decrypted.append)
    with connection.cursor() as cursor:
        cursor.execute(BREAK[how])

    with pytest.raises(DatabaseError):
        reveal(ada, grant.id, crowd.values(), full=full)
    assert decrypted == []


def test_no_grant_opens_when_the_log_cannot_be_written(ada: Actor) -> None:
    with connection.cursor() as cursor:
        cursor.execute(BREAK["a constraint"])

    with pytest.raises(DatabaseError):
        opened(ada)
    assert not ConsentGrant.objects.exists()


def test_an_identity_that_was_tampered_with_is_not_shown(ada: Actor, crowd: dict[str, int]) -> None:
    grant = opened(ada)
    Identity.objects.filter(contact_id=crowd["customer-17"]).update(outside_id=b"x" * 40)

    with pytest.raises(CannotDecrypt):
        reveal(ada, grant.id, crowd.values())


@pytest.mark.django_db(transaction=True)
def test_nothing_is_revealed_inside_a_transaction_that_could_still_be_rolled_back() -> None:
    ada = actor()
    grant = opened(ada)

    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        reveal(ada, grant.id, [1])


@pytest.mark.django_db(transaction=True)
def test_two_grants_opened_at_once_leave_one_open() -> None:
    ada = actor()

    def open_one(_: int) -> None:
        opened(ada)
        connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(open_one, range(8)))
    assert ConsentGrant.objects.filter(ended_at=None).count() == 1
    assert sorted(acts()) == ["ended"] * 7 + ["granted"] * 8


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE pii_access_log SET username = 'nobody'",
        "DELETE FROM pii_access_log",
        "TRUNCATE pii_access_log",
    ],
)
def test_the_log_is_append_only(ada: Actor, change: str) -> None:
    opened(ada)
    with (
        pytest.raises(DatabaseError, match="stays as it was written"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change)

    assert list(PiiAccess.objects.values_list("username", flat=True)) == ["ada"]


@pytest.mark.parametrize(
    ("trusted", "forwarded", "ip"),
    [(False, "203.0.113.9", "192.0.2.1"), (True, "198.51.100.1, 203.0.113.9", "203.0.113.9"), (True, "", "192.0.2.1")],
)
def test_from_where_is_what_the_server_sees_or_its_proxy(
    settings: Settings, trusted: bool, forwarded: str, ip: str
) -> None:
    settings.TRUSTED_PROXY = trusted
    meta = {"REMOTE_ADDR": "192.0.2.1", "HTTP_X_FORWARDED_FOR": forwarded, "HTTP_USER_AGENT": "x\0" * 500}
    request = RequestFactory().get("/", **meta)  # type: ignore[arg-type]
    request.user = staff("ada")

    found = actor_of(request)
    assert (found.ip, found.key_prefix, found.user_agent) == (ip, "", "x" * 300)


@pytest.mark.parametrize("given", ["", "unix:", "300.1.1.1"])
def test_an_address_that_is_none_is_unknown(given: str) -> None:
    request = RequestFactory().get("/", REMOTE_ADDR=given)
    request.user = staff("ada")

    assert actor_of(request).ip is None


def test_a_compliance_officer_reads_grants_and_the_log_and_changes_neither(
    ada: Actor, crowd: dict[str, int], client: Client
) -> None:
    grant = opened(ada)
    reveal(ada, grant.id, crowd.values())
    officer = User.objects.create_user("olga", is_staff=True)
    officer.user_permissions.set(Permission.objects.filter(codename__in=["view_consentgrant", "view_piiaccess"]))
    client.force_login(officer)
    log, one = "/admin/compliance/piiaccess/", PiiAccess.objects.latest("id").pk

    assert REASON in client.get("/admin/compliance/consentgrant/").content.decode()
    assert "listed" in client.get(log).content.decode()
    assert "1 access" in client.get(log, {"q": f"contact:{crowd['customer-17']}"}).content.decode()
    assert "0 accesses" in client.get(log, {"q": "contact:999999"}).content.decode()
    assert client.get(log, {"q": "contact:x"}).status_code == client.get(f"{log}{one}/change/").status_code == 200
    for change in (f"{log}add/", f"{log}{one}/delete/", "/admin/compliance/consentgrant/add/"):
        assert client.get(change).status_code == 403
    assert client.post(f"{log}{one}/change/", {"act": "x"}).status_code == 403


def test_a_key_is_named_where_it_acts(ada: Actor) -> None:
    key, _secret = api_keys.create("shop", ["contacts:read"], ada.user)
    request = RequestFactory().get("/")
    request.user, request.auth = ada.user, ApiKey.objects.get(pk=key.pk)  # type: ignore[attr-defined]

    assert actor_of(request).key_prefix == key.prefix

"""Compliance officers see why two are one, and what keeps two apart; nobody's name, and nothing to change."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from compliance import joining, merging, people
from compliance.models import IdentityAlias, MergeWaiting
from compliance.subjects import holds
from tests.compliance.requests import officer as by
from tests.compliance.requests import verified
from tests.compliance.spelled import kept_before

pytestmark = pytest.mark.django_db
MERGED, WAITING = "/admin/compliance/identityalias/", "/admin/compliance/mergewaiting/"


def somebody(role: str) -> Client:
    user = User.objects.create_user(role, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def nina(db: None) -> Client:
    return somebody("Compliance officer")


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def merge(*told: tuple[str, str]) -> None:
    merging.note(told, timezone.now())
    merging.settle(merging.due(timezone.now(), 50), timezone.now())


def test_who_is_one_with_whom_since_when_and_by_whose_word(nina: Client) -> None:
    merge(("anonymous-9481", "ann@example.com"), ("a2", "ann@example.com"))
    kept_before("Bob.Lee@Example.com")
    joining.join(0, timezone.now())
    shown = page(nina, MERGED)
    assert ("client&#x27;s alias" in shown, "One address, written in two ways" in shown) == (True, True)
    for one in IdentityAlias.objects.all():
        assert f">{one.former_id}</a>" in shown
        assert f">{one.contact_id}</td>" in shown
    assert shown.count('<td class="field-ids">3</td>') == 2
    assert not any(said in shown for said in ("anonymous-9481", "example.com"))
    alone = page(nina, f"{MERGED}{IdentityAlias.objects.earliest('former_id').pk}/change/")
    assert "Since" in alone
    assert "example.com" not in alone


def test_a_number_finds_what_it_leads_to_and_all_that_lead_to_it(nina: Client) -> None:
    merge(("a1", "u1"), ("a2", "u1"), ("b1", "v1"))
    numbers = people.numbers_of(["u1"])
    contact = people.identify(["u1"], timezone.now())["u1"]
    assert page(nina, f"{MERGED}?q={contact}").count('<td class="field-contact_id">') == 2
    former = next(one for one in numbers if one != contact)
    assert page(nina, f"{MERGED}?q={former}").count('<td class="field-contact_id">') == 1
    assert page(nina, f"{MERGED}?q=u1").count('<td class="field-contact_id">') == 0


def test_what_waits_and_how_long_and_why(nina: Client) -> None:
    hour_ago = timezone.now() - timedelta(hours=1)
    merging.note([("a1", "u1"), ("b1", "v1"), ("c1", "w1")], hour_ago)
    holds.place(["a1"], "Claim 4711 at court", "Counsel", timezone.now() + timedelta(days=9), by=by(), at=hour_ago)
    verified("access", "v1")
    shown = page(nina, WAITING)
    assert shown.count('<td class="field-waits">1\xa0hour') == 3
    held, asked, free = (page(nina, f"{WAITING}{row.pk}/change/") for row in MergeWaiting.objects.order_by("pk"))
    assert "under a legal hold" in held
    assert "an open request" in asked
    assert "in a moment" in free
    MergeWaiting.objects.update(due_at=timezone.now())
    assert "could not be done before" in page(nina, f"{WAITING}{MergeWaiting.objects.latest('pk').pk}/change/")


def test_more_rows_cost_no_more_queries(nina: Client, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    merge(*((f"a{number}", f"u{number % 9}") for number in range(50)))
    with django_assert_max_num_queries(14):
        page(nina, MERGED)


@pytest.mark.parametrize("address", [MERGED, WAITING])
@pytest.mark.parametrize("role", ["Marketing admin", "Analyst", "Operator"])
def test_nobody_else_sees_them(address: str, role: str) -> None:
    assert somebody(role).get(address).status_code == 403


@pytest.mark.parametrize("address", [MERGED, WAITING])
def test_nothing_there_is_changed(nina: Client, address: str) -> None:
    merge(("a1", "u1"))
    merging.note([("b1", "v1")], timezone.now())
    row = (IdentityAlias if address == MERGED else MergeWaiting).objects.get()
    assert nina.get(f"{address}add/").status_code == 403
    assert nina.post(f"{address}{row.pk}/change/", {"contact_id": 1}).status_code == 403
    assert nina.post(f"{address}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert '<input type="submit"' not in page(nina, f"{address}{row.pk}/change/")


def test_a_request_says_which_numbers_it_covers(nina: Client) -> None:
    merge(("a1", "u1"), ("a2", "u1"))
    row = verified("access", "a1")
    numbers = ", ".join(map(str, people.numbers_of(["u1"])))
    shown = page(nina, f"/admin/compliance/datasubjectrequest/{row.pk}/change/")
    assert f"3 ids that we know, by number: {numbers}" in shown
    assert "Receipt" not in shown
    nobody = verified("access", "z9")
    assert "Nobody whom we know" in page(nina, f"/admin/compliance/datasubjectrequest/{nobody.pk}/change/")

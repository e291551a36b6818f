"""Several ids of one person: found, shown, copied, kept and erased as the one contact that they are."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from compliance import fields, merging, people
from compliance.access_log import Act
from compliance.merging import Merged, Noted
from compliance.models import AuditEntry, Identity, IdentityAlias, IdentityField, MergeWaiting
from compliance.personal_data import IdentityRows
from compliance.sources import Person
from compliance.subjects import holds, requests, working
from tests.compliance import access
from tests.compliance.requests import NOW, approved, officer, received, verified

pytestmark = pytest.mark.django_db


def note(*told: tuple[str, str]) -> Noted:
    return merging.note(told, NOW)


def settle() -> Sequence[Merged]:
    return merging.settle(merging.due(NOW, 50), NOW).merged


def merge(*told: tuple[str, str]) -> None:
    note(*told)
    settle()


def number_of(outside_id: str) -> int:
    return people.identify([outside_id], NOW)[outside_id]


def test_both_ids_lead_to_the_one_that_stays(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    anonymous, known = number_of("a1"), number_of("u1")
    assert note(("a1", "u1")) == Noted(1, 0)
    assert (number_of("a1"), number_of("u1")) == (anonymous, known)
    assert settle() == [Merged(anonymous, known)]
    with django_assert_num_queries(1):
        assert people.identify(["a1", "u1"], NOW) == {"a1": known, "u1": known}
    assert people.numbers_of(["a1"]) == people.numbers_of(["u1"]) == (anonymous, known)


def test_an_id_that_nobody_knew_is_known_from_then_on() -> None:
    merge(("a1", "u1"))
    assert number_of("a1") == number_of("u1")
    assert Identity.objects.count() == 2


def test_who_was_merged_before_is_merged_on() -> None:
    merge(("a", "b"))
    merge(("b", "c"), ("d", "a"))
    assert len(set(people.identify("abcd", NOW).values())) == 1
    assert set(IdentityAlias.objects.values_list("contact_id", flat=True)) == {number_of("c")}


def test_who_is_told_of_again_is_noted_once() -> None:
    assert note(("a", "b"), ("a", "b")) == Noted(1, 0)
    assert note(("a", "b")) == Noted(0, 0)
    merge(("b", "a"))
    assert note(("a", "b"), ("b", "a"), ("a", "a")) == Noted(0, 0)
    assert not MergeWaiting.objects.exists()


@pytest.mark.parametrize("told", [("gone", "u1"), ("u1", "gone")])
def test_nobody_is_merged_with_who_was_erased(told: tuple[str, str]) -> None:
    number_of("gone")
    people.forget(["gone"], NOW)
    assert note(told) == Noted(0, 1)
    assert people.identify(["gone", "u1"], NOW).keys() == {"u1"}
    assert not MergeWaiting.objects.exists()


def test_who_is_erased_before_the_merge_is_done_is_merged_with_nobody() -> None:
    note(("a1", "u1"))
    people.forget(["a1"], NOW)
    assert settle() == []
    assert (MergeWaiting.objects.count(), Identity.objects.count()) == (0, 1)


def test_an_erasure_by_any_id_takes_all_of_them_and_suppresses_all() -> None:
    fields.learn({"a1": {"email": "ann@example.com", "name": "Ann"}, "u1": {"name": "Ann"}}, NOW)
    merge(("a1", "u1"), ("a2", "u1"))
    known = fields.known_by(fields.numbers_of(["ann@example.com"]))
    assert (set(known.ids), known.names) == ({"a1", "u1", "a2", "ann@example.com"}, ("Ann",))
    approved("a2")
    working.work(NOW)
    assert people.identify(["a1", "a2", "u1", "ann@example.com"], NOW) == {}
    assert not any(table.objects.exists() for table in (Identity, IdentityAlias, IdentityField))


def test_what_is_left_of_a_merge_is_found_by_the_search() -> None:
    merge(("a1", "u1"))
    note(("a2", "u1"))
    person = Person(people.numbers_of(["u1"]), ("a1", "u1"))
    left = IdentityRows().verify(person)
    assert (left["identity"], left["identity_alias"], left["merge_waiting"]) == (2, 1, 1)
    IdentityRows().erase(person, NOW)
    assert IdentityRows().verify(person) == {}


def test_whoever_looks_sees_the_id_that_stays() -> None:
    merge(("anonymous-9481", "ann@example.com"))
    by = access.actor()
    grant = access.opened(by).id
    number = number_of("anonymous-9481")
    shown = people.reveal([number], by=by, grant=grant, campaign=7, at=access.NOW, act=Act.REVEALED, full=True)
    assert shown == {number: "ann@example.com"}


def test_the_persons_copy_lists_all_their_ids() -> None:
    former = number_of("a1")
    merge(("a1", "u1"))
    person = requests.whole_person(received("access", "a1"))
    rows = list(IdentityRows().export(person))
    assert {row["known by"] for row in rows if row["kind"] == "id"} == {"a1", "u1"}
    (made_one,) = [row for row in rows if row["kind"] == "made one"]
    assert (made_one["number"], made_one["since"]) == (former, NOW)


def test_who_is_let_go_is_known_by_none_of_their_ids() -> None:
    merge(("a1", "u1"))
    assert people.let_go([number_of("u1")]) == 2
    assert not any(table.objects.exists() for table in (Identity, IdentityAlias))
    assert len(people.identify(["a1"], NOW)) == 1


@pytest.mark.parametrize("held", ["a1", "u1", "ann@example.com"])
def test_who_is_under_a_hold_is_merged_once_it_ends(held: str) -> None:
    fields.learn({"u1": {"email": "Ann@example.com"}}, NOW)
    note(("a1", "u1"))
    ends_at = NOW + timedelta(days=9)
    holds.place([held], "Claim 4711 at court", "Counsel", ends_at, by=officer(), at=NOW)
    assert settle() == []
    assert merging.due(NOW, 50) == []
    (waiting,) = merging.due(NOW + merging.PATIENCE, 50)
    assert len(merging.settle([waiting], ends_at).merged) == 1


@pytest.mark.parametrize("asks", ["a1", "u1", "ann@example.com"])
def test_who_has_an_open_request_is_merged_once_it_is_answered(asks: str) -> None:
    fields.learn({"u1": {"email": "Ann@example.com"}}, NOW)
    note(("a1", "u1"))
    request = verified("access", asks)
    assert settle() == []
    working.work(NOW)
    request.refresh_from_db()
    assert request.closed_at
    assert len(merging.settle(merging.due(NOW + merging.PATIENCE, 50), NOW).merged) == 1


def test_a_hold_on_one_id_is_one_on_all_of_them_afterwards() -> None:
    merge(("a1", "u1"))
    request = verified("erasure", "u1")
    holds.place(["a1"], "Claim 4711 at court", "Counsel", NOW + timedelta(days=9), by=officer(), at=NOW)
    with pytest.raises(requests.CannotDo, match="legal hold"):
        requests.approve(request, by=officer("omar"), at=NOW)


def test_nobody_is_erased_who_is_told_to_be_somebody_under_a_hold() -> None:
    number_of("b")
    holds.place(["b"], "Claim 4711 at court", "Counsel", NOW + timedelta(days=9), by=officer(), at=NOW)
    merge(("a1", "a2"), ("a2", "b"))
    assert MergeWaiting.objects.exists()
    request = verified("erasure", "a1")
    with pytest.raises(requests.CannotDo, match="legal hold"):
        requests.approve(request, by=officer("omar"), at=NOW)


def test_whoever_a_client_merges_everybody_with_gets_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "MOST_NUMBERS", 3)
    merge(*((f"a{number}", "somebody") for number in range(5)))
    assert len(people.numbers_of(["somebody"])) == 3
    assert len(set(people.identify([f"a{number}" for number in range(5)], NOW).values())) == 4
    assert not MergeWaiting.objects.exists()
    entry = AuditEntry.objects.get(act="merged")
    assert (entry.object_id, entry.details) == ("", {"merged": 2, "refused": 3})

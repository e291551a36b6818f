"""Who was kept under several spellings of an address is found, and joined with whom the doors find."""

from datetime import timedelta
from unittest.mock import patch

import pytest

from compliance import joining, merging, people
from compliance.merging import Merged
from compliance.models import AuditEntry, Identity, IdentityAlias, MergeDoor, MergeWaiting
from compliance.personal_data import IdentityRows
from compliance.subjects import holds, requests, working
from tests.compliance.requests import NOW, approved, officer, received, verified
from tests.compliance.spelled import kept_before, unseen

pytestmark = pytest.mark.django_db
SPELLED, SMALL = "Ann.Lee@Example.com", "ann.lee@example.com"
LATER = NOW + timedelta(days=3)


def join() -> joining.Joined:
    return joining.join(0, LATER)


def settle() -> merging.Settled:
    return merging.settle(merging.due(LATER, 50), LATER)


def number_of(outside_id: str) -> int:
    return people.identify([outside_id], LATER)[outside_id]


def test_the_small_spelling_leads_to_who_was_kept_under_another_one() -> None:
    contact = kept_before(SPELLED)[SPELLED]
    done = join()
    small = Identity.objects.get(pk=done.joined[0].former)
    assert (done.looked_at, done.told, done.joined) == (1, 0, [Merged(small.pk, contact)])
    assert number_of(SPELLED) == number_of(SMALL) == number_of(SPELLED.upper()) == contact
    assert (people.opened(small), small.created_at) == (SMALL, NOW)
    alias = IdentityAlias.objects.get()
    assert (alias.former_id, alias.contact_id, alias.since, alias.door) == (small.pk, contact, LATER, "addresses")
    audit = AuditEntry.objects.get(act="joined")
    assert (audit.object_id, audit.details) == ("", {"joined": 1, "told": 0, "erased_before": 0})


def test_two_spellings_wait_to_be_merged_into_the_small_one() -> None:
    kept = kept_before(SPELLED, SMALL, "ANN.LEE@example.com")
    assert (join().joined, join().looked_at) == ([], 0)
    assert set(MergeWaiting.objects.values_list("contact_id", "into_id", "door")) == {
        (kept[one], kept[SMALL], "addresses") for one in (SPELLED, "ANN.LEE@example.com")
    }
    assert len(settle().merged) == 2
    assert {number_of(one) for one in kept} == {kept[SMALL]}


def test_spellings_of_whom_none_is_small_become_one() -> None:
    kept = kept_before(SPELLED, "ANN.LEE@example.com")
    done = join()
    assert (len(done.joined), done.told) == (1, 1)
    settle()
    assert len({number_of(one) for one in (*kept, SMALL)}) == 1
    assert IdentityAlias.objects.count() == 2


def test_who_is_merged_already_is_led_to_as_the_contact_that_they_are() -> None:
    kept = kept_before(SPELLED, "u1")
    merging.wait([(kept[SPELLED], kept["u1"])], NOW, MergeDoor.ALIAS)
    settle()
    assert join().joined[0].contact == number_of(SMALL) == kept["u1"]


def test_ids_that_are_no_address_or_stand_in_small_letters_stay_as_they_are() -> None:
    kept = kept_before("Ab3", "aB3", SMALL, "@Ann", "@ann")
    done = join()
    assert (done.looked_at, done.joined, done.told) == (5, [], 0)
    assert people.identify(kept, LATER) == kept
    assert not AuditEntry.objects.exists()


def test_it_is_done_in_slices_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joining, "SLICE", 2)
    kept = kept_before(*(f"Ann{number}@example.com" for number in range(5)))
    after, slices = 0, []
    while (done := joining.join(after, LATER)).looked_at:
        slices.append(done.looked_at)
        after = done.last
    assert (slices, joining.join(0, LATER)) == ([2, 2, 1], joining.Joined())
    assert people.identify(map(str.lower, kept), LATER) == {one.lower(): number for one, number in kept.items()}
    unseen(kept.values())
    assert join().joined == []
    assert (IdentityAlias.objects.count(), MergeWaiting.objects.count()) == (5, 0)


@pytest.mark.parametrize("held", [SPELLED, SMALL])
def test_under_a_hold_both_stay_as_they_are_until_it_ends(held: str) -> None:
    kept = kept_before(SPELLED, SMALL)
    holds.place([held], "Claim 4711 at court", "Counsel", LATER + timedelta(days=9), by=officer(), at=NOW)
    assert join().told == 1
    assert settle().merged == []
    waiting = MergeWaiting.objects.get()
    assert merging.kept_apart(waiting, LATER) is merging.Stays.HELD
    request = verified("erasure", SPELLED if held == SMALL else SMALL)
    with pytest.raises(requests.CannotDo, match="legal hold"):
        requests.approve(request, by=officer("omar"), at=LATER)
    requests.refuse(request, "Counsel keeps it for the court", by=officer("omar"), at=LATER)
    ended = LATER + timedelta(days=9)
    assert merging.settle([waiting], ended).merged == [Merged(kept[SPELLED], kept[SMALL])]


def test_a_hold_by_the_spelling_of_before_still_holds_who_is_found_by_the_small_one() -> None:
    kept_before(SPELLED)
    holds.place([SPELLED], "Claim 4711 at court", "Counsel", LATER + timedelta(days=9), by=officer(), at=NOW)
    join()
    request = verified("erasure", SMALL)
    with pytest.raises(requests.CannotDo, match="legal hold"):
        requests.approve(request, by=officer("omar"), at=LATER)


def test_who_asks_meanwhile_is_answered_first_and_made_one_afterwards() -> None:
    kept_before(SPELLED, SMALL)
    join()
    request = verified("access", SMALL)
    assert merging.kept_apart(MergeWaiting.objects.get(), LATER) is merging.Stays.ASKED
    assert settle().merged == []
    working.work(LATER)
    request.refresh_from_db()
    assert request.closed_at
    assert len(merging.settle(merging.due(LATER + merging.PATIENCE, 50), LATER).merged) == 1


def test_who_was_erased_by_the_small_spelling_is_joined_with_nobody_and_counted() -> None:
    """As it was before: an erasure by one spelling did not find the other."""
    contact = kept_before(SPELLED)[SPELLED]
    with patch.object(people, "numbers_of", lambda _: ()):
        people.forget([SMALL], NOW)
    done = join()
    assert (done.joined, done.told, done.erased, done.looked_at) == ([], 0, 1, 1)
    assert people.identify([SPELLED, SMALL], LATER) == {}
    assert list(Identity.objects.values_list("pk", flat=True)) == [contact]
    assert AuditEntry.objects.get(act="joined").details["erased_before"] == 1


def test_an_erasure_by_any_spelling_takes_all_of_them() -> None:
    kept_before(SPELLED)
    join()
    approved(SMALL)
    working.work(LATER)
    assert people.identify([SPELLED, SMALL, SPELLED.upper()], LATER) == {}
    assert not Identity.objects.exists()
    assert not IdentityAlias.objects.exists()


def test_whoever_is_erased_between_two_slices_does_not_come_back() -> None:
    kept_before(SPELLED, SMALL)
    approved(SPELLED)
    working.work(LATER)
    assert (join().looked_at, people.identify([SPELLED, SMALL], LATER)) == (0, {})


def test_the_persons_copy_has_both_spellings() -> None:
    kept_before(SPELLED)
    join()
    person = requests.whole_person(received("access", SMALL))
    said = {row["known by"] for row in IdentityRows().export(person)}
    assert said == {SPELLED, SMALL, MergeDoor.ADDRESSES.label}


def test_what_no_key_opens_is_left_for_another_time() -> None:
    kept = kept_before(SPELLED, "Bob@example.com")
    Identity.objects.filter(pk=kept[SPELLED]).update(outside_id=b"\0" * 40)
    done = join()
    assert (done.looked_at, done.unreadable, len(done.joined)) == (2, 1, 1)
    assert list(Identity.objects.filter(as_compared=False).values_list("pk", flat=True)) == [kept[SPELLED]]

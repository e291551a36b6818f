"""Two contacts of whom somebody tells that they are one person: noted at the door, done by the fold's process.

Who they are is settled here; what they did is moved by whoever asks, in the same transaction. One number stays the
contact's, the other leads to it from then on (`IdentityAlias`), so whatever still bears it is not lost.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.db.models import Q

from . import audit, fields, people
from .models import DataSubjectRequest, Identity, IdentityAlias, MergeWaiting
from .sources import Counts
from .subjects import holds, requests

MOST_NUMBERS = 100  # of one contact; with more, some client says the same id for everybody
PATIENCE = timedelta(minutes=10)  # until a merge that could not be done is looked at again


@dataclass(frozen=True, slots=True)
class Noted:
    """How many merges wait now that were told of, and of how many somebody is suppressed, who is merged with nobody."""

    merges: int = 0
    suppressed: int = 0


@dataclass(frozen=True, slots=True)
class Merged:
    """All that `former` did is `contact`'s from now on."""

    former: int
    contact: int


def note(told: Collection[tuple[str, str]], at: datetime) -> Noted:
    """Each is a former outside id and the one that stays; both are known from now on. Part of the caller's transaction.

    Waits for nobody: who was told of before, or is one contact already, is not noted again.
    """
    contacts = people.identify({one for pair in told for one in pair}, at)
    known = [(contacts[former], contacts[stays]) for former, stays in told if former in contacts and stays in contacts]
    pairs = dict.fromkeys((former, contact) for former, contact in known if former != contact)
    waiting = MergeWaiting.objects.filter(contact_id__in=[former for former, _ in pairs])
    for pair in waiting.values_list("contact_id", "into_id") if pairs else ():
        pairs.pop(pair, None)
    MergeWaiting.objects.bulk_create(
        [MergeWaiting(contact_id=former, into_id=contact, told_at=at, due_at=at) for former, contact in pairs]
    )
    return Noted(len(pairs), len(told) - len(known))


def due(at: datetime, most: int) -> list[MergeWaiting]:
    """The merges to be done now, in the order in which they were told of."""
    return list(MergeWaiting.objects.filter(due_at__lte=at).order_by("id")[:most])


def postpone(waiting: MergeWaiting, at: datetime) -> None:
    """Look at it later; others go on."""
    MergeWaiting.objects.filter(pk=waiting.pk).update(due_at=at + PATIENCE)


def settle(waiting: Iterable[MergeWaiting], at: datetime) -> list[Merged]:
    """Make contacts one as far as it is known who they are; in order, what was merged, for whoever moves their deeds.

    Part of the caller's transaction, one at a time. Nothing is done where somebody was erased, or both are one already;
    a person whose data is held, or who has an open request, stays as they are until that is over.
    """
    theirs = _Theirs(at)
    merged, refused = [], 0
    for row in waiting:
        former, contact = _contact_of(row.contact_id), _contact_of(row.into_id)
        numbers = people.all_numbers({former, contact})
        if Identity.objects.filter(contact_id__in=(former, contact)).count() == 2:
            if len(numbers) > MOST_NUMBERS:
                refused += 1
            elif theirs.must_stay(numbers):
                postpone(row, at)
                continue
            else:
                IdentityAlias.objects.filter(contact_id=former).update(contact_id=contact)
                IdentityAlias.objects.create(former_id=former, contact_id=contact, since=at)
                merged.append(Merged(former, contact))
        row.delete()
    if merged or refused:
        audit.note("merged", "contacts", "", None, at, merged=len(merged), refused=refused)
    return merged


class _Theirs:
    """Who stays as they are: by a hold, or by a request that is open. Found out once, and only if it is asked."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def must_stay(self, numbers: Collection[int]) -> bool:
        """Whether the person with these numbers is one of them."""
        if not self.asked.isdisjoint(numbers):
            return True
        if not self.held:
            return False
        ids = fields.known_by(numbers).ids
        return not self.held.isdisjoint(people.hashes_of([*ids, *(one.casefold() for one in ids)]))

    @cached_property
    def asked(self) -> frozenset[int]:
        """The numbers of everybody with an open request."""
        rows = DataSubjectRequest.objects.filter(state__in=requests.OPEN)
        return frozenset(number for row in rows for number in requests.whole_person(row).contact_ids)

    @cached_property
    def held(self) -> frozenset[bytes]:
        return frozenset(holds.hashes(self.at))


def _contact_of(number: int) -> int:
    alias = IdentityAlias.objects.filter(former_id=number).first()
    return alias.contact_id if alias else number


def left(numbers: Collection[int]) -> Counts:
    """How many rows say, or are to make, that these numbers are one contact's."""
    counts = {
        "identity_alias": IdentityAlias.objects.filter(Q(former_id__in=numbers) | Q(contact_id__in=numbers)).count(),
        "merge_waiting": MergeWaiting.objects.filter(Q(contact_id__in=numbers) | Q(into_id__in=numbers)).count(),
    }
    return {table: count for table, count in counts.items() if count}

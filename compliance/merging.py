"""Two contacts of whom somebody tells that they are one person: noted at the door, done by the fold's process.

Who they are is settled here; what they did is moved by whoever asks, in the same transaction. One number stays the
contact's, the other leads to it from then on (`IdentityAlias`), so whatever still bears it is not lost.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property

from django.db.models import Count, Q

from . import audit, fields, people
from .models import DataSubjectRequest, Identity, IdentityAlias, MergeDoor, MergeWaiting
from .sources import Counts
from .subjects import holds, requests

MOST_NUMBERS = 100  # of one contact; with more, some client says the same id for everybody
TOO_MANY = f"one of the two has {MOST_NUMBERS} ids already; send an id that one person has, not one that many share"
PATIENCE = timedelta(minutes=10)  # until a merge that could not be done is looked at again

Told = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Noted:
    """How many merges wait now that were told of, and of how many somebody is suppressed, who is merged with nobody.

    `refused` are those told of somebody who has as many ids as one may have.
    """

    merges: int = 0
    suppressed: int = 0
    refused: frozenset[Told] = frozenset()


@dataclass(frozen=True, slots=True)
class Merged:
    """All that `former` did is `contact`'s from now on."""

    former: int
    contact: int


@dataclass(frozen=True, slots=True)
class Settled:
    """What was merged, in order; and what was told by an alias and is not done, for somebody had too many ids."""

    merged: Sequence[Merged] = ()
    refused: Sequence[MergeWaiting] = ()


def note(told: Collection[Told], at: datetime, door: MergeDoor = MergeDoor.ALIAS) -> Noted:
    """Each is a former outside id and the one that stays; both are known from now on. Part of the caller's transaction.

    Waits for nobody: who was told of before, or is one contact already, is not noted again.
    """
    contacts = people.identify({one for pair in told for one in pair}, at)
    known = [pair for pair in told if pair[0] in contacts and pair[1] in contacts]
    numbers = {pair: (contacts[pair[0]], contacts[pair[1]]) for pair in known}
    full = _full(numbers.values())
    refused = frozenset(pair for pair, both in numbers.items() if both in full)
    merges = wait([both for both in numbers.values() if both not in full], at, door)
    return Noted(merges, len(told) - len(known), refused)


def wait(pairs: Iterable[tuple[int, int]], at: datetime, door: MergeDoor) -> int:
    """Note that contacts become others, by number; how many wait from now on. Part of the caller's transaction."""
    fresh = dict.fromkeys((former, contact) for former, contact in pairs if former != contact)
    waiting = MergeWaiting.objects.filter(contact_id__in=[former for former, _ in fresh])
    for pair in waiting.values_list("contact_id", "into_id") if fresh else ():
        fresh.pop(pair, None)
    MergeWaiting.objects.bulk_create(
        [
            MergeWaiting(contact_id=former, into_id=contact, told_at=at, due_at=at, door=door)
            for former, contact in fresh
        ]
    )
    return len(fresh)


def _full(pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """Those of these contacts who would have too many numbers together, as far as they are one already."""
    both = {pair for pair in pairs if pair[0] != pair[1]}
    of = IdentityAlias.objects.filter(contact_id__in={one for pair in both for one in pair}) if both else None
    had = dict(of.values_list("contact_id").annotate(Count("pk")).order_by()) if of else {}
    return {pair for pair in both if sum(1 + had.get(one, 0) for one in pair) > MOST_NUMBERS}


def due(at: datetime, most: int) -> list[MergeWaiting]:
    """The merges to be done now, in the order in which they were told of."""
    return list(MergeWaiting.objects.filter(due_at__lte=at).order_by("id")[:most])


def postpone(waiting: MergeWaiting, at: datetime) -> None:
    """Look at it later; others go on."""
    MergeWaiting.objects.filter(pk=waiting.pk).update(due_at=at + PATIENCE)


def settle(waiting: Iterable[MergeWaiting], at: datetime) -> Settled:
    """Make contacts one as far as it is known who they are; what was merged, for whoever moves their deeds.

    Part of the caller's transaction, one at a time. Nothing is done where somebody was erased, or both are one already;
    a person whose data is held, or who has an open request, stays as they are until that is over.
    """
    theirs = _Theirs(at)
    merged: list[Merged] = []
    refused: list[MergeWaiting] = []
    for row in waiting:
        former, contact = _contact_of(row.contact_id), _contact_of(row.into_id)
        numbers = people.all_numbers({former, contact})
        if Identity.objects.filter(contact_id__in=(former, contact)).count() == 2:
            if len(numbers) > MOST_NUMBERS:
                refused.append(row)
            elif theirs.why(numbers):
                postpone(row, at)
                continue
            else:
                IdentityAlias.objects.filter(contact_id=former).update(contact_id=contact)
                IdentityAlias.objects.create(former_id=former, contact_id=contact, since=at, door=row.door)
                merged.append(Merged(former, contact))
        row.delete()
    if merged or refused:
        audit.note("merged", "contacts", "", None, at, merged=len(merged), refused=len(refused))
    return Settled(merged, refused)


class Stays(StrEnum):
    """Why a person stays as they are."""

    ASKED = "has an open request"
    HELD = "is under a legal hold"


def kept_apart(waiting: MergeWaiting, at: datetime) -> Stays | None:
    """What keeps these two from being one now, if anything does."""
    return _Theirs(at).why(people.all_numbers((waiting.contact_id, waiting.into_id)))


class _Theirs:
    """Who stays as they are: by a hold, or by a request that is open. Found out once, and only if it is asked."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def why(self, numbers: Collection[int]) -> Stays | None:
        """Why the person with these numbers stays as they are, if they do."""
        if not self.asked.isdisjoint(numbers):
            return Stays.ASKED
        if not self.held:
            return None
        ids = fields.known_by(numbers).ids
        return None if self.held.isdisjoint(people.hashes_of(people.spellings(ids))) else Stays.HELD

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

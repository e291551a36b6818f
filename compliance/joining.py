"""Contacts who came when an address was another person each way it was written, joined with whom the doors find now.

`people.identify` looks addresses up in small letters. That spelling leads to whoever is kept under another one, too: at
once where nobody has it yet, else by a merge like any other, which waits for holds and requests.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from . import audit, crypto, merging, people
from .merging import Merged
from .models import Identity, IdentityAlias, MergeDoor

SLICE = 1_000


@dataclass(frozen=True, slots=True)
class Joined:
    """What a slice of ids came to; `last` is the number of its last one, 0 where none was left.

    `joined` lead to a contact by their other spelling from now on, `told` wait to be merged with whom that one led to.
    `erased` stay as they are, for by another spelling they are on the suppression list; `unreadable` opens no key.
    """

    last: int = 0
    looked_at: int = 0
    joined: Sequence[Merged] = ()
    told: int = 0
    erased: int = 0
    unreadable: int = 0


def join(after: int, at: datetime) -> Joined:
    """Look at the next ids above this number that nobody looked at.

    Part of the caller's transaction, in which nobody else merges or counts: so who comes in meanwhile by the other
    spelling has no event counted, and none needs to be moved. Nobody of the slice is erased before it ends.
    """
    rows = list(Identity.objects.select_for_update().filter(as_compared=False, pk__gt=after).order_by("pk")[:SLICE])
    if not rows:
        return Joined()
    ids = dict(_opened(rows))
    others = {number: other for number, one in ids.items() if (other := people.compared(one)) != one}
    joined, told, erased = _lead(others, at) if others else ([], 0, 0)
    Identity.objects.filter(pk__in=list(ids)).update(as_compared=True)
    done = Joined(rows[-1].pk, len(rows), joined, told, erased, len(rows) - len(ids))
    if others:
        audit.note("joined", "contacts", "", None, at, joined=len(joined), told=told, erased_before=erased)
    return done


def _opened(rows: Sequence[Identity]) -> Iterator[tuple[int, str]]:
    for row in rows:
        try:
            yield row.pk, people.opened(row)
        except crypto.CannotDecrypt:
            continue


def _lead(others: Mapping[int, str], at: datetime) -> tuple[list[Merged], int, int]:
    """Let the other spelling of each number lead to its contact: joined, told and erased."""
    there = people.known(others.values())
    found = people.identify(set(others.values()), at)
    contacts = dict(IdentityAlias.objects.filter(former_id__in=list(others)).values_list("former_id", "contact_id"))
    joined: dict[int, Merged] = {}
    pairs: list[tuple[int, int]] = []
    for number, other in others.items():
        contact, now = contacts.get(number, number), found.get(other)
        if now is None:
            continue
        if other in there or now in joined:
            pairs.append((contact, now))
        else:
            joined[now] = Merged(now, contact)
    _note(joined.values(), at)
    told = merging.wait(pairs, at, MergeDoor.ADDRESSES)
    return list(joined.values()), told, sum(other not in found for other in others.values())


def _note(joined: Collection[Merged], at: datetime) -> None:
    """The spelling is known since the contact is, so that it keeps nobody longer."""
    since = dict(Identity.objects.filter(pk__in=[one.contact for one in joined]).values_list("pk", "created_at"))
    rows = [Identity(pk=one.former, created_at=since[one.contact]) for one in joined]
    Identity.objects.bulk_update(rows, ["created_at"])
    door = MergeDoor.ADDRESSES
    IdentityAlias.objects.bulk_create(
        [IdentityAlias(former_id=one.former, contact_id=one.contact, since=at, door=door) for one in joined]
    )

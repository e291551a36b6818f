"""The door to identities: outside ids in, opaque contact ids out; and by a grant, logged, the way back."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from hashlib import blake2b
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from . import access_log, crypto, grants
from .access_log import Act
from .acting import Actor
from .masks import mask
from .models import ConsentGrant, Identity, IdentityAlias, IdentityField, MergeWaiting, Suppression

DOOR_SECONDS = 3
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")

FIND = """
-- One row is a known person: the place of the hash in the list asked for, and the contact id.
SELECT wanted.place, coalesce(identity_alias.contact_id, identity.contact_id)
FROM unnest(string_to_array(%(hashes)s, ',')) WITH ORDINALITY AS wanted (hash, place)
JOIN identity ON identity.outside_id_hash = decode(wanted.hash, 'hex')
LEFT JOIN identity_alias ON identity_alias.former_id = identity.contact_id
"""
ADD = """
-- One row is a person seen for the first time, and not suppressed. In the order of hashes, so that two batches never
-- wait for each other.
INSERT INTO identity (outside_id_hash, outside_id, created_at, as_compared)
SELECT decode(hash, 'hex'), decode(outside_id, 'hex'), %(at)s, true
FROM unnest(
    string_to_array(%(hashes)s, ','), string_to_array(%(outside_ids)s, ','), string_to_array(%(listed)s, ',')
) AS fresh (hash, outside_id, listed)
WHERE NOT EXISTS (SELECT FROM suppression WHERE outside_id_hash = decode(listed, 'hex'))
ORDER BY 1
ON CONFLICT (outside_id_hash) DO NOTHING
RETURNING encode(outside_id_hash, 'hex'), contact_id
"""

ALL_NUMBERS = """
-- One row is a number that one of these contacts has, or had before it was merged.
WITH contact AS (
    SELECT coalesce(identity_alias.contact_id, given.id) AS id
    FROM unnest(%s::bigint[]) AS given (id) LEFT JOIN identity_alias ON former_id = given.id
)
SELECT id FROM contact UNION SELECT former_id FROM identity_alias JOIN contact ON contact_id = contact.id
ORDER BY 1
"""


def identify(outside_ids: Iterable[str], at: datetime) -> dict[str, int]:
    """The contact id of each outside id (a person's id in another system); unknown ones become new people.

    An address is one person however it is written (`compared`). Those on the suppression list are left out: erased
    people are unknown, so only the unknown are looked up there.

    Part of the caller's transaction. Two that meet the same new person at once get one id: the later waits for the
    earlier. At most three statements, however many ids. Lists go as one joined text, which is what PostgreSQL and
    psycopg both take fastest.
    """
    hash_of = outside_id_hasher()
    hashes = {outside_id: hash_of(compared(outside_id)) for outside_id in outside_ids}
    by_hash = {key: compared(outside_id) for outside_id, key in hashes.items()}
    found = _find(list(by_hash))
    missing = [key for key in by_hash if key not in found]
    if missing:
        encrypted = crypto.encrypt_all(by_hash[key].encode() for key in missing)
        listed = [hash_of(folded) if (folded := _folded(by_hash[key])) != by_hash[key] else key for key in missing]
        found |= _add(missing, [one.hex() for one in encrypted], listed, at)
        found |= _find([key for key in missing if key not in found])  # of somebody who came in meanwhile
    return {outside_id: found[key] for outside_id, key in hashes.items() if key in found}


def known(outside_ids: Iterable[str]) -> set[str]:
    """Those of these ids, as compared, that lead to somebody."""
    hash_of = outside_id_hasher()
    hashes = {hash_of(one): one for one in map(compared, outside_ids)}
    return {hashes[key] for key in _find(list(hashes))}


def compared(outside_id: str) -> str:
    """An id as it is found by: an address in small letters, any other as it is; without blanks around it.

    By `lower`: of what `casefold` makes one besides, such as `weiß@` and `weiss@`, each may be another's mailbox.
    """
    bare = outside_id.strip()
    return bare.lower() if "@" in bare and _ADDRESS.fullmatch(bare) else bare


def spellings(outside_ids: Iterable[str]) -> list[str]:
    """These ids as given, as compared, and as they stand on the suppression list: whoever is known by any is meant."""
    bare = [one.strip() for one in outside_ids]
    return list(dict.fromkeys((*bare, *map(compared, bare), *map(_folded, bare))))


def forget(outside_ids: Iterable[str], at: datetime) -> dict[str, int]:
    """Delete who has these ids, with whatever other ids they have, and suppress all of them; how many rows of each.

    Part of the caller's transaction, which `close_door` must have begun.
    """
    given = list(outside_ids)
    numbers = numbers_of(given)
    outside_ids = [*given, *ids_of(numbers)]
    rows = [Suppression(outside_id_hash=one, since=at) for one in listed(outside_ids)]
    Suppression.objects.bulk_create(rows, ignore_conflicts=True)
    return _deleted(numbers) | {"suppression": len(rows)}


def let_go(contact_ids: Iterable[int]) -> int:
    """Delete who these contacts are, without suppressing anybody; how many ids. As `forget`, behind `close_door`."""
    return _deleted(all_numbers(contact_ids))["identity"]


def _deleted(numbers: Collection[int]) -> dict[str, int]:
    """Delete all that says who has these numbers, which must be all that they have."""
    MergeWaiting.objects.filter(Q(contact_id__in=numbers) | Q(into_id__in=numbers)).delete()
    return {
        "identity": Identity.objects.filter(contact_id__in=numbers).delete()[0],
        "identity_alias": IdentityAlias.objects.filter(former_id__in=numbers).delete()[0],
        "identity_field": IdentityField.objects.filter(contact_id__in=numbers).delete()[0],
    }


def not_suppressed(outside_ids: Iterable[str]) -> int:
    """How many of these ids are not on the suppression list."""
    hashes = listed(outside_ids)
    return len(hashes) - Suppression.objects.filter(outside_id_hash__in=hashes).count()


def suppressed_of(outside_ids: Iterable[str]) -> set[str]:
    """Those of these ids that are on the suppression list."""
    by_hash = {
        bytes.fromhex(hash_): one for one in outside_ids for hash_ in [outside_id_hasher()(_folded(one.strip()))]
    }
    found = Suppression.objects.filter(outside_id_hash__in=list(by_hash)).values_list("outside_id_hash", flat=True)
    return {by_hash[bytes(one)] for one in found}


def ids_of(contact_ids: Iterable[int]) -> list[str]:
    """The outside ids of these contacts in clear, as `opened`."""
    return [opened(row) for row in Identity.objects.filter(contact_id__in=list(contact_ids)).order_by("pk")]


def id_of(contact_id: int) -> str:
    """The outside id that the contact with this number came by, as `opened`. Raises `Identity.DoesNotExist`."""
    return opened(Identity.objects.get(pk=contact_id))


def listed(outside_ids: Iterable[str]) -> list[bytes]:
    """The keyed hash of each outside id as the suppression list has it."""
    return hashes_of(_folded(outside_id.strip()) for outside_id in outside_ids)


def _folded(outside_id: str) -> str:
    """An address as it stands on the suppression list, where its letters' case is no matter; other ids as they are."""
    return outside_id.casefold() if "@" in outside_id else outside_id


def close_door() -> None:
    """Until the caller's transaction ends nobody comes in: waits for those who took a number and did not use it yet.

    `identify` reads `identity` in the transaction that uses what it found, so that one is before or behind this. Raises
    OperationalError when it takes longer than DOOR_SECONDS, for meanwhile everybody else waits behind us.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = {DOOR_SECONDS * 1000:.0f}")
        cursor.execute("LOCK TABLE identity IN ACCESS EXCLUSIVE MODE")


def one_at_a_time(hashes: Iterable[bytes]) -> None:
    """Until the caller's transaction ends no other one of these people goes on behind this."""
    numbers = sorted({int.from_bytes(one[:8], "big", signed=True) for one in hashes})
    with connection.cursor() as cursor:
        for number in numbers:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def numbers_of(outside_ids: Iterable[str]) -> tuple[int, ...]:
    """The contact ids of those who have any of these ids, however written, as `all_numbers`."""
    known = Identity.objects.filter(outside_id_hash__in=hashes_of(spellings(outside_ids)))
    return all_numbers(known.values_list("pk", flat=True))


def all_numbers(contact_ids: Iterable[int]) -> tuple[int, ...]:
    """All numbers of those who have these: what came before they were merged may be kept under a former one."""
    with connection.cursor() as cursor:
        cursor.execute(ALL_NUMBERS, [list(contact_ids)])
        return tuple(number for (number,) in cursor.fetchall())


def all_told(contact_ids: Iterable[int]) -> tuple[int, ...]:
    """The same with those of whom it was told that they are the same person, which has not been done yet."""
    found: set[int] = set()
    more = set(all_numbers(contact_ids))
    while more - found:
        found |= more
        waiting = MergeWaiting.objects.filter(Q(contact_id__in=found) | Q(into_id__in=found))
        told = waiting.values_list("contact_id", "into_id")
        more = set(all_numbers({number for pair in told for number in pair}))
    return tuple(sorted(found))


def opened(identity: Identity) -> str:
    """The outside id in clear. For the person's own copy alone; everybody else asks `reveal`."""
    return crypto.decrypt(bytes(identity.outside_id)).decode()


def hashes_of(outside_ids: Iterable[str]) -> list[bytes]:
    """The keyed hash of each outside id, without repeats."""
    hash_of = outside_id_hasher()
    return list(dict.fromkeys(bytes.fromhex(hash_of(outside_id)) for outside_id in outside_ids))


def reveal(
    contact_ids: Iterable[int], *, by: Actor, grant: UUID, campaign: int, at: datetime, act: Act, full: bool = False
) -> Mapping[int, str | None]:
    """Who contacts are: outside ids masked, or in `full`; None for one whose identity is gone.

    The only way out. The person's grant must be open for this campaign, and the row of `pii_access_log` is on disk
    before anything is returned: without it nothing leaves. Whether the contacts are the campaign's is for the caller to
    see to, since this app knows no campaigns. Raises `grants.NotAllowed` and `grants.NoGrant`, both logged as refused.
    """
    wanted = list(contact_ids)
    encrypted: dict[int, bytes] = {}
    with transaction.atomic(durable=True):
        _commit_to_disk()
        refusal, held = _held(grant, by, campaign, at)
        if held:
            access_log.write(act, by=by, at=at, grant=held, contact_ids=wanted)
            rows = Identity.objects.filter(contact_id__in=wanted).values_list("contact_id", "outside_id")
            encrypted = {contact: bytes(outside_id) for contact, outside_id in rows}
        else:
            access_log.write(Act.REFUSED, by=by, at=at, campaign=campaign, contact_ids=wanted)
    if refusal:
        raise refusal
    shown = {contact: crypto.decrypt(text).decode() for contact, text in encrypted.items()}
    return {one: (shown[one] if full else mask(shown[one])) if one in shown else None for one in wanted}


def _held(grant: UUID, by: Actor, campaign: int, at: datetime) -> tuple[PermissionError | None, ConsentGrant | None]:
    """The person's open grant, locked so that it cannot end meanwhile; else why there is none."""
    try:
        grants.check_allowed(by)
    except grants.NotAllowed as error:
        return error, None
    held = ConsentGrant.objects.select_for_update(no_key=True).filter(id=grant, user_id=by.user.pk).first()
    if held is None or held.campaign != campaign or not grants.is_open(held, at):
        return grants.NoGrant("No grant of yours is open for this campaign."), None
    return None, held


def _commit_to_disk() -> None:
    """Whatever the server's default is, this transaction is over when it is on disk."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = on")


def outside_id_hasher() -> Callable[[str], str]:
    """A function from outside id to the hex of its keyed 128-bit hash; blanks around the id do not count."""
    base = blake2b(digest_size=16, key=crypto.hash_key(), person=b"outside id")

    def outside_id_hash(outside_id: str) -> str:
        digest = base.copy()
        digest.update(outside_id.strip().encode())
        return digest.hexdigest()

    return outside_id_hash


def _find(hashes: list[str]) -> dict[str, int]:
    if not hashes:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(FIND, {"hashes": ",".join(hashes)})
        return {hashes[place - 1]: contact_id for place, contact_id in cursor.fetchall()}


def _add(hashes: list[str], outside_ids: list[str], listed: list[str], at: datetime) -> dict[str, int]:
    lists = {"hashes": hashes, "outside_ids": outside_ids, "listed": listed}
    with connection.cursor() as cursor:
        cursor.execute(ADD, {name: ",".join(values) for name, values in lists.items()} | {"at": at})
        return dict(cursor.fetchall())

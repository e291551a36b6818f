"""The door to identities: outside ids in, opaque contact ids out."""

from collections.abc import Callable, Iterable
from datetime import datetime
from hashlib import blake2b

from django.db import connection

from . import crypto

FIND = """
-- One row is a known person: the place of the hash in the list asked for, and the contact id.
SELECT wanted.place, identity.contact_id
FROM unnest(string_to_array(%(hashes)s, ',')) WITH ORDINALITY AS wanted (hash, place)
JOIN identity ON identity.outside_id_hash = decode(wanted.hash, 'hex')
"""
ADD = """
-- One row is a person seen for the first time. In the order of hashes, so that two batches never wait for each other.
INSERT INTO identity (outside_id_hash, outside_id, created_at)
SELECT decode(hash, 'hex'), decode(outside_id, 'hex'), %(at)s
FROM unnest(string_to_array(%(hashes)s, ','), string_to_array(%(outside_ids)s, ',')) AS fresh (hash, outside_id)
ORDER BY 1
ON CONFLICT (outside_id_hash) DO NOTHING
"""


def identify(outside_ids: Iterable[str], at: datetime) -> dict[str, int]:
    """The contact id of each outside id (a person's id in another system); unknown ones become new people.

    Part of the caller's transaction. Two that meet the same new person at once get one id: the later waits for the
    earlier. At most three statements, however many ids. Lists go as one joined text, which is what PostgreSQL and
    psycopg both take fastest.
    """
    hash_of = outside_id_hasher()
    hashes = {outside_id: hash_of(outside_id) for outside_id in outside_ids}
    by_hash = {key: outside_id.strip() for outside_id, key in hashes.items()}
    found = _find(list(by_hash))
    missing = [key for key in by_hash if key not in found]
    if missing:
        encrypted = crypto.encrypt_all(by_hash[key].encode() for key in missing)
        _add(missing, [one.hex() for one in encrypted], at)
        found |= _find(missing)
    return {outside_id: found[key] for outside_id, key in hashes.items()}


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


def _add(hashes: list[str], outside_ids: list[str], at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(ADD, {"hashes": ",".join(hashes), "outside_ids": ",".join(outside_ids), "at": at})

"""Cutting deeds from persons by age: who did nothing for long is nobody's contact any more, and stays counted.

First identities go, a batch at a time with the door closed; then what contacts without one did is given to nobody. That
a contact has no identity is all the note of progress there is, so a run may be killed anywhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from compliance import people
from compliance.subjects import holds

from . import erasing, sql
from .ingest import batch
from .models import InboxBatch

BATCH = 1_000


@dataclass(frozen=True, slots=True)
class InactiveContacts:
    """The policy of events on the level of persons."""

    name: str = "events of persons"
    what: str = "who did what: cut from the person, counted on"
    days: int = 760
    why: str = (
        "25 months after the last event: two whole years can be compared person by person, and who has not been seen "
        "since then is no audience any more"
    )

    def due(self, before: datetime, at: datetime) -> int:
        inactive = sum(len(contacts) for contacts in _inactive(before, at))
        return inactive + len(_without_identity())

    def cut(self, before: datetime, at: datetime) -> Iterator[int]:
        """Looked for with the door open, looked at once more with it closed: somebody may have come back meanwhile."""
        yield from _give_to_nobody()
        for contacts in _inactive(before, at):
            with transaction.atomic():
                people.close_door()
                people.let_go(_still(contacts, before, at))
            yield from _give_to_nobody()


def _inactive(before: datetime, at: datetime) -> Iterator[list[int]]:
    """All contacts that are due, a batch at a time."""
    last = 0
    while contacts := _look(before, at, "contact_id > %(last)s", {"last": last}):
        yield contacts
        last = contacts[-1]


def _still(contacts: list[int], before: datetime, at: datetime) -> list[int]:
    return _look(before, at, "contact_id = ANY(%(contacts)s)", {"contacts": contacts})


def _look(before: datetime, at: datetime, which: str, values: dict[str, Any]) -> list[int]:
    values = values | {"before": before, "held": holds.hashes(at), "most": BATCH}
    with connection.cursor() as cursor:
        cursor.execute(sql.load("erase/inactive").replace("{{which}}", which), values)
        return [contact for (contact,) in cursor.fetchall()]


def _give_to_nobody() -> Iterator[int]:
    """One contact in each transaction: folds wait for no more."""
    unknown = _without_identity()
    in_inbox = waiting() if unknown else set()
    for contact in unknown:
        if contact not in in_inbox:
            with transaction.atomic():
                erasing.cut_from_person(contact)
            yield 1


def _without_identity() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql.load("erase/unknown"), {"nobody": erasing.NOBODY})
        return [contact for (contact,) in cursor.fetchall()]


def waiting() -> set[int]:
    """The contacts of whom events are in the inbox: they are cut once those are counted."""
    payloads = InboxBatch.objects.values_list("payload", flat=True).iterator(chunk_size=20)
    return {contact for payload in payloads for contact in batch.contacts_of(bytes(payload))}

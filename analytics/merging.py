"""Contacts who are one person become one, and every total is what it would be had they always been one.

Told of at a door (`compliance.merging.note`) and done here, some in one transaction: killed, it did nothing. What is
accepted meanwhile under a former number the fold counts as the contact's.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from django.db import DatabaseError

from compliance import merging, people
from compliance.merging import Merged
from compliance.models import MergeDoor, MergeWaiting

from . import sql
from .changes import totals_locked
from .ingest import dead_letters
from .ingest.dead_letters import Rejected
from .ingest.values import Rejection
from .recounting import recounted

MOST = 20  # merges of one transaction, behind which folds wait
REFUSED = Rejection("userId", f"userId: {merging.TOO_MANY}")
_WITH_EVENTS = "SELECT DISTINCT contact_id FROM event_key WHERE contact_id = ANY(%s)"
_MOVED = sql.load("merge/moved")
_MOVE: tuple[str, ...] = (
    sql.load("merge/repeats", keys="merge/keys"),
    sql.load("merge/known", keys="merge/keys"),
    _MOVED.replace("{{table}}", "event").replace("{{which}}", "true"),
    _MOVED.replace("{{table}}", "event_key").replace("{{which}}", "true"),
    # last touch is counted anew; what other models gave follows its conversion
    _MOVED.replace("{{table}}", "campaign_attribution").replace("{{which}}", "model <> 0"),
)


def merge_waiting(at: datetime) -> int:
    """Do the merges that are due, some at most; how many were looked at, 0 when none is left.

    One that fails is put off and the others are done; then it raises what that one failed with.
    """
    waiting = merging.due(at, MOST)
    try:
        _merge(waiting, at)
    except DatabaseError:
        _one_by_one(waiting, at)
    return len(waiting)


def _one_by_one(waiting: Iterable[MergeWaiting], at: datetime) -> None:
    failed = None
    for row in waiting:
        try:
            _merge([row], at)
        except DatabaseError as error:
            merging.postpone(row, at)
            failed = failed or error
    if failed:
        raise failed


def _merge(waiting: Collection[MergeWaiting], at: datetime) -> None:
    if not waiting:
        return
    with totals_locked() as cursor:
        settled = merging.settle(waiting, at)
        contacts = _contacts(settled.merged)
        cursor.execute(_WITH_EVENTS, [list(contacts)])
        formers = [former for (former,) in cursor.fetchall()]  # mostly nobody's: who is told of early did nothing yet
        with recounted({*formers, *(contacts[former] for former in formers)}, at):
            for statement in _MOVE if formers else ():
                cursor.execute(statement, _lists(formers, contacts))
        # last, for a door that knows the contact for the first time waits for its row
        cursor.execute(sql.load("merge/contact"), _lists(contacts, contacts))
        _set_apart([row for row in settled.refused if row.door == MergeDoor.ALIAS], at)


def _set_apart(refused: Collection[MergeWaiting], at: datetime) -> None:
    """What the door could not know yet when the alias was told: it is kept as if it had come now."""
    messages = [
        {"type": "alias", "previousId": people.id_of(row.contact_id), "userId": people.id_of(row.into_id)}
        for row in refused
    ]
    rejected = [Rejected(line, message, REFUSED) for line, message in enumerate(messages)]
    dead_letters.keep(rejected, source=MergeDoor.ALIAS, at=at)


def _contacts(merged: Iterable[Merged]) -> dict[int, int]:
    """Whose each former number is, once all is done in order."""
    contacts: dict[int, int] = {}
    for one in merged:
        contacts = {former: one.contact if contact == one.former else contact for former, contact in contacts.items()}
        contacts[one.former] = one.contact
    return contacts


def _lists(formers: Iterable[int], contacts: Mapping[int, int]) -> dict[str, list[int]]:
    return {"formers": list(formers), "contacts": [contacts[former] for former in formers]}

"""Contacts who are one person become one, and every total is what it would be had they always been one.

Told of at a door (`compliance.merging.note`) and done here, some in one transaction: killed, it did nothing. What is
accepted meanwhile under a former number the fold counts as the contact's.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import DatabaseError
from django.db.backends.utils import CursorWrapper

from compliance import merging
from compliance.merging import Merged
from compliance.models import MergeWaiting

from . import sql
from .changes import totals_locked
from .recounting import recounted

MOST = 50  # merges of one transaction, behind which folds wait
_WITH_EVENTS = "SELECT DISTINCT contact_id FROM event_key WHERE contact_id = ANY(%s)"
_MOVE: tuple[str, ...] = (
    sql.load("merge/known"),
    "UPDATE event SET contact_id = %(contact)s WHERE contact_id = %(former)s",
    "UPDATE event_key SET contact_id = %(contact)s WHERE contact_id = %(former)s",
    # last touch is counted anew; what other models gave follows its conversion
    "UPDATE campaign_attribution SET contact_id = %(contact)s WHERE contact_id = %(former)s AND model <> 0",
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
        merged = merging.settle(waiting, at)
        for one in merged:
            cursor.execute(sql.load("merge/contact"), _numbers(one))
        moved = _that_move_events(cursor, merged)
        with recounted({number for one in moved for number in _numbers(one).values()}, at) as cursor:
            for one in moved:
                for statement in _MOVE:
                    cursor.execute(statement, _numbers(one))


def _that_move_events(cursor: CursorWrapper, merged: list[Merged]) -> list[Merged]:
    """Those merges whose former contact did something, by itself or by a merge before: mostly that is nobody."""
    cursor.execute(_WITH_EVENTS, [[one.former for one in merged]])
    acted = {contact for (contact,) in cursor.fetchall()}
    moved = []
    for one in merged:
        if one.former in acted:
            acted.add(one.contact)
            moved.append(one)
    return moved


def _numbers(one: Merged) -> dict[str, int]:
    return {"former": one.former, "contact": one.contact}

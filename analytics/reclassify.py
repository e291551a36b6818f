"""The machine rules of today on events of older rules, a range of contacts at a time, while folds go on in between.

An event bears the version of the rules that classed it, so what is left to do shows on the events themselves: a killed
run goes on where it stopped, and one that has nothing to do changes nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from . import recount, sql
from .changes import Unchanged, raise_version, totals_locked
from .fold import steps
from .period import EVER, Period
from .user_agents import adopt_rules

EVENTS = 20_000  # about so many are looked through at a time

_MOVED = """
SELECT count(*) FILTER (WHERE type IN (5, 6)), count(*) FILTER (WHERE machine_before = 0 AND machine <> 0),
    count(*) FILTER (WHERE machine_before <> 0 AND machine = 0), count(*) FILTER (WHERE machine <> machine_before)
FROM fold_event
"""


@dataclass(frozen=True, slots=True)
class Reclassified:
    """How many opens and clicks were classed anew, and how many were human and are a machine's now, and the reverse."""

    touches: int = 0
    to_machine: int = 0
    to_human: int = 0

    def __add__(self, other: "Reclassified") -> "Reclassified":
        return Reclassified(
            self.touches + other.touches, self.to_machine + other.to_machine, self.to_human + other.to_human
        )


def run(
    clock: Callable[[], datetime], *, everything: bool = False, period: Period = EVER, events: int = EVENTS
) -> Iterator[tuple[recount.Contacts, Reclassified]]:
    """Class anew what older rules classed (or `everything`), where an open or click of the message lies in `period`.

    Yields after each range of contacts, committed then, what it changed there. Every total, the ledger and engagement
    follow by the fold's own steps.
    """
    adopt_rules()
    last = recount.LEAST - 1
    while last < recount.MOST:
        with connection.cursor() as cursor:
            contacts = recount.contacts_from(cursor, last + 1, events)
        yield contacts, _range(contacts, clock, everything, period)
        last = contacts.last


def _range(contacts: recount.Contacts, clock: Callable[[], datetime], everything: bool, period: Period) -> Reclassified:
    done = Reclassified()
    with totals_locked() as cursor:
        values = steps.parameters(clock())
        cursor.execute(steps.PLANNER)
        cursor.execute(steps.HASHED)
        cursor.execute(steps.EMPTY)
        bounds = period.bounds(values["zone"])
        cursor.execute(sql.load("reclassify/kept"), values | asdict(contacts) | bounds | {"all": everything})
        if not cursor.rowcount:
            raise Unchanged
        done += _class(cursor, values)
    return done


def _class(cursor: CursorWrapper, values: dict[str, Any]) -> Reclassified:
    """Class the events at work and move every total by what that changes."""
    classify, *rest = steps.STEPS
    steps.run(cursor, [classify], values)
    cursor.execute(_MOVED)
    touches, to_machine, to_human, moved = cursor.fetchone()
    if moved:
        raise_version(cursor, values["at"])
        steps.run(cursor, rest, values)
        cursor.execute(steps.HASHED)
        for statement in steps.BOOK:
            cursor.execute(statement, values)
    steps.run(cursor, [(steps.BY_KEY, sql.load("reclassify/labelled"))], values)
    return Reclassified(touches, to_machine, to_human)

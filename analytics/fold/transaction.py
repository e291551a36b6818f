"""One transaction of the fold: batches out of the inbox, their events into every total, the batches gone."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from django.db import OperationalError
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from ..changes import Unchanged, totals_locked
from ..levels import keeping
from ..levels.counts import Counts
from ..levels.objectives import Series
from . import steps, visible
from .blame import is_conflict

CONFLICTS = 3  # rolled back by PostgreSQL so often in a row, a fold leaves it to the next one

Take = Callable[[CursorWrapper], list[steps.Batch]]


@dataclass(frozen=True, slots=True)
class Folded:
    """What one call did: batches taken, events kept, events known already, batches that became dead letters."""

    batches: int = 0
    taken: int = 0
    known: int = 0
    dead: int = 0

    def __add__(self, other: "Folded") -> "Folded":
        return Folded(
            self.batches + other.batches, self.taken + other.taken, self.known + other.known, self.dead + other.dead
        )


TAKE = """
-- One row is a waiting batch, oldest first, until the limit of rows is reached; the first always.
SELECT id, received_at, source_id, import_file_id, payload FROM inbox
WHERE id IN (
    SELECT id FROM (
        SELECT id, sum(rows) OVER (ORDER BY id) - rows AS before FROM (
            SELECT id, rows FROM inbox WHERE state = 'waiting' ORDER BY id LIMIT 5000
        ) oldest
    ) waiting WHERE before < %(limit)s
) AND state = 'waiting'
ORDER BY id FOR UPDATE SKIP LOCKED
"""
TAKE_ONE = """
SELECT id, received_at, source_id, import_file_id, payload FROM inbox
WHERE id = %s AND state = 'waiting' FOR UPDATE SKIP LOCKED
"""

NOTE_IMPORT = """
-- One row is a file of which a batch was folded: what became of its rows, and the days of the events it brought.
UPDATE import_file SET taken = taken + %s, known = known + %s,
    first_day = least(first_day, (SELECT min(day) FROM unnest(%s::date[]) AS day)),
    last_day = greatest(last_day, (SELECT max(day) FROM unnest(%s::date[]) AS day))
WHERE id = %s
"""


def all_that_wait(limit_rows: int) -> Take:
    def take(cursor: CursorWrapper) -> list[steps.Batch]:
        cursor.execute(TAKE, {"limit": limit_rows})
        return [steps.Batch(*row) for row in cursor.fetchall()]

    return take


def only(batch_id: int) -> Take:
    def take(cursor: CursorWrapper) -> list[steps.Batch]:
        cursor.execute(TAKE_ONE, [batch_id])
        return [steps.Batch(*row) for row in cursor.fetchall()]

    return take


def fold(take: Take, at: datetime) -> Folded:
    """Fold what `take` takes, all or nothing; a deadlock lost is tried again. Raises what the database says."""
    started = monotonic()
    for _ in range(CONFLICTS - 1):
        try:
            return _fold(take, at, started)
        except OperationalError as error:
            if not is_conflict(error):
                raise
    return _fold(take, at, started)


def _fold(take: Take, at: datetime, started: float) -> Folded:
    """One try; `started` is the monotonic clock at `at`."""
    folded, counted = Folded(), []
    with totals_locked() as cursor:
        batches = take(cursor)
        if not batches:
            raise Unchanged
        counts = steps.fold(cursor, batches, at)
        folded = Folded(len(batches), sum(c.taken for c in counts), sum(c.known for c in counts))
        _note_imports(cursor, batches, counts)
        cursor.execute("DELETE FROM inbox WHERE id = ANY(%s)", [[batch.id for batch in batches]])
        counted_at = at + timedelta(seconds=monotonic() - started)
        steps.note_sources(cursor, batches, counted_at)
        _note_visible(batches, counts, counted_at)
        counted = [(batch.received_at, count.taken) for batch, count in zip(batches, counts, strict=True)]
    visible.note(counted, timezone.now())
    return folded


def _note_visible(batches: list[steps.Batch], counts: list[steps.Count], at: datetime) -> None:
    """Count how soon the events show that this transaction makes visible, with what it makes visible."""
    seen = Counts()
    for batch, count in zip(batches, counts, strict=True):
        seconds = (at - batch.received_at).total_seconds()
        seen.add(Series.VISIBLE, seconds, at, times=count.taken + count.known)
    keeping.write(seen.take())


def _note_imports(cursor: CursorWrapper, batches: list[steps.Batch], counts: list[steps.Count]) -> None:
    """Tell the files that the batches came from what became of their rows, in the fold's own transaction."""
    for batch, count in zip(batches, counts, strict=True):
        if batch.import_file_id is not None:
            days = list(count.days)
            cursor.execute(NOTE_IMPORT, [count.taken, count.known, days, days, batch.import_file_id])

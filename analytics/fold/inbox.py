"""Taking batches: all that wait at once; when they will not fold together, each alone, and the broken one apart."""

from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError, InterfaceError, OperationalError
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from ..changes import Unchanged, totals_locked
from ..models import InboxBatch
from . import steps


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


def fold_inbox(at: datetime | None = None, limit_rows: int = 50_000) -> Folded:
    """Fold what waits in the inbox, at most about `limit_rows` events, in one transaction.

    Any number may be started; they queue. A batch that cannot be folded is set apart with its reason and the rest go
    on. A lost connection, a deadlock or a full disk is raised: nothing is lost then, the batches still wait.
    """
    at = at or timezone.now()
    try:
        return _fold_once(at, limit_rows)
    except (OperationalError, InterfaceError):
        raise
    except (DatabaseError, ValueError):
        return _fold_one_by_one(at, limit_rows)


def _fold_once(at: datetime, limit_rows: int) -> Folded:
    folded = Folded()
    with totals_locked() as cursor:
        batches = _take(cursor, limit_rows)
        if not batches:
            raise Unchanged
        counts = steps.fold(cursor, batches, at)
        folded = Folded(len(batches), sum(c.taken for c in counts), sum(c.known for c in counts))
        _note_imports(cursor, batches, counts)
        cursor.execute("DELETE FROM inbox WHERE id = ANY(%s)", [[batch.id for batch in batches]])
    return folded


def _fold_one_by_one(at: datetime, limit_rows: int) -> Folded:
    """The same batches, each in a transaction of its own; one that fails becomes a dead letter."""
    folded = Folded()
    waiting = InboxBatch.objects.filter(state=InboxBatch.State.WAITING).order_by("id")
    rows = 0
    for batch_id, size in list(waiting.values_list("id", "rows")[:5000]):
        if rows >= limit_rows:
            break
        rows += size
        folded += _fold_alone(batch_id, at)
    return folded


def _fold_alone(batch_id: int, at: datetime) -> Folded:
    folded = Folded()
    try:
        with totals_locked() as cursor:
            batches = _take_one(cursor, batch_id)
            if not batches:
                raise Unchanged
            counts = steps.fold(cursor, batches, at)
            folded = Folded(1, counts[0].taken, counts[0].known)
            _note_imports(cursor, batches, counts)
            cursor.execute("DELETE FROM inbox WHERE id = %s", [batch_id])
    except (OperationalError, InterfaceError):
        raise
    except (DatabaseError, ValueError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        InboxBatch.objects.filter(id=batch_id).update(state=InboxBatch.State.DEAD, reason=reason)
        return Folded(dead=1)
    return folded


def retry_dead(batch_ids: list[int]) -> int:
    """Put dead letters back into the line, for the next fold; how many were."""
    dead = InboxBatch.objects.filter(id__in=batch_ids, state=InboxBatch.State.DEAD)
    return dead.update(state=InboxBatch.State.WAITING, reason="")


def _take(cursor: CursorWrapper, limit_rows: int) -> list[steps.Batch]:
    cursor.execute(TAKE, {"limit": limit_rows})
    return [steps.Batch(*row) for row in cursor.fetchall()]


def _take_one(cursor: CursorWrapper, batch_id: int) -> list[steps.Batch]:
    cursor.execute(
        "SELECT id, received_at, source_id, import_file_id, payload FROM inbox "
        "WHERE id = %s AND state = 'waiting' FOR UPDATE SKIP LOCKED",
        [batch_id],
    )
    return [steps.Batch(*row) for row in cursor.fetchall()]


def _note_imports(cursor: CursorWrapper, batches: list[steps.Batch], counts: list[steps.Count]) -> None:
    """Tell the files that the batches came from what became of their rows, in the fold's own transaction."""
    for batch, count in zip(batches, counts, strict=True):
        if batch.import_file_id is not None:
            cursor.execute(
                "UPDATE import_file SET taken = taken + %s, known = known + %s WHERE id = %s",
                [count.taken, count.known, batch.import_file_id],
            )

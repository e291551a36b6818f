"""Taking batches: all that wait at once; when they will not fold together, each alone, and what is broken apart.

A batch that fails for what its rows say is halved until the bad rows stand alone. A half is a batch like any other, put
in place of the whole in one transaction, so every event stays in exactly one place whenever a fold is killed.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import DatabaseError, InterfaceError, transaction
from django.db.models import F, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from ..ingest import batch as batch_format
from ..models import InboxBatch
from .blame import Blame, blame, reason
from .transaction import Folded, all_that_wait, fold, only

MOST_BAD_ROWS = 20  # of one batch are looked for; what else of it fails is then set apart as it stands
MOST_ATTEMPTS = 3  # of a batch that asks too much of the database while others go through
LONE_ROWS = 1_000  # more than that in one batch may be too much even where nothing else goes through
LONE_PATIENCE = timedelta(hours=6)  # while nothing else goes through; then few batches are to blame, many never
ERRORS = (DatabaseError, InterfaceError, ValueError)


def fold_inbox(at: datetime | None = None, limit_rows: int = 50_000) -> Folded:
    """Fold what waits in the inbox, at most about `limit_rows` events, in one transaction.

    Any number may be started; they queue. What cannot be folded is set apart with its reason, by row where the rows are
    to blame, and the rest go on. A failure of the database as a whole is raised: nothing is lost then and nothing is
    set apart, the batches still wait.
    """
    at = at or timezone.now()
    try:
        return fold(all_that_wait(limit_rows), at)
    except ERRORS as error:
        if blame(error) is Blame.DATABASE:
            raise
    return _OneByOne(at).fold(limit_rows)


def waits(since: datetime) -> bool:
    """Whether a batch still waits that came by then."""
    return InboxBatch.objects.filter(state=InboxBatch.State.WAITING, received_at__lte=since).exists()


def retry_dead(batch_ids: list[int]) -> int:
    """Put dead letters back into the line, for the next fold; how many were."""
    dead = InboxBatch.objects.filter(id__in=batch_ids, state=InboxBatch.State.DEAD)
    return dead.update(state=InboxBatch.State.WAITING, reason="", failing_since=None)


@dataclass
class _OneByOne:
    """The same batches, each in a transaction of its own, those tried least first."""

    at: datetime
    doubtful: list[tuple[int, Exception]] = field(default_factory=list)

    def fold(self, limit_rows: int) -> Folded:
        """Raises the first doubtful error when nothing at all went through: then it was not the batches."""
        folded = Folded()
        waiting = InboxBatch.objects.filter(state=InboxBatch.State.WAITING).order_by("attempts", "id")
        rows = 0
        for batch_id, size in list(waiting.values_list("id", "rows")[:5000]):
            if rows >= limit_rows:
                break
            rows += size
            folded += self._alone(batch_id, [MOST_BAD_ROWS])
        progress = folded.batches + folded.dead > 0
        for batch_id, error in self.doubtful:
            folded += self._suspect(batch_id, error, others_went=progress)
        if self.doubtful and not folded.batches + folded.dead:
            raise self.doubtful[0][1]
        return folded

    def _alone(self, batch_id: int, bad_rows_left: list[int]) -> Folded:
        """One batch; where its rows are to blame its halves, down to the bad rows."""
        try:
            return fold(only(batch_id), self.at)
        except ERRORS as error:
            whose = blame(error)
            if whose is Blame.DATABASE:
                raise
            if whose is Blame.DOUBT:
                self.doubtful.append((batch_id, error))
                return Folded()
            halves = _halve(batch_id) if bad_rows_left[0] > 0 else []
            if not halves:
                bad_rows_left[0] -= 1
                return _set_apart(batch_id, error)
        return sum((self._alone(half, bad_rows_left) for half in halves), Folded())

    def _suspect(self, batch_id: int, error: Exception, *, others_went: bool) -> Folded:
        """Count the attempt; after enough of them a batch that is to blame is halved, a row set apart.

        To blame is what fails while others go through, and what has failed for long where few wait. A half has as long.
        """
        one = InboxBatch.objects.filter(id=batch_id)
        since = Coalesce("failing_since", Value(self.at))
        one.update(attempts=F("attempts") + 1, reason=reason(error), failing_since=since)
        enough = one.filter(attempts__gte=MOST_ATTEMPTS).first()
        if enough is None:
            return Folded()
        few = len(self.doubtful) <= MOST_BAD_ROWS
        to_blame = others_went or (few and one.filter(failing_since__lte=self.at - LONE_PATIENCE).exists())
        if not (to_blame or enough.rows > LONE_ROWS) or _halve(batch_id):
            return Folded()
        return _set_apart(batch_id, error) if to_blame else Folded()


def _set_apart(batch_id: int, error: Exception) -> Folded:
    waiting = InboxBatch.objects.filter(id=batch_id, state=InboxBatch.State.WAITING)
    dead = waiting.update(state=InboxBatch.State.DEAD, reason=reason(error), attempts=F("attempts") + 1)
    return Folded(dead=dead)


def _halve(batch_id: int) -> list[int]:
    """Put two halves in a batch's place; their ids, none when it is a single row, unreadable, or gone meanwhile."""
    with transaction.atomic():
        waiting = InboxBatch.objects.select_for_update(skip_locked=True).filter(state=InboxBatch.State.WAITING)
        whole = waiting.filter(id=batch_id).first()
        parts = batch_format.halves(bytes(whole.payload)) if whole else []
        if whole is None or not parts:
            return []
        halves = [
            InboxBatch(
                received_at=whole.received_at,
                source_id=whole.source_id,
                import_file_id=whole.import_file_id,
                rows=part.rows,
                line=part.line,
                payload=part.payload,
                attempts=whole.attempts,
                reason=whole.reason,
            )
            for part in parts
        ]
        whole.delete()
        return [half.id for half in InboxBatch.objects.bulk_create(halves)]

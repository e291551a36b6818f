"""What was set apart: rows that were rejected and batches that could not be counted, grouped by reason; and once more
through their door. What they said is never read here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from compliance import audit
from compliance.acting import Actor

from ..fold import retry_dead
from ..ingest import lookups
from ..ingest.values import Rejection
from ..ingest.wake import wake_fold
from ..models import DeadLetterRow
from ..queries.running import Row, rows_of
from ..retrying import retry_row
from ..sql import load

NEWEST = 5_000  # rejected rows of a source that are grouped; batches likewise
SEEN = 100_000  # rows of all sources among which those are looked for
SEEN_OF_ONE = 1_000_000  # of one source, those of a group; batches of all, those of one source
MOST = 50  # groups that are shown
AT_ONCE = 200  # rows that one click tries again: each goes through its door by itself
GIVEN_UP = 500_000  # rows that one click gives up, `NEWEST` in a transaction
BEFORE_ALL = 2**63 - 1
ROWS, BATCHES = "rejected rows", "inbox batches"


GONE = "These rows are set apart no longer."


class NoGroup(LookupError):
    """Nothing is set apart for this reason any more."""


@dataclass(frozen=True, slots=True)
class Retried:
    """How many were tried, how many of them are taken in now, how many of the group stand behind them, and the last one
    that was tried.
    """

    tried: int
    taken: int
    left: int
    last: int


def rejected(source: str | None = None) -> Sequence[Row]:
    """Groups of rejected rows, the newest first."""
    return _groups("rejected", source, SEEN if source is None else NEWEST)


def dead(source: str | None = None) -> Sequence[Row]:
    """Groups of batches that could not be counted, the newest first."""
    return _groups("dead", source, SEEN if source is None else SEEN_OF_ONE)


def retry_rejected(key: str, by: Actor, at: datetime, behind: int = 0) -> Retried:
    """Rows of a group once more through their door, each in a transaction of its own: those behind one that was tried
    before, from the first on again where there is none. Rows that stay hold up no others so. Raises `NoGroup`.
    """
    ids = sorted(_of_group(key))
    if not ids:
        raise NoGroup(GONE)
    ahead = [row for row in ids if row > behind] or ids
    now = ahead[:AT_ONCE]
    taken = sum(not isinstance(retry_row(row, at, by), Rejection) for row in now)
    return Retried(len(now), taken, len(ahead) - len(now), now[-1])


def discard(key: str, by: Actor, at: datetime) -> int:
    """Give up the rows of a group, in steps; how many were. Their count stays. Raises `NoGroup`."""
    given_up, before = 0, BEFORE_ALL
    while given_up < GIVEN_UP and (ids := _of_group(key, before)):
        given_up += _discard(ids, by, at)
        before = ids[-1]
    if not given_up:
        raise NoGroup(GONE)
    return given_up


def retry_batches(key: str, by: Actor, at: datetime) -> int:
    """Put the batches of a group back into the line; how many were. Raises `NoGroup`."""
    with transaction.atomic():
        group = next((row for row in _groups("dead", None, SEEN, NEWEST) if row["key"] == key), None)
        if group is None:
            raise NoGroup("These batches wait no longer.")
        retried = retry_dead(group["ids"])
        audit.note("retried", BATCHES, group["source_id"], by, at, batches=retried)
        transaction.on_commit(wake_fold)
    return retried


def _groups(name: str, source: str | None, seen: int, most: int = MOST) -> Sequence[Row]:
    return rows_of(load(f"sources/{name}"), {"source": source, "newest": NEWEST, "seen": seen, "most": most})


def _of_group(key: str, before: int = BEFORE_ALL) -> list[int]:
    """The newest rows of a group that are older than one, the newest first."""
    values = {"key": key, "before": before, "seen": SEEN_OF_ONE, "newest": NEWEST}
    return [row["id"] for row in rows_of(load("sources/rejected_ids"), values)]


def _discard(ids: Sequence[int], by: Actor, at: datetime) -> int:
    """Rows of one source; how many of them were there still."""
    with transaction.atomic():
        rows = DeadLetterRow.objects.filter(pk__in=ids)
        name = rows.values_list("source_name", flat=True).first()
        deleted = rows.delete()[0]
        if name is not None and deleted:
            audit.note("discarded", ROWS, lookups.source_id(name), by, at, rows=deleted)
    return deleted

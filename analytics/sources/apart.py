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
from ..ingest.retrying import retry_row
from ..ingest.values import Rejection
from ..ingest.wake import wake_fold
from ..models import DeadLetterRow
from ..queries.running import Row, rows_of
from ..sql import load

NEWEST = 5_000  # rejected rows that are grouped; batches likewise
MOST = 50  # groups that are shown
AT_ONCE = 200  # rows that one click tries again: each goes through its door by itself
ROWS, BATCHES = "rejected rows", "inbox batches"


class NoGroup(LookupError):
    """Nothing is set apart for this reason any more."""


@dataclass(frozen=True, slots=True)
class Retried:
    """How many were tried, how many of them are taken in now, and how many of the group are left for another click."""

    tried: int
    taken: int
    left: int


def rejected(source: str | None = None) -> Sequence[Row]:
    """Groups of rejected rows, the newest first."""
    return rows_of(load("sources/rejected"), {"source": source, "newest": NEWEST, "most": MOST})


def dead(source: str | None = None) -> Sequence[Row]:
    """Groups of batches that could not be counted, the newest first."""
    return rows_of(load("sources/dead"), {"source": source, "newest": NEWEST, "most": MOST})


def retry_rejected(key: str, by: Actor, at: datetime) -> Retried:
    """Rows of a group once more through their door, each in a transaction of its own. Raises `NoGroup`."""
    ids = _of_group(key)
    now = ids[:AT_ONCE]
    taken = sum(not isinstance(retry_row(row, at, by), Rejection) for row in now)
    return Retried(len(now), taken, len(ids) - len(now))


def discard(key: str, by: Actor, at: datetime) -> int:
    """Give up the rows of a group; how many were. Their count stays. Raises `NoGroup`."""
    with transaction.atomic():
        ids = _of_group(key)
        name = DeadLetterRow.objects.values_list("source_name", flat=True).get(pk=ids[0])  # all are of one source
        audit.note("discarded", ROWS, lookups.source_id(name), by, at, rows=len(ids))
        DeadLetterRow.objects.filter(pk__in=ids).delete()
    return len(ids)


def retry_batches(key: str, by: Actor, at: datetime) -> int:
    """Put the batches of a group back into the line; how many were. Raises `NoGroup`."""
    with transaction.atomic():
        group = next((row for row in dead() if row["key"] == key), None)
        if group is None:
            raise NoGroup("These batches wait no longer.")
        retried = retry_dead(group["ids"])
        audit.note("retried", BATCHES, group["source_id"], by, at, batches=retried)
        transaction.on_commit(wake_fold)
    return retried


def _of_group(key: str) -> list[int]:
    found = rows_of(load("sources/rejected_ids"), {"key": key, "newest": NEWEST})
    if not found:
        raise NoGroup("These rows are set apart no longer.")
    return [row["id"] for row in found]

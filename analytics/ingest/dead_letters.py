"""What was rejected is kept with its reason, so that nothing goes missing silently; its content only encrypted."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction

from compliance import crypto

from ..models import DeadLetterRow
from . import lookups
from .values import Rejection
from .ways_out import Door

LONGEST_CONTENT = 10_000  # bytes of the item that are kept
LONGEST_FIELD = 60
SLOTS = 16  # a day's count of a source is spread over, so that calls seldom wait for one another

COUNT = """
-- One row is how many items of a source were rejected on a day (UTC) over some of the connections.
INSERT INTO rejected_items (source_id, day, slot, items, last_at)
VALUES (%(source)s, %(day)s, mod(pg_backend_pid(), %(slots)s), %(items)s, %(at)s)
ON CONFLICT (source_id, day, slot) DO UPDATE SET
    items = rejected_items.items + excluded.items, last_at = greatest(rejected_items.last_at, excluded.last_at)
"""


@dataclass(frozen=True, slots=True)
class Rejected:
    """One rejected item: its line in the file or its index in the request, what it said, and why it was rejected."""

    line: int
    item: object
    rejection: Rejection

    def said(self, door: Door) -> "Rejected":
        """The same in the words of whoever sent the item."""
        return replace(self, rejection=self.rejection.said(door))


def keep(rejected: Iterable[Rejected], *, source: str, at: datetime, import_file: int | None = None) -> None:
    """Store rejected items, in the caller's transaction, and count them: their rows go with time, the count stays."""
    rows = [
        DeadLetterRow(
            import_file_id=import_file,
            source_name=source,
            line=one.line,
            field=one.rejection.field[:LONGEST_FIELD],
            reason=one.rejection.reason,
            content=crypto.encrypt(_content(one.item)),
            created_at=at,
        )
        for one in rejected
    ]
    if rows:
        with transaction.atomic():
            DeadLetterRow.objects.bulk_create(rows, batch_size=1_000)
            _count(len(rows), source, at)


def _count(items: int, source: str, at: datetime) -> None:
    """The last statement of what is kept: whoever waits for its row waits for no more than a commit."""
    of: dict[str, Any] = {"source": lookups.source_id(source), "day": at.astimezone(UTC).date(), "at": at}
    with connection.cursor() as cursor:
        cursor.execute(COUNT, of | {"slots": SLOTS, "items": items})


def _content(item: object) -> bytes:
    return json.dumps(item, default=_plain, ensure_ascii=True)[:LONGEST_CONTENT].encode()


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)

"""What was rejected is kept with its reason, so that nothing goes missing silently; its content only encrypted."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from compliance import crypto

from ..models import DeadLetterRow
from .values import Rejection

LONGEST_CONTENT = 10_000  # bytes of the item that are kept
LONGEST_FIELD = 60


@dataclass(frozen=True, slots=True)
class Rejected:
    """One rejected item: its line in the file or its index in the request, what it said, and why it was rejected."""

    line: int
    item: object
    rejection: Rejection


def keep(rejected: Iterable[Rejected], *, source: str, at: datetime, import_file: int | None = None) -> None:
    """Store rejected items, in the caller's transaction."""
    DeadLetterRow.objects.bulk_create(
        (
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
        ),
        batch_size=1_000,
    )


def _content(item: object) -> bytes:
    return json.dumps(item, default=str, ensure_ascii=True)[:LONGEST_CONTENT].encode()

"""What costs were before a file, change by change; the totals of their days follow by what differs."""

from collections.abc import Iterator
from typing import Any

from django.db.models import F

from .. import sql
from ..changes import kept_cut, raise_version, totals_locked
from ..ingest.folding import Clock
from ..models import ImportFile
from . import campaigns

CHANGES = 5_000  # that are taken back in one transaction


def undo(record: ImportFile, clock: Clock) -> Iterator[int]:
    """Tells how many changes were taken back after each transaction. Campaigns that only it told of go at the end."""
    while done := _some(record, clock):
        yield done
    yield from campaigns.undo(record, clock)


def _some(record: ImportFile, clock: Clock) -> int:
    with totals_locked() as cursor:
        at = clock()
        values: dict[str, Any] = {"import_file": record.pk, "currency": kept_cut().currency, "most": CHANGES, "at": at}
        cursor.execute(sql.load("undo/costs"), values)
        done, moved = cursor.fetchone()
        if moved:
            raise_version(cursor, at)
        ImportFile.objects.filter(pk=record.pk).update(undone=F("undone") + done)
    return int(done)

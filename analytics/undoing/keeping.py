"""How long imports can be undone: what that asks for is kept as long, and no longer."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from ..models import ImportChange, ImportFile

BATCH = 10_000
_CUT = (
    "DELETE FROM import_change WHERE id IN (SELECT id FROM import_change WHERE changed_at < %s ORDER BY id LIMIT %s)",
    """
    DELETE FROM event_repeat WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM event_repeat WHERE noted_on < (%s::timestamptz AT TIME ZONE 'UTC')::date LIMIT %s
    ))
    """,
)


@dataclass(frozen=True, slots=True)
class UndoingOfImports:
    """The policy of retention. An import is older than all that is kept for it, so it is final before that goes."""

    name: str = "undoing of imports"
    what: str = "what files changed, and what stood there before: so long they can be undone"
    days: int = 90
    why: str = "three months: what was wrong in a file shows with the report on its month or its quarter"

    def due(self, before: datetime, at: datetime) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM event_repeat WHERE noted_on < %s::date", [before])
            repeats = int(cursor.fetchone()[0])
        return ImportChange.objects.filter(changed_at__lt=before).count() + repeats

    def cut(self, before: datetime, at: datetime) -> Iterator[int]:
        ImportFile.objects.filter(started_at__lt=before, final=False).update(final=True)
        for statement in _CUT:
            while rows := _cut_some(statement, before):
                yield rows


def _cut_some(statement: str, before: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, [before, BATCH])
        return int(cursor.rowcount)


POLICY = UndoingOfImports()

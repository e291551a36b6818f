"""Taking events of a file back out, a range of contacts at a time, and forgetting who was known by it alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import F

from compliance import people
from compliance.subjects import holds

from .. import sql
from ..ingest.folding import Clock
from ..models import ImportFile, InboxBatch
from ..recounting import recounted
from ..retention import waiting

EVENTS = 20_000  # of the file that are taken out in one transaction
CONTACTS = 2_000  # at most, for all that they did is counted before and after
REPEATS = 50_000
KNOWN_BY_IT = 1_000  # contacts who are forgotten with the door closed

# what is looked up is little beside what there is
_BY_KEY = "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_seqscan = off"
_AS_EVER = """
SET LOCAL enable_hashjoin TO DEFAULT; SET LOCAL enable_mergejoin TO DEFAULT; SET LOCAL enable_seqscan TO DEFAULT
"""
_FORGET_REPEATS = """
DELETE FROM event_repeat WHERE ctid = ANY(ARRAY(SELECT ctid FROM event_repeat WHERE import_id = %s LIMIT %s))
"""


def undo(record: ImportFile, clock: Clock) -> Iterator[int]:
    """Tells how many events were taken out, or turned out to be others', after each transaction."""
    InboxBatch.objects.filter(import_file=record).delete()
    _forget_repeats(record)
    yield from _take_out(record, clock, _bounds(record))
    record.refresh_from_db()
    if record.undone < record.taken:  # its days do not tell of all that it brought
        yield from _take_out(record, clock, {"starts_at": None, "ends_at": None})
    _let_go(record, clock())


def _forget_repeats(record: ImportFile) -> None:
    """What others brought and this file only repeated is theirs alone."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET_REPEATS, [record.pk, REPEATS])
        while cursor.rowcount:
            cursor.execute(_FORGET_REPEATS, [record.pk, REPEATS])


def _bounds(record: ImportFile) -> dict[str, datetime | None]:
    if record.first_day is None or record.last_day is None:
        return {"starts_at": None, "ends_at": None}
    first, last = (datetime.combine(day, time.min, UTC) for day in (record.first_day, record.last_day))
    return {"starts_at": first, "ends_at": last + timedelta(days=1)}


def _take_out(record: ImportFile, clock: Clock, bounds: dict[str, datetime | None]) -> Iterator[int]:
    values: dict[str, Any] = bounds | {"import_file": record.pk}
    with _contacts(values) as contacts:
        while some := _next(contacts):
            yield _take_out_of(some, values, clock())


@contextmanager
def _contacts(values: dict[str, Any]) -> Iterator[CursorWrapper]:
    """A list that the database keeps beside, over the transactions that follow."""
    with connection.cursor() as cursor:
        cursor.execute(f"DECLARE undone CURSOR WITH HOLD FOR {sql.load('undo/contacts')}", values)
        try:
            yield cursor
        finally:
            if connection.is_usable():
                cursor.execute("CLOSE undone")


def _next(cursor: CursorWrapper) -> list[int]:
    contacts: list[int] = []
    events = 0
    while events < EVENTS and len(contacts) < CONTACTS:
        cursor.execute("FETCH 100 FROM undone")
        rows = cursor.fetchall()
        if not rows:
            break
        contacts += [contact for contact, _ in rows]
        events += sum(count for _, count in rows)
    return contacts


def _take_out_of(contacts: list[int], values: dict[str, Any], at: datetime) -> int:
    values = values | {"contacts": contacts}
    with transaction.atomic(), recounted(contacts, at) as cursor:
        done = 0
        cursor.execute(_BY_KEY)
        for statement in ("undo/handed", "undo/events"):
            cursor.execute(sql.load(statement), values)
            done += cursor.fetchone()[0]
        cursor.execute(_AS_EVER)
        ImportFile.objects.filter(pk=values["import_file"]).update(undone=F("undone") + done)
    return done


def _let_go(record: ImportFile, at: datetime) -> None:
    """Whoever was known by this file alone is nobody's contact: number and identity go, as if it had never come.

    With the door closed, since somebody may come in meanwhile; whom anything else tells of stays.
    """
    last = 0
    while unknown := _unknown(record, at, "contact.id > %(last)s", {"last": last}):
        with transaction.atomic():
            people.close_door()
            in_inbox = waiting()
            still = _unknown(record, at, "contact.id = ANY(%(contacts)s)", {"contacts": unknown})
            gone = [contact for contact in still if contact not in in_inbox]
            people.let_go(gone)
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM contact WHERE id = ANY(%s)", [gone])
        last = unknown[-1]


def _unknown(record: ImportFile, at: datetime, which: str, values: dict[str, Any]) -> list[int]:
    values = values | {"since": record.started_at, "held": holds.hashes(at), "most": KNOWN_BY_IT}
    with connection.cursor() as cursor:
        cursor.execute(sql.load("undo/unknown").replace("{{which}}", which), values)
        return [contact for (contact,) in cursor.fetchall()]


def held(record: ImportFile, at: datetime) -> bool:
    """Whether it brought events of somebody whose data must stay."""
    with connection.cursor() as cursor:
        cursor.execute(sql.load("undo/held"), {"held": holds.hashes(at), "import_file": record.pk})
        return bool(cursor.fetchone()[0])


def note_last(cursor: CursorWrapper, record: ImportFile) -> None:
    """When the last event was that is kept now, where it may have been this file's; holds the totals."""
    cursor.execute("SELECT last_event_at FROM data_version")
    (known,) = cursor.fetchone() or (None,)
    if known is None or (record.last_day and record.last_day < known.astimezone(UTC).date()):
        return
    cursor.execute("SELECT DISTINCT starts_at, ends_at FROM campaign_month ORDER BY 1 DESC")
    last = None
    for month in cursor.fetchall():
        cursor.execute("SELECT max(occurred_at) FROM event WHERE occurred_at >= %s AND occurred_at < %s", month)
        if last := cursor.fetchone()[0]:
            break
    cursor.execute("UPDATE data_version SET last_event_at = %s", [last])

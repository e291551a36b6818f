"""How far the database has followed the ledger of erasures, and the lines that its own erasures add.

The database keeps the number and the hash of the last line that it knows. A file that goes on behind it says that the
database was restored from a backup; one that lacks this line, that the file is not the whole one; and as both are made
together, none at all, that it was lost.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from threading import Event

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from .. import audit, crypto, fields, people
from ..models import AuditEntry, DataSubjectRequest, LedgerFollowed, RequestKind, RequestState, Suppression
from ..sources import NotYet, Person
from . import requests
from .ledger import Broken, Elsewhere, End, Erased, Ledger, Line

OBJECT = "ledger of erasures"
RESTORED = "The database was restored from a backup; erasures that the ledger tells of come first."
BEGIN_ANEW = "manage.py reapply_erasures --begin-anew"
LOCK = 7_305_032  # the advisory lock's key; any number of its own
SAYS = "erasure ledger line"  # what its line in the log begins with
Stamp = tuple[int, int, int]
closed = Event()  # whether this web process answers nobody, until erasures are followed
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Index:
    """Where the lines of the file end, in their order and by request; and whether there is a file."""

    ends: tuple[End, ...] = ()
    requests: dict[str, End] = field(default_factory=dict)
    there: bool = True


class Unusable(Exception):
    """The ledger cannot be read, or is not the one that this database knows; the text says what to do."""


class Forked(Unusable):
    """It has another line where the last known one should be: others follow that this database may not have done."""


def ledger() -> Ledger:
    key = blake2b(b"", digest_size=32, key=crypto.hash_key(), person=b"erasure ledger").digest()
    return Ledger(Path(settings.ERASURE_LEDGER), key)


def followed() -> End:
    """The last line that this database knows."""
    return _place() or End()


def behind() -> int:
    """How many lines of the ledger this database has not done: 0 but after a restore. Raises `Unusable` and `Forked`.

    One query; the file is read again when it has changed. The place is read before the file, which is never behind it.
    """
    place, index = _place(), _index()
    if place and not index.there:
        raise Unusable(_lacking(place))
    known, ends = place or End(), index.ends
    if len(ends) > known.number:  # or an erasure is just ending, whose line comes before its commit
        with transaction.atomic():
            _lock("pg_advisory_xact_lock_shared")
            known, ends = followed(), _index().ends
    if known.number and ends[known.number - 1 : known.number] != (known,):
        raise (Forked if len(ends) >= known.number else Unusable)(_lacking(known))
    return len(ends) - known.number


def begin() -> None:
    """Make the file of a database that has none yet: from then on one that is not there was lost. Raises `Unusable`."""
    if not LedgerFollowed.objects.exists():
        _sync()
        follow_to(End())


def lines() -> list[Line]:
    """All of the ledger. Raises `Unusable`."""
    try:
        return ledger().read()
    except (Broken, OSError) as error:
        raise Unusable(_told(error)) from None


def require(request: DataSubjectRequest) -> None:
    """Let an erasure begin whose line can be added when it has ended. Raises `NotYet`.

    In a restored database only those go on that the ledger has already.
    """
    try:
        if behind() and str(request.pk) not in _index().requests:
            raise NotYet(RESTORED)
        _sync()
    except Unusable as error:
        raise NotYet(str(error)) from None


def record(request: DataSubjectRequest, person: Person, at: datetime) -> int:
    """Add the line of an erasure that has ended, if it is not there; its number. Raises `NotYet`.

    Part of the caller's transaction, which says that it has ended: the line is on disk before. Where that transaction
    is lost, the next try finds the line.
    """
    erased = Erased(
        request=str(request.pk),
        regime=request.regime,
        received_at=request.received_at,
        at=max(at, timezone.now()),  # whoever comes back comes after this; `at` is when the job began
        ids=_hex(people.hashes_of(person.identifiers)),
        fields=_hex(fields.compared_hashes(person.identifiers)),
        listed=_hex(people.listed(person.identifiers)),
    )
    return _add(erased)


def follow_to(end: End) -> None:
    """Note that all up to this line is done."""
    LedgerFollowed.objects.get_or_create(pk=1, defaults={"hash": End().hash})
    LedgerFollowed.objects.filter(pk=1, line__lt=end.number).update(line=end.number, hash=end.hash)


def catch_up(at: datetime) -> int:
    """Add lines of erasures that ended without: by a release that knew of no ledger, or in one that was lost; how many.

    From what the database keeps of them: the request, and what the suppression list got when it was begun. Raises
    `Unusable` and `NotYet`.
    """
    known = _index().requests
    done = DataSubjectRequest.objects.filter(kind=RequestKind.ERASURE, state=RequestState.DONE)
    missing = [row for row in done.order_by("closed_at", "pk") if str(row.pk) not in known]
    for row in missing:
        with transaction.atomic():
            _add(_from_request(row))
    if missing:
        audit.note("caught up", OBJECT, "", None, at, lines=len(missing))
    return len(missing)


def begin_anew(at: datetime) -> None:
    """Take the file as it is, or a new one, for the ledger of this database, which is to follow all of it.

    Raises `Unusable`.
    """
    _sync()
    lines, start = len(_index().ends), End()
    with transaction.atomic():
        LedgerFollowed.objects.update_or_create(pk=1, defaults={"line": start.number, "hash": start.hash})
        audit.note("begun anew", OBJECT, "", None, at, lines=lines)


def _add(erased: Erased) -> int:
    """The number of this erasure's line. Part of the caller's transaction. Raises `NotYet`.

    A line further on than the next is there already: one between is yet to be followed, and the place stays before it.
    """
    _lock("pg_advisory_xact_lock")
    known = followed()
    try:
        end = _index().requests.get(erased.request) or ledger().append(erased, known).end
        ledger().sync()
    except Elsewhere:
        raise NotYet(RESTORED if len(_index().ends) > known.number else _lacking(known)) from None
    except Unusable as error:
        raise NotYet(str(error)) from None
    except (Broken, OSError) as error:
        raise NotYet(_told(error)) from None
    if end.number == known.number + 1:
        follow_to(end)
    transaction.on_commit(lambda: logger.info("%s %d %s", SAYS, end.number, end.hash))
    return end.number


def _lock(function: str) -> None:
    """Until the caller's transaction ends: one erasure at a time ends, and whoever looks waits for its commit."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [LOCK])


def _from_request(row: DataSubjectRequest) -> Erased:
    begun = AuditEntry.objects.filter(act="begun", object_type=requests.OBJECT, object_id=str(row.pk))
    listed = Suppression.objects.filter(since__in=list(begun.values_list("at", flat=True)))
    hashes = [*row.subject_hashes, *listed.values_list("outside_id_hash", flat=True)]
    known = tuple(sorted({bytes(one).hex() for one in hashes}))
    at = row.closed_at or timezone.now()
    return Erased(str(row.pk), row.regime, row.received_at, at, ids=known, fields=known, listed=known)


def _index() -> Index:
    """Raises `Unusable`."""
    try:
        try:
            stat = Path(settings.ERASURE_LEDGER).stat()
        except FileNotFoundError:
            return Index(there=False)
        return _read(ledger(), (stat.st_ino, stat.st_size, stat.st_mtime_ns))
    except (Broken, OSError) as error:
        raise Unusable(_told(error)) from None


@lru_cache(maxsize=1)
def _read(one: Ledger, stamp: Stamp) -> Index:
    """Kept until the file has another stamp."""
    lines = one.read()
    return Index(tuple(line.end for line in lines), {line.erased.request: line.end for line in lines})


def _place() -> End | None:
    """`followed`, or None where the ledger has not begun."""
    row = LedgerFollowed.objects.first()
    return End(row.line, row.hash) if row else None


def _sync() -> None:
    """Make the file, if it is not there, and see that it can be written. Raises `Unusable`."""
    try:
        ledger().sync()
    except OSError as error:
        raise Unusable(_told(error)) from None


def _lacking(known: End) -> str:
    what = f"lacks line {known.number} as this database knows it" if known.number else "is not there, and was"
    return (
        f"The ledger of erasures ({settings.ERASURE_LEDGER}) {what}: put the whole file back. "
        f"If it is gone, `{BEGIN_ANEW}` writes what the database knows of it."
    )


def _told(error: Exception) -> str:
    said = error.strerror or "not told" if isinstance(error, OSError) else str(error)
    return f"The ledger of erasures ({settings.ERASURE_LEDGER}) cannot be used: {said}"


def _hex(hashes: Iterable[bytes]) -> tuple[str, ...]:
    return tuple(sorted(one.hex() for one in hashes))

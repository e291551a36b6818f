"""A file that comes in several requests: begun, gone on with where it was cut, and finished.

How far it is, the parts tell that lie there (`ingest.uploads`): a request whose part was not read to its end leaves the
whole parts before it. So whoever sends may begin anew, or send twice, and cannot garble it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from compliance.acting import Actor

from . import imports
from .ingest import uploads
from .models import ImportFile

State = ImportFile.State


@dataclass(frozen=True, slots=True)
class Given:
    """What is known of a file before it comes: bytes, when it was changed (ms since 1970), its first bytes."""

    name: str
    size: int
    modified: int
    head: bytes


class NotHere(Exception):
    """The file does not go on where somebody wants to go on; ask where it stands."""


def unfinished(by: int) -> QuerySet[ImportFile]:
    """The uploads of one person that can be gone on with, the newest first."""
    return ImportFile.objects.filter(state=State.UPLOADING, uploaded_by=by, size__gt=0).order_by("-id")


def find(given: Given, by: int) -> ImportFile | None:
    """The unfinished upload of the same file by the same person."""
    same = unfinished(by).filter(name=given.name, size=given.size, options__modified=given.modified)
    return next((record for record in same if _begins_as(record, given.head)), None)


def begin(given: Given, by: int) -> ImportFile:
    return ImportFile.objects.create(
        name=given.name,
        size=given.size,
        options={"modified": given.modified},
        state=State.UPLOADING,
        uploaded_by_id=by,
    )


def _begins_as(record: ImportFile, head: bytes) -> bool:
    if not uploads.parts(record):
        return True
    try:
        with uploads.Uploaded(record).open() as stream:
            return stream.read(len(head)) == head
    except uploads.Gone:
        return False


def here(record: ImportFile) -> int:
    """How many of its bytes are here; it goes on behind them."""
    return record.size if record.state != State.UPLOADING else min(uploads.parts(record) * uploads.PART, record.size)


def go_on(record: ImportFile, start: int, pieces: Iterable[bytes], by: Actor, at: datetime) -> None:
    """Take in what follows from byte `start` on; once all is here, the file waits to be started.

    Raises `NotHere` if it stands elsewhere, or gets there meanwhile.
    """
    parts = uploads.parts(record)
    if start != min(parts * uploads.PART, record.size):
        raise NotHere
    ImportFile.objects.filter(pk=record.pk, state=State.UPLOADING).update(started_at=at)
    if start < record.size:
        writer = uploads.Writer(record, parts)
        try:
            for piece in pieces:
                writer.write(piece)
            if writer.size != record.size:
                return
            writer.close()
        except uploads.Elsewhere:
            raise NotHere from None
    imports.note_upload(record, by, at)

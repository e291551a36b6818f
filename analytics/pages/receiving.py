"""Taking a file out of requests as it arrives: into the database, part by part, with no more than a part in memory."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import cast

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopUpload
from django.db import connection

from ..ingest import in_clear, uploads
from ..models import ImportFile
from .access import PageRequest
from .import_rows import size as bytes_as_said

FIELD = "file"
PART = 4 << 20  # bytes that a script sends at once: some seconds of a slow line, many parts of `ingest.uploads`
HEAD = 64 << 10  # bytes by which a script's file is known again
PIECE = 256 << 10  # bytes that are taken out of a request at a time
OTHER_FIELDS = 64 << 10  # bytes of a body beside its file
AT_ONCE = 2  # uploads: each takes a thread of the web server for as long as it lasts
MOST_WAITING = 20  # uploaded files that nobody started yet
LOCKS = 7_307  # the first half of the locks of those that are being uploaded; the second counts them
LOCKS_OF_PEOPLE = 7_308  # the same of whoever uploads one, so that nobody takes all places; the second is the person


class Received(UploadedFile):
    """A file that lies in the database; it has no content here."""

    def __init__(self, record: ImportFile) -> None:
        super().__init__(file=None, name=record.name, size=record.size)
        self.record = record

    def close(self) -> None:
        """Django closes what it has of a body that breaks off."""


class IntoParts(FileUploadHandler):
    """Stores the first file of the field `file`. One that is not `kept` in the end is taken back by `forget`."""

    chunk_size = PIECE

    def __init__(self, request: PageRequest) -> None:
        super().__init__(request)
        self.by = cast(User, request.user)
        self.record: ImportFile | None = None
        self.kept = False

    def new_file(self, field_name: str, file_name: str, *rest: object, **more: object) -> None:
        super().new_file(field_name, file_name, *rest, **more)  # type: ignore[arg-type]
        if field_name != FIELD or self.record is not None:
            raise SkipFile
        name = in_clear.file_name(file_name)
        self.record = ImportFile.objects.create(name=name, state=ImportFile.State.UPLOADING, uploaded_by=self.by)
        self._writer = uploads.Writer(self.record)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) > settings.LARGEST_UPLOAD:
            raise StopUpload(connection_reset=True)
        self._writer.write(raw_data)

    def file_complete(self, file_size: int) -> Received | None:
        if self.record is None or file_size != self._writer.size:
            return None
        self._writer.close()
        self.record.size = file_size
        return Received(self.record)

    def forget(self) -> None:
        """Take back what was stored, unless it is kept."""
        if self.record is not None and not self.kept:
            self.record.delete()


@contextmanager
def place(by: int) -> Iterator[bool]:
    """Whether there is room for an upload of this person, who has one at a time, and it while this lasts.

    A connection that ends gives it back.
    """
    with _locked(LOCKS_OF_PEOPLE, [by]) as alone:
        if not alone:
            yield False
            return
        with _locked(LOCKS, range(AT_ONCE)) as free:
            yield free


@contextmanager
def _locked(kind: int, numbers: Iterable[int]) -> Iterator[bool]:
    """Whether one of the locks could be had, and it while this lasts."""
    with connection.cursor() as cursor:
        taken = next((number for number in numbers if _lock(cursor, kind, number)), None)
        try:
            yield taken is not None
        finally:
            if taken is not None:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [kind, taken])


def _lock(cursor: object, kind: int, number: int) -> bool:
    cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [kind, number])  # type: ignore[attr-defined]
    return cursor.fetchone() == (True,)  # type: ignore[attr-defined]


def pieces(request: PageRequest, length: int) -> Iterator[bytes]:
    """The body as it arrives, at most `length` bytes of it; raises OSError once whoever sends it is gone."""
    while length > 0 and (data := request.read(min(PIECE, length))):
        length -= len(data)
        yield data


def refusal(request: PageRequest) -> str:
    """Why a file is not taken, by what is known before any of it is read; empty where it is."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length.isdecimal():
        return "The browser did not say how large the file is; send it with its length."
    return too_large(int(length) - OTHER_FIELDS) or too_many()


def too_large(size: int) -> str:
    if size <= settings.LARGEST_UPLOAD:
        return ""
    return (
        f"The file is larger than {bytes_as_said(settings.LARGEST_UPLOAD)}, the most that is taken "
        "(LARGEST_UPLOAD_MB). Pack it with gzip, split it, or import it on the server by command."
    )


def too_many() -> str:
    waiting = ImportFile.objects.filter(state=ImportFile.State.WAITING).count()
    if waiting < MOST_WAITING:
        return ""
    return f"{waiting} uploaded files wait to be started; start or discard one first."

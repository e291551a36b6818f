"""Where an uploaded file lies until it is imported: in the database, in parts, each packed and encrypted.

So web servers and workers share no disk, a part is all that either holds in memory, and what waits is not readable
where it lies. Parts are written as they arrive, each in a transaction of its own, and each once: so an upload that was
cut goes on behind the last one, and two that send the same file at once cannot mix it up.
"""

import io
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import BinaryIO, cast

from django.db import IntegrityError, transaction
from django.db.models import Max, Q
from django.db.models.functions import Now

from compliance import crypto

from ..models import ImportFile, ImportPart

PART = 1 << 20  # bytes of the file in each part but the last
FAST = 1  # zlib's level: whoever uploads waits for it
KEPT = timedelta(days=1)  # for so long a file waits that nobody starts, or goes on sending
IDLE = timedelta(minutes=2)  # without a new part: then whoever sent it is away
State = ImportFile.State
ENDED = (State.DONE, State.CANCELLED, State.UNDOING, State.UNDONE)  # nothing more is read from these


class Writer:
    """Takes a file in, in pieces of any size, from its beginning or behind the `parts` that are here.

    Raises `Elsewhere` where somebody else has written the next part, or deleted the file.
    """

    def __init__(self, record: ImportFile, parts: int = 0) -> None:
        self._record, self._rest, self._parts = record, bytearray(), parts
        self.size = parts * PART

    def write(self, data: bytes) -> None:
        self._rest += data
        self.size += len(data)
        while len(self._rest) >= PART:
            self._store(bytes(self._rest[:PART]))
            del self._rest[:PART]

    def close(self) -> None:
        """Store what is left of the file."""
        if self._rest:
            self._store(bytes(self._rest))
            self._rest.clear()

    def _store(self, content: bytes) -> None:
        """With each part the upload shows that it goes on."""
        uploading = ImportFile.objects.filter(pk=self._record.pk, state=State.UPLOADING)
        sealed = crypto.encrypt(zlib.compress(content, FAST))
        try:
            with transaction.atomic():
                uploading.update(started_at=Now())
                ImportPart.objects.create(import_file=self._record, number=self._parts, content=sealed)
        except IntegrityError as error:
            raise Elsewhere from error
        self._parts += 1


class Elsewhere(Exception):
    """The part is there already, or its file is not any more: another request was faster."""


@dataclass(frozen=True, slots=True)
class Uploaded:
    """An uploaded file, to be read like one on a disk."""

    record: ImportFile

    @property
    def name(self) -> str:
        return self.record.name

    @property
    def size(self) -> int:
        return self.record.size

    def open(self) -> BinaryIO:
        """Raises `Gone` when it is read and is not kept any more."""
        return cast(BinaryIO, io.BufferedReader(_Parts(self.record.pk, self.record.size)))


class Gone(OSError):
    """The file, or a part of it, is not kept any more."""

    def __init__(self) -> None:
        super().__init__("The uploaded file is not kept any more; upload it again.")


class _Parts(io.RawIOBase):
    """The bytes of a file out of its parts, of which it holds one."""

    def __init__(self, import_file: int, size: int) -> None:
        self._import_file, self._size, self._at = import_file, size, 0
        self._number, self._part = -1, b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = max(0, offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence])
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        if self._at >= self._size:
            return 0
        number, start = divmod(self._at, PART)
        if number != self._number:
            self._part, self._number = self._load(number), number
        data = self._part[start : start + len(buffer)]
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def _load(self, number: int) -> bytes:
        part = ImportPart.objects.filter(import_file=self._import_file, number=number).first()
        if part is None:
            raise Gone
        return zlib.decompress(crypto.decrypt(bytes(part.content)))


def parts(record: ImportFile) -> int:
    """How many parts of the file are here: all from the first one on."""
    last = ImportPart.objects.filter(import_file=record).aggregate(last=Max("number"))["last"]
    return 0 if last is None else int(last) + 1


def is_kept(record: ImportFile) -> bool:
    """Whether the file can still be read, to its end."""
    last = max(record.size - 1, 0) // PART
    return ImportPart.objects.filter(import_file=record, number=last).exists()


def forget(record: ImportFile) -> None:
    """Delete the file; what became of its rows stays."""
    ImportPart.objects.filter(import_file=record).delete()


def drop(pk: int) -> bool:
    """Delete what is here of an upload that was not finished, as though it had never begun; whether there was one.

    The row is locked first: a part that is just being written either goes with it, or is refused.
    """
    with transaction.atomic():
        record = ImportFile.objects.select_for_update(of=("self",)).filter(pk=pk, state=State.UPLOADING).first()
        if record is not None:
            record.delete()
    return record is not None


def forget_old(at: datetime) -> int:
    """Delete the files that nobody needs any more: of what has ended, and of what nobody started within `KEPT`.

    An upload of which nothing came for so long, and one that nobody started, leave nothing at all. How many files.
    """
    old = Q(started_at__lt=at - KEPT)
    never = ImportFile.objects.filter(old, state__in=(State.UPLOADING, State.WAITING))
    over = Q(state__in=ENDED, finished_at__isnull=False) | Q(old, state=State.FAILED)
    ended = ImportFile.objects.filter(over, pk__in=ImportPart.objects.filter(number=0).values("import_file"))
    numbers = [*never.values_list("pk", flat=True), *ended.values_list("pk", flat=True)]
    ImportPart.objects.filter(import_file__in=numbers).delete()
    never.filter(pk__in=numbers).delete()
    return len(numbers)

"""What uploaded files say of a person while they wait: found by reading them, erased by deleting the file."""

import codecs
import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, cast

from compliance.crypto import CannotDecrypt
from compliance.sources import Counts, NotYet, Person, Row
from compliance.subjects import search

from ..models import ImportFile, ImportPart
from . import uploads

BLOCK = 1 << 20
OVERLAP = 1_000  # bytes that two blocks share, for what stands across their border; no identifier is longer
MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
GZIP = b"\x1f\x8b"
ERASED = "The file was deleted, for somebody whom it names was erased; upload it again to import the others."


@dataclass(frozen=True, slots=True)
class UploadedFiles:
    """The files that wait. Once imported nothing is left of them here, and erased people are dropped on the way."""

    name: str = "uploaded files"
    category: str = "texts"
    tables: tuple[str, ...] = ("import_part",)

    def export(self, person: Person) -> Iterator[Row]:
        for record in self._theirs(person):
            yield {"file that waits": record.name, "uploaded at": record.started_at}

    def erase(self, person: Person, at: datetime) -> Counts:
        found = list(self._theirs(person))
        if any(_is_at_work(record, at) for record in found):
            raise NotYet("A file that names this person is being imported; its rows about them are found after that.")
        for record in found:
            uploads.drop(record.pk)  # one that was cut goes as a whole
            uploads.forget(record)
            ImportFile.objects.filter(pk=record.pk, state=ImportFile.State.WAITING).update(
                state=ImportFile.State.FAILED, reason=ERASED, finished_at=at
            )
        return {"import_part": len(found)} if found else {}

    def verify(self, person: Person) -> Counts:
        left = sum(1 for _ in self._theirs(person))
        return {"import_part": left} if left else {}

    def _theirs(self, person: Person) -> Iterator[ImportFile]:
        pattern = search.of_python(person.called)
        kept = ImportPart.objects.filter(number=0).values("import_file")
        for record in ImportFile.objects.filter(pk__in=kept).order_by("pk") if pattern else ():
            if pattern and _names(record, pattern):
                yield record


def _is_at_work(record: ImportFile, at: datetime) -> bool:
    if record.state == ImportFile.State.UPLOADING:
        return record.started_at > at - uploads.IDLE
    return record.state == ImportFile.State.RUNNING


def _names(record: ImportFile, pattern: re.Pattern[str]) -> bool:
    """One that no key opens any more tells nobody anything."""
    here = uploads.parts(record) * uploads.PART  # of an upload that was cut off there is less than its size
    whole = ImportFile(pk=record.pk, size=min(record.size or here, here))
    try:
        with uploads.Uploaded(whole).open() as stream:
            return any(pattern.search(text) for text in _texts(stream))
    except (OSError, EOFError, zlib.error, CannotDecrypt):
        return False


def _texts(stream: BinaryIO) -> Iterator[str]:
    start = stream.read(2)
    stream.seek(0)
    file = cast(BinaryIO, gzip.GzipFile(fileobj=stream)) if start == GZIP else stream
    before, encoding = b"", ""
    while block := file.read(BLOCK):
        encoding = encoding or MARKS.get(block[:2], "utf-8")
        data = before + block
        yield data.decode(encoding, errors="replace")
        before = data[-OVERLAP:]

"""The first bytes of a file: what they are written in, and the tables they would be by each separator."""

import codecs
import io
from contextlib import closing
from dataclasses import dataclass
from typing import BinaryIO

from . import files
from .files import BrokenFile, Readable
from .values import Rejection
from .ways_out import Fault

SAMPLE = 1 << 18  # bytes, unpacked
SEPARATORS = (",", ";", "\t", "|")
_MARKS = (  # the longer before what they begin with
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """The beginning of a file, as a file of its own. `whole`: there is no more of it."""

    content: bytes
    whole: bool
    name: str = ""

    @property
    def size(self) -> int:
        return len(self.content)

    def open(self) -> BinaryIO:
        return io.BytesIO(self.content)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows that can be read with one separator: the line each begins at, and its cells, at least one."""

    delimiter: str
    rows: list[tuple[int, list[str]]]


def sample(file: Readable) -> Sample:
    """The beginning of a file. Raises `BrokenFile` for what is no text at all, or is damaged from the start."""
    content, whole = b"", False
    with closing(files.Bytes(file)) as stream:
        try:
            while len(content) < SAMPLE and not whole:
                part = stream.read()
                content, whole = content + part, not part
        except files.DAMAGED as error:
            if not content:
                raise BrokenFile(f"The gzip file is cut off or damaged from its start on ({error}).") from None
    if content.startswith(files.PACKED):
        raise BrokenFile("The file is packed by gzip twice; unpack it once.")
    return Sample(content[:SAMPLE], whole)


def encoding_of(start: Sample) -> str:
    """What the text is written in: by its mark, by zero bytes, else UTF-8 where it can be, else what Windows writes."""
    content = start.content
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return encoding
    if content[:2_000].count(0) > len(content[:2_000]) // 2:
        return "utf-32-be" if content.startswith(b"\0") else "utf-32-le"
    even, odd = content[:2_000:2].count(0), content[1:2_000:2].count(0)
    if max(even, odd) > len(content[:2_000]) // 8:
        return "utf-16-le" if odd > even else "utf-16-be"
    for encoding in ("utf-8", "cp1252"):
        try:
            codecs.getincrementaldecoder(encoding)().decode(content, final=start.whole)
            return encoding
        except UnicodeDecodeError:
            continue
    return "latin-1"


def tables(start: Sample, encoding: str, delimiter: str = "") -> list[Table]:
    """What the beginning is by each separator, or by the one that is given. Raises `BrokenFile` if it is no table."""
    found, refused = list[Table](), Fault("")
    goes_on = not start.whole and not start.content.rstrip(b"\0").endswith(b"\n")
    for separator in (delimiter,) if delimiter else SEPARATORS:
        table, is_cut = Table(separator, []), False
        try:
            with closing(files.Lines(start, encoding)) as lines:
                for line, cells in files.rows(lines, separator):
                    is_cut = goes_on and not isinstance(cells, Rejection)
                    if isinstance(cells, Rejection):
                        refused = refused if refused.what else Fault(cells.reason)
                    else:
                        table.rows.append((line, cells))
        except BrokenFile as broken:
            if not table.rows and start.whole:
                raise
            refused, is_cut = refused if refused.what else broken.fault, False
        if is_cut:  # the last good row is the last one, which goes on behind the sample
            del table.rows[-1:]
        found.append(table)
    if not any(table.rows for table in found) and refused.what:
        raise BrokenFile(f"The header cannot be read: {refused.what.rstrip('.')}.", *refused.ways)
    return found

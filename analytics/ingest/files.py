"""Reading CSV files of any size, plain or gzipped, in constant memory; what is broken is told, never skipped."""

import codecs
import csv
import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Protocol

from . import rejected_rows
from .values import Rejection
from .ways_out import Door, Fault, Way, WayOut

BLOCK = 1 << 18
ENDS = 1 << 20  # how much of a file's beginning and end tells it from others
LONGEST_FIELD = 131_072
LONGEST_LINE = 1 << 20
MOST_LINES = 1_000  # of one row; more is a quote that was never closed
DAMAGED = (EOFError, zlib.error, gzip.BadGzipFile)
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # .xlsx or another zip file, .xls
PACKED = b"\x1f\x8b"  # by gzip
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
UTF32_MARKS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)

Row = tuple[int, list[str] | Rejection]


class BrokenFile(Exception):
    """The file cannot be read on; the fault says where, why and what to do. Rows before that place are good."""

    def __init__(self, what: str, *ways: WayOut) -> None:
        super().__init__(what)
        self.fault = Fault(what, ways)

    @classmethod
    def of(cls, fault: Fault) -> "BrokenFile":
        return cls(fault.what, *fault.ways)

    def said(self, door: Door) -> str:
        """All of it in the words of whoever brought the file."""
        return self.fault.said(door)


class Readable(Protocol):
    """A file to be read, wherever it lies.

    `name` is for people, nothing is read out of it. `size` counts bytes. `open` gives a new stream from the first
    byte on, which `read`s as many bytes as asked unless it ends, `seek`s to any place, `tell`s it, and `close`s.
    """

    @property
    def name(self) -> str: ...

    @property
    def size(self) -> int: ...

    def open(self) -> BinaryIO: ...


@dataclass(frozen=True, slots=True)
class OnDisk:
    """A file of this machine."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def size(self) -> int:
        return self.path.stat().st_size

    def open(self) -> BinaryIO:
        return self.path.open("rb")


class Bytes:
    """The bytes of a file, unpacked where they are packed by gzip. Raises `BrokenFile` for a workbook."""

    def __init__(self, file: Readable) -> None:
        self._raw = file.open()
        start = self._raw.read(4)
        self._raw.seek(0)
        if start in WORKBOOKS:
            self._raw.close()
            raise BrokenFile(
                "This is an Excel workbook or a zip file, whatever its name says; save it as CSV (UTF-8) first."
            )
        packed = start.startswith(PACKED)
        # no buffer, which would forget what it has at an error
        self._unpacking = gzip.GzipFile(fileobj=self._raw) if packed else None

    def read(self) -> bytes:
        """Some bytes more, none at the end. Raises one of `DAMAGED` where gzip cannot go on."""
        return self._raw.read(BLOCK) if self._unpacking is None else self._unpacking.read1(BLOCK)

    def position(self) -> int:
        """How many bytes of the file were read, as they lie there."""
        return self._raw.tell()

    def close(self) -> None:
        if self._unpacking is not None:
            self._unpacking.close()
        self._raw.close()


class Lines:
    """The text lines of a file, counted, with the lines of the row at hand remembered so that they can be read anew."""

    def __init__(self, file: Readable, encoding: str) -> None:
        self._bytes = Bytes(file)
        self._encoding = encoding
        self._source = self._text_lines()
        self._again: list[str] = []
        self._row: list[str] = []
        self._counted = 0
        self.number = 0
        self.unpacked = 0  # bytes, after gzip

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        if len(self._row) >= MOST_LINES:
            raise csv.Error(f"a quote is not closed within {MOST_LINES:,} lines")
        line = self._again.pop() if self._again else next(self._source)
        self._row.append(line)
        self.number += 1
        return line

    def begin_row(self) -> int:
        """Forget the last row; the number of the line that comes next."""
        self._row = []
        return self.number + 1

    def reject_row(self) -> None:
        """Go back to the line after the first one of the row at hand: the others may be good rows."""
        self._again += reversed(self._row[1:])
        self.number -= len(self._row) - 1

    def skip_to(self, number: int) -> None:
        """Pass over lines until `number` of them are read."""
        while self.number < number and next(self, None) is not None:
            self._row = []

    def position(self) -> int:
        """How many bytes of the file were read, as they lie there: packed, where they are."""
        return self._bytes.position()

    def close(self) -> None:
        self._bytes.close()

    def _text_lines(self) -> Iterator[str]:
        rest = ""
        for text in self._texts():
            *lines, rest = (rest + text).split("\n")
            self._counted += len(lines)
            for line in lines:
                yield line + "\n"
            rest = rest[:LONGEST_LINE]  # so long a line is rejected for its length, whatever else it says
        if rest:
            yield rest

    def _texts(self) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder(self._encoding)()
        first, data = True, b""
        try:
            while data := self._read():
                text = decoder.decode(data)
                yield text.removeprefix("\ufeff") if first else text
                first = False
            yield decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            kept = len(error.object) - len(data)  # what the decoder had of the block before
            yield decoder.decode(data[: max(error.start - kept, 0)])
            raise self._undecodable(error) from None
        except UnicodeError:  # of a file that says no byte order, which the encoding asks for
            codec = codecs.lookup(self._encoding).name
            raise BrokenFile(
                f"The file does not begin as {self._encoding} does.", WayOut(Way.ENCODING, example=f"{codec}-le")
            ) from None

    def _read(self) -> bytes:
        try:
            data = self._bytes.read()
        except DAMAGED as error:
            raise BrokenFile(
                f"The gzip file is cut off or damaged after line {self._counted:,} ({error}); rows before are taken.",
                WayOut(Way.AGAIN),
            ) from None
        self.unpacked += len(data)
        return data

    def _undecodable(self, error: UnicodeDecodeError) -> BrokenFile:
        before = error.object[: error.start]
        byte = error.start - before.rfind(b"\n")
        likely = "latin-1 or cp1252"
        if self._counted == 0 and error.object.startswith(UTF32_MARKS + UTF16_MARKS):
            likely = "utf-32" if error.object.startswith(UTF32_MARKS) else "utf-16"
        return BrokenFile(
            f"Line {self._counted + 1:,}, byte {byte:,} (0x{error.object[error.start]:02x}) is not {self._encoding}; "
            "the rows before are taken and count once.",
            WayOut(Way.ENCODING, example=likely),
        )


def rows(lines: Lines, delimiter: str) -> Iterator[Row]:
    """The rows that come next: the line each begins at, and its cells or why it is none. Empty lines are no rows.

    Where the first one heads a file of rejected rows, all come as they were before it was written.
    """
    csv.field_size_limit(LONGEST_FIELD)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    comes_back: bool | None = None
    while True:
        start = lines.begin_row()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            lines.reject_row()
            yield start, Rejection("", _unreadable(str(error)))
            continue
        if comes_back is None and cells:
            comes_back = rejected_rows.is_header(cells)
        if cells:
            yield start, rejected_rows.cells(cells) if comes_back else cells


def _unreadable(reason: str) -> str:
    if "field larger" in reason:
        return f"the row has a field of more than {LONGEST_FIELD:,} characters; shorten it"
    if "unexpected end" in reason:
        return "the row opens a quote that is never closed; close it, or double a quote that is meant"
    if "new-line character" in reason:
        return "the row holds a carriage return (CR) that ends no line; save the file with line ends as LF or CR LF"
    return f"the row is not CSV ({reason}); quote fields with commas, quotes or line ends, and double inner quotes"


def fingerprint(file: Readable, *facts: str) -> str:
    """Tells a file, and how it was asked to be read, from others: size, first and last megabyte, and `facts`."""
    size = file.size
    digest = sha256("\0".join((str(size), *facts)).encode())
    with file.open() as stream:
        digest.update(stream.read(ENDS))
        stream.seek(max(size - ENDS, 0))
        digest.update(stream.read(ENDS))
    return digest.hexdigest()

"""What a file is, by its beginning: how it is written, where its header stands, and which column is which field."""

from contextlib import closing
from dataclasses import dataclass
from itertools import islice

from . import files
from .cells import Reading
from .files import Readable
from .importing import Kind
from .values import Rejection

ROWS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Look:
    """A file as it was recognised. `rows` are the first ones as they stand there, `notes` sentences for people."""

    encoding: str
    delimiter: str
    header_line: int  # the first line is 1
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    platform: str  # "google_ads", "meta", "tiktok", "linkedin", "microsoft", "" for a plain file
    mapping: dict[str, str]  # their column → our field, guessed or remembered
    remembered: bool
    reading: Reading
    notes: tuple[str, ...]


def look(file: Readable, kind: Kind) -> Look:
    """What the file seems to be. Raises `BrokenFile` where nothing can be read of it."""
    with closing(files.Lines(file, "utf-8")) as lines:
        rows = files.rows(lines, ",")
        line, header = next(rows, (1, []))
        shown = [cells for _, cells in islice(rows, ROWS_SHOWN) if not isinstance(cells, Rejection)]
    if isinstance(header, Rejection) or not header:
        raise files.BrokenFile("The file has no header that can be read; its first line must name the columns.")
    known = {column: column.strip().lower() for column in header if column.strip().lower() in kind.fields}
    return Look("utf-8", ",", line, tuple(header), tuple(map(tuple, shown)), "", known, False, Reading(), ())

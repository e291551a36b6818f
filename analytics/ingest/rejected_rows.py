"""The file of an import's rejected rows, which comes back mended: what stands before the cells, and the cells as they
were.

Pure. Cells go out as texts that begin no formula (`compliance.spreadsheets`), and come in as they were typed.
"""

from collections.abc import Sequence

from compliance import spreadsheets

ABOUT = ("Line", "Field", "Reason")


def is_header(row: Sequence[str]) -> bool:
    """Whether a file that begins so is one of rejected rows."""
    return tuple(row[: len(ABOUT)]) == ABOUT


def cells(row: Sequence[str]) -> list[str]:
    return [spreadsheets.typed(cell) for cell in row]


def own(header: Sequence[str]) -> Sequence[str]:
    """The columns of the file that was rejected from."""
    return header[len(ABOUT) :] if is_header(header) else header


def plain(header: Sequence[str]) -> list[str]:
    """The names of columns in small letters, as they are compared; "" for those that stand before the cells."""
    names = [column.strip().lower() for column in own(header)]
    return [""] * (len(header) - len(names)) + names

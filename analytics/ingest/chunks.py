"""Rows of a file put together for its door: which it takes, which are rejected, and which are none of its kind."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from . import cells, columns, files
from .cells import LeftOut, Reading
from .dead_letters import Rejected
from .files import BrokenFile
from .values import Rejection

Item = dict[str, Any]
Cells = Callable[[Mapping[str, str], str, Reading], Item | Rejection | LeftOut]


@dataclass(slots=True)
class Chunk:
    """Rows read and not yet recorded; `end` is the last line they reach to."""

    items: list[Item] = field(default_factory=list)
    said: list[Item] = field(default_factory=list)  # the same as they stand in the file, where that is read
    lines: list[int] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    end: int = 0

    @property
    def rows(self) -> int:
        return len(self.items) + len(self.rejected) + len(self.left_out)


@dataclass(frozen=True, slots=True)
class Layout:
    """Which column is what, and how cells are read; without `cells` the door reads them."""

    columns: columns.Columns
    cells: Cells | None
    reading: Reading

    def add(self, chunk: Chunk, line: int, row: list[str] | Rejection) -> None:
        """Put a row to those of its sort."""
        if isinstance(row, Rejection):
            chunk.rejected.append(Rejected(line, "", row))
            return
        said = self.columns.item(row)
        item = self._read(row, said)
        kept = as_said(said, row) if self.cells is not None and isinstance(said, dict) else said
        if isinstance(item, LeftOut):
            chunk.left_out.append(item)
        elif isinstance(item, Rejection):
            chunk.rejected.append(Rejected(line, row if isinstance(kept, Rejection) else kept, item))
        else:
            chunk.items.append(item)
            chunk.lines.append(line)
            if isinstance(kept, dict):
                chunk.said.append(kept)

    def _read(self, row: list[str], said: Item | Rejection) -> Item | Rejection | LeftOut:
        if self.cells is None:
            return said
        if isinstance(said, Rejection):
            return cells.left_out(row, self.reading) or said
        return self.cells(said, row[0], self.reading)


def as_said(item: Mapping[str, str], row: list[str]) -> Item:
    """A row as it stands in its file: its cells by our names, and under no name the first one, where totals say so."""
    return {**item, "": row[0]}


def read(
    lines: files.Lines, rows: Iterator[files.Row], layout: Layout, most_rows: int, most_bytes: int
) -> tuple[Chunk, BrokenFile | None]:
    """As many rows as a chunk takes, and what is wrong with the file behind them, if anything."""
    chunk, start = Chunk(end=lines.number), lines.unpacked
    try:
        for line, row in islice(rows, most_rows):
            layout.add(chunk, line, row)
            chunk.end = lines.number
            if lines.unpacked - start > most_bytes:
                break
    except BrokenFile as broken:
        return chunk, broken
    return chunk, None

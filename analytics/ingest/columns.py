"""Which column of a file is which field of ours."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from compliance.reasons import shows_somebody, without_addresses

from . import rejected_rows
from .files import BrokenFile
from .values import Rejection
from .ways_out import Way, WayOut

YEARS = re.compile(r"\b(19|20)\d\d\s*[-–/]\s*(19|20)?\d\d\b")  # of a column such as "Cost 2025-2026", no phone


@dataclass(frozen=True, slots=True)
class Columns:
    """A file's header: as it stands there, and each column's name for us (its own where it is none of our fields)."""

    header: tuple[str, ...]
    names: tuple[str, ...]  # "" for one that is passed over

    def item(self, cells: list[str]) -> dict[str, Any] | Rejection:
        """A row as the item that the doors take, or why it is none."""
        if len(cells) == len(self.names):
            if cells[0] == self.header[0] and tuple(cells) == self.header:
                return Rejection("", "the row repeats the header; remove it")
            return dict(zip(self.names, cells, strict=True))
        return Rejection(
            "", f"the row has {len(cells):,} cells and the header {len(self.names):,}; quote cells that contain commas"
        )


def match(
    header: list[str], fields: Iterable[str], required: Iterable[str], mapping: Mapping[str, str], *, only: bool = False
) -> Columns:
    """The columns of a header, by `mapping` (their name → ours) or by our own names; `only` by `mapping`.

    Raises `BrokenFile`.
    """
    refuse_people(header)
    fields = tuple(fields)
    plain = rejected_rows.plain(header)
    mapped = {theirs.strip().lower(): ours for theirs, ours in mapping.items()}
    counted = [column for column in plain if column in mapped or (column and not only)]
    _refuse_repeats("The header names a column twice", counted)
    if absent := [theirs for theirs in mapping if theirs.strip().lower() not in plain]:
        what = f"Columns were named that are not in the file: {_list(absent)}. It has: {_list(header)}."
        raise BrokenFile(what, WayOut(Way.MAPPING))
    names = [mapped.get(column, "" if only else column) for column in plain]
    _refuse_repeats("Two columns would be the same field", [name for name in names if name])
    missing = [field for field in required if field not in names]
    if missing:
        unknown = [column for column, name in zip(header, names, strict=True) if name not in fields]
        raise BrokenFile(
            f"The header lacks {', '.join(missing)}. Columns that are no field of ours: {_list(unknown)}.",
            WayOut(Way.COLUMN, missing[0], _list(unknown[:1]).strip() if unknown else "their_column"),
            *([WayOut(Way.DELIMITER)] if len(header) == 1 else []),
            *([WayOut(Way.TYPE)] if "type" in missing else []),
        )
    return Columns(tuple(header), tuple(names))


def refuse_people(header: Iterable[str]) -> None:
    """Refuse what cannot be a header, quoting nothing of it: how columns are called is kept and shown in clear."""
    names = [YEARS.sub("", column) for column in header]
    if any(shows_somebody(name) or without_addresses(name) != name for name in names):
        raise BrokenFile("The first line looks like a row, not a header; put a line with the columns' names before it.")


def _refuse_repeats(what: str, names: list[str]) -> None:
    repeated = sorted(name for name, times in Counter(names).items() if times > 1)
    if repeated:
        raise BrokenFile(f"{what}: {_list(repeated)}. Rename or remove one.")


def _list(names: Iterable[str]) -> str:
    shown = [without_addresses(name)[:60] for name in names]
    return ", ".join(shown[:40]) or "none"

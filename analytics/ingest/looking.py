"""What a file is, by its beginning: how it is written, where its header stands, and which column is which field.

What a person said once of a header (`remember`) holds for every later file with the same columns: which of them are
ours, and how decimals and days are written. What its rows are worth and do (currency, time zone, adding up, making
campaigns) is said of one file, and holds for that one alone. What the cells tell of their decimals and days goes before
what is remembered, and both before what is usual.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from ..models import ColumnMapping
from . import beginnings, cells, columns, headers, order_files, orders, shops
from .beginnings import Table
from .cells import LeftOut, Reading
from .files import BrokenFile, Readable
from .importing import Kind, Request
from .ways_out import Fault, Way, WayOut

ROWS_SHOWN = 20
NO_MAPPING: Mapping[str, str] = {}
HEADER_ROWS = 40  # how far down a header is looked for
MOST_COLUMNS = 500
EMPTY = "The file is empty; its first line must name the columns."
NO_HEADER = "No line at the beginning of the file can name its columns: those there are comments, blank, or too long."


@dataclass(frozen=True, slots=True)
class Look:
    """A file as it was recognised. `rows` are the first ones as they stand there, `notes` are for people."""

    encoding: str
    delimiter: str
    header_line: int  # the first line is 1
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    platform: str  # "google_ads", "meta", "tiktok", "linkedin", "microsoft", "" for a plain file
    mapping: dict[str, str]  # their column → our field, guessed or remembered
    remembered: bool
    reading: Reading
    notes: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class _Header:
    """A row that may be the header: where it stands in which table, and what its columns would be."""

    table: Table
    place: int
    found: headers.Found | None
    mapping: dict[str, str]
    memory: ColumnMapping | None
    own: int  # how many of the columns are named by a person

    @property
    def columns(self) -> list[str]:
        return self.table.rows[self.place][1]

    @property
    def worth(self) -> tuple[int, int, int, int]:
        """How much it looks like a header, more is more."""
        known = len(self.mapping)
        sure = 3 if self.memory else 2 if self.found else int(known > 1)
        return self.own, sure, known if sure else len(self.columns), -self.place


def look(
    file: Readable,
    kind: Kind,
    *,
    encoding: str = "",
    delimiter: str = "",
    platform: str = "",
    own: Mapping[str, str] = NO_MAPPING,
    memory: bool = True,
    each: str = "",
) -> Look:
    """What the file seems to be. What is given is believed: `own` are columns and their fields, as a person says, and
    `each` is the type of all rows of a file of events.

    Raises `BrokenFile` where nothing can be read of it. Without `memory` what was told of its header earlier counts for
    nothing.
    """
    sample = beginnings.sample(file)
    encoding = encoding or beginnings.encoding_of(sample)
    tables = beginnings.tables(sample, encoding, delimiter)
    header = _header(tables, kind, platform, own, memory)
    if header is None:
        raise BrokenFile(NO_HEADER if sample.content.strip(b"\r\n\0 \xff\xfe\xef\xbb\xbf") else EMPTY)
    columns.refuse_people(header.columns)
    if len(header.columns) > MOST_COLUMNS:
        raise BrokenFile(
            f"Line {_line(header):,} has {len(header.columns):,} columns, and at most {MOST_COLUMNS} are taken; "
            "leave those out that are no field of ours."
        )
    if platform and header.found is None:
        label = headers.BY_NAME[platform].label
        what = f"The file has no columns of {label} for a campaign and what it cost."
        raise BrokenFile(what, WayOut(Way.PLATFORM))
    rows = [row for _, row in header.table.rows[header.place + 1 :]]
    mapping, reading = _read_events(header, rows, each) if kind.typed else _read(header, kind, rows)
    notes = _notes(header, kind, rows, mapping, reading)
    return Look(
        encoding, header.table.delimiter, _line(header), tuple(header.columns), tuple(map(tuple, rows[:ROWS_SHOWN])),
        reading.platform, mapping, header.memory is not None, reading, notes,
    )  # fmt: skip


def remember(request: Request, at: datetime) -> None:
    """Keep how a file was written for later ones with the same header, where that is not what would be guessed."""
    guess, told = (
        look(request.file, request.kind, encoding=request.encoding, delimiter=request.delimiter, own=own, memory=False)
        for own in (NO_MAPPING, request.mapping)
    )
    mapping, written = dict(request.mapping), _written(asdict(request.reading))
    if (mapping, written, request.header_line) == (guess.mapping, _written(asdict(guess.reading)), guess.header_line):
        return
    ColumnMapping.objects.update_or_create(
        kind=request.kind.name,
        header=fingerprint(told.header),
        defaults={"mapping": mapping, "reading": asdict(written), "used_at": at},
    )


def _with_own(guess: Mapping[str, str], own: Mapping[str, str], header: Sequence[str]) -> dict[str, str]:
    """The guess with what a person says in its place."""
    told = _as_written(own, header)
    kept = {column: field for column, field in guess.items() if column not in told and field not in told.values()}
    return kept | told


def _as_written(mapping: Mapping[str, str], header: Sequence[str]) -> dict[str, str]:
    """The mapping with its columns as they stand in this header, whatever their case was."""
    written = {column.strip().lower(): column for column in reversed(header)}
    return {written.get(column.strip().lower(), column): field for column, field in mapping.items()}


def fingerprint(header: Sequence[str]) -> str:
    """Tells a header from others by the names of its columns, in their order."""
    return sha256("\0".join(column.strip().casefold() for column in header).encode("utf-8", "replace")).hexdigest()


def _header(tables: Sequence[Table], kind: Kind, platform: str, own: Mapping[str, str], memory: bool) -> _Header | None:
    """The row that looks most like a header, in the table by the separator that makes it so; None without any row."""
    hashes = {fingerprint(row): None for table in tables for _, row in table.rows[:HEADER_ROWS]} if memory else {}
    known = {kept.header: kept for kept in ColumnMapping.objects.filter(kind=kind.name, header__in=list(hashes))}
    best: _Header | None = None
    for table in tables:
        for place, (_, row) in enumerate(table.rows[:HEADER_ROWS]):
            if row[0].startswith("#"):
                continue
            titles = [above[0] for _, above in table.rows[:place]]
            found = _found(kind, row, titles, platform)
            kept = known.get(fingerprint(row))
            if kept and kept.reading.get("platform", "") != (found.platform if found else ""):
                kept = None
            guess = found.mapping if found else headers.guessed(row, kind.name, kind.fields)
            mapping = _with_own(_as_written(kept.mapping, row) if kept else guess, own, row)
            told = len(_as_written(own, row).keys() & set(row))
            header = _Header(table, place, found, mapping, kept, told)
            if best is None or header.worth > best.worth:
                best = header
    return best


def _found(kind: Kind, row: Sequence[str], titles: Sequence[str], platform: str) -> headers.Found | None:
    """Whose export a row is the header of, of the kinds that platforms or shops export."""
    if kind.typed:
        return shops.recognise(row)
    return headers.recognise(row, titles, platform) if kind.name == "costs" else None


def _read_events(header: _Header, rows: Sequence[Sequence[str]], each: str) -> tuple[dict[str, str], Reading]:
    """The same of a file of events: its rows are read where no column says what each is."""
    mapping, kept = dict(header.mapping), _written(header.memory.reading) if header.memory else None
    each = order_files.type_of(mapping.values(), each, kept.type if kept else "")
    if "type" in mapping.values() and not each:
        return {column: field for column, field in mapping.items() if field not in orders.FIELDS}, Reading()
    platform = header.found.platform if header.found else ""
    decimal, dates = (",", "dmy") if header.table.delimiter == ";" else (".", "")
    usual = Reading(platform, decimal, dates, type=each)
    return mapping, order_files.reading_of(mapping, _by_field(header.columns, mapping, rows), usual, kept)


def _read(header: _Header, kind: Kind, rows: Sequence[Sequence[str]]) -> tuple[dict[str, str], Reading]:
    """The mapping and the reading of a file, by its header, its first rows and what is remembered of it."""
    found, mapping = header.found, dict(header.mapping)
    if kind.name != "costs":
        return mapping, Reading()
    kept, usual = _written(header.memory.reading if header.memory else {}), Reading()
    if found:
        platform = headers.BY_NAME[found.platform]
        zone = "UTC" if any("(in utc)" in column.lower() for column in mapping) else ""
        usual = Reading(platform.name, ".", platform.dates, "", found.currency, zone, adds=True, creates=True)
    continental = header.table.delimiter == ";" or bool(found and found.continental)
    values = _by_field(header.columns, mapping, rows)
    numbers = [text for field in cells.NUMBERS for text in values.get(field, ())]
    days = values.get("date") or values.get("first_day") or []
    order = cells.order_of(days) or kept.dates or usual.dates or ("dmy" if continental else "")
    decimal = cells.decimal_of(numbers) or (kept.decimal if header.memory else "," if continental else ".")
    return _dated(mapping, values), replace(usual, decimal=decimal, dates=order)


def _written(reading: Mapping[str, Any]) -> Reading:
    """Of a reading what is so of every file that is written alike."""
    return Reading(**{name: reading[name] for name in ("platform", "decimal", "dates", "type") if name in reading})


def _dated(mapping: dict[str, str], values: dict[str, list[str]]) -> dict[str, str]:
    """Without a column of days, rows that begin and end on one day have it; others are of a period, and have none."""
    named = {field: column for column, field in mapping.items()}
    if "first_day" not in named:
        return mapping
    spans = zip(values["first_day"], values.get("last_day", []), strict=False)
    daily = "date" not in named and "last_day" in named and all(first == last for first, last in spans)
    dated = {column: field for column, field in mapping.items() if field not in ("first_day", "last_day")}
    return dated | ({named["first_day"]: "date", named["last_day"]: "last_day"} if daily else {})


def _by_field(columns: Sequence[str], mapping: dict[str, str], rows: Iterable[Sequence[str]]) -> dict[str, list[str]]:
    """What stands in the first rows under each of our fields, in those that name a campaign and are no totals; of
    orders in all.
    """
    places = {field: columns.index(column) for column, field in mapping.items() if column in columns}
    names = [places[field] for field in ("campaign", "campaign_name") if field in places]
    good = (
        [row for row in rows if len(row) == len(columns)]
        if "contact" in places
        else [
            row
            for row in rows
            if len(row) == len(columns)
            and not any(cells.is_total_label(row[place]) for place in (0, *names))
            and any(row[place].strip() not in cells.NOTHING for place in names)
        ]
    )
    return {field: [row[place].strip() for row in good] for field, place in places.items()}


def _notes(
    header: _Header, kind: Kind, rows: Sequence[Sequence[str]], mapping: dict[str, str], reading: Reading
) -> tuple[Fault, ...]:
    """What whoever brings the file should know before its rows count."""
    if kind.typed and reading.type:
        told = [Fault(_remembered(header))] if header.memory else []
        return tuple(order_files.notes(mapping, _by_field(header.columns, mapping, rows), reading) + told)
    if kind.name != "costs":
        return ()
    named = {field: column for column, field in mapping.items()}
    totals = sum(_is_total(row, header.columns, mapping, reading) for row in rows)
    zone = [line[0] for _, line in header.table.rows[: header.place] if line[0].lower().startswith("time zone:")]
    label = headers.BY_NAME[reading.platform].label if reading.platform else ""
    clicks, results = headers.plain(named.get("clicks", "")), {headers.plain(name) for name in header.columns}
    said: list[tuple[bool, str, Way | None]] = [
        (reading.platform != "", f"It is a report of {label}; line {_line(header)} names its columns.", None),
        ("date" not in named, "The report has no day; export it with a row for each day.", Way.DAY),
        (
            "currency" not in named and not reading.currency and reading.platform != "",
            "It names no currency, so amounts count in the reporting currency if nobody says another.",
            Way.CURRENCY,
        ),
        (totals > 0, f"Rows of totals are left out, {totals:,} of them among the first rows.", None),
        (header.memory is not None, _remembered(header), None),
        (reading.decimal == ",", "Numbers are read with a decimal comma.", None),
        ("(all)" in clicks or "(tous)" in clicks, "Clicks are all clicks, for the report has none on links.", None),
        (
            reading.platform == "meta" and "conversions" not in named and "results" in results,
            "Results are not taken as conversions, for what they are differs by campaign; export purchases.",
            None,
        ),
        (
            bool(zone) and not reading.time_zone,
            f'It says "{"".join(zone[:1])[:80]}", and costs keep the zone of their days.',
            Way.TIME_ZONE,
        ),
    ]
    return tuple(Fault(text, (WayOut(way),) if way else ()) for holds, text, way in said if holds)


def _is_total(row: Sequence[str], columns: Sequence[str], mapping: Mapping[str, str], reading: Reading) -> bool:
    """Whether an import leaves this row out as a total."""
    if len(row) != len(columns):
        return cells.left_out(row, reading) is LeftOut.TOTAL
    item = {mapping.get(column, ""): cell for column, cell in zip(columns, row, strict=True)}
    return cells.read_costs(item, row[0], reading) is LeftOut.TOTAL


def _remembered(header: _Header) -> str:
    """All that comes from what was told before."""
    written = _written(header.memory.reading if header.memory else {})
    first = {"dmy": ', and the day first in "3/4/2026"', "mdy": ', and the month first in "3/4/2026"'}
    said = f'"{written.decimal}" before decimals{first.get(written.dates, "")}'
    return f"Its columns are taken as told before for this header; so is, where its cells do not tell, {said}."


def _line(header: _Header) -> int:
    return header.table.rows[header.place][0]

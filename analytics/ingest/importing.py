"""A file through the doors, in chunks: each commits what it recorded and how far it got, so a kill costs nothing."""

import re
from collections.abc import Callable, Collection, Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from .. import channels
from ..models import ImportFile
from . import campaigns, chunks, columns, costs, dead_letters, files, headers, orders, parsing, rates
from .cells import LeftOut, Reading
from .files import BrokenFile, Readable
from .in_clear import file_name
from .values import Rejection
from .verdicts import CREATED, REPLACED, UNCHANGED, UPDATED, Verdicts
from .ways_out import Door, Fault, Way, WayOut

CHUNK_ROWS = 20_000
CHUNK_BYTES = 16 << 20
FEW_ROWS = 10_000  # of a file of more, at most half may be rejected in one run
NOT_SUCH_A_FILE = (
    "More than half of {:,} rows were rejected, so this is not the file that its columns say. What was taken stays, "
    "and can be undone; look at the reasons, and import the file anew with the right columns, or once what it names is "
    "known."
)
NO_DAY = Fault(
    "The report has no day, and what it cost cannot be spread over days honestly. Export it with a row for each day.",
    (WayOut(Way.COLUMN, "date", "their_column"), WayOut(Way.DAY)),
)
DAY_TWICE = Fault("The report says its days in a column.", (WayOut(Way.NO_DAY),))
NUL_IN_HEADER = Fault(
    "The names of the columns have NUL characters in them; remove them.",
    (WayOut(Way.ENCODING, example="utf-16 or utf-32"),),
)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file may hold: its fields, and the door they go through. `folds`: the fold counts what was new.

    `cells` reads what stands in a row as other people write it; without it the door reads it as it stands. Rejected
    rows of such a kind are kept as they stand there (`chunks.as_said`), and are read anew when they are retried.
    """

    name: str
    fields: tuple[str, ...]
    required: tuple[str, ...]
    record: Callable[..., Verdicts]
    folds: bool = False
    aliases: Mapping[str, str] = field(default_factory=dict)  # other people's names of fields, in small letters
    cells: chunks.Cells | None = None
    typed: bool = False  # its cells are read only where it is said what each row is

    def reader(self, reading: Reading) -> chunks.Cells | None:
        """What reads the rows of such a file; None where the door does."""
        return None if self.typed and not reading.type else self.cells

    def needs(self, fields: Collection[str], reading: Reading, source: str = "") -> tuple[str, ...]:
        """The columns there must be beside or among `fields`; what is said for all rows needs none, and an event that
        is said to be of a type is known by its order, unless by an id.
        """
        said = {"source": source, "date": reading.day, "type": reading.type}
        by_order = self.typed and bool(reading.type) and "event_id" not in fields
        return tuple(
            "order" if by_order and name == "event_id" else name for name in self.required if not said.get(name)
        )

    def options(self, reading: Reading) -> dict[str, Any]:
        """What the door is told beside the rows."""
        if self.reader(reading) is None:
            return {}
        if self.typed:
            return {"channel": orders.channel_of(reading)}
        platform = headers.BY_NAME.get(reading.platform)
        channel = platform.channel if platform else channels.OTHER
        adds = reading.adds or bool(reading.day)  # a report without days has a row for each of its parts
        return {"adds": adds, "channel": channel if reading.creates else ""}


def read_anew(
    kind: Kind, item: Mapping[str, Any], reading: Reading, door: Door
) -> Mapping[str, Any] | Rejection | LeftOut:
    """What was kept of a rejected row, as the door takes it."""
    cells = kind.reader(reading)
    found = item if cells is None or "" not in item else cells(item, item[""], reading)
    return found.said(door) if isinstance(found, Rejection) else found


def _record_campaigns(items: list[dict[str, Any]], *, source: str, **options: Any) -> Verdicts:
    """An empty cell says nothing about a campaign, so it changes nothing."""
    given = [{name: value for name, value in item.items() if value.strip()} for item in items]
    return campaigns.record_campaigns(given, **options)


KINDS: tuple[Kind, ...] = (
    Kind(
        "events",
        (*parsing.FIELDS, *orders.FIELDS),
        ("event_id", "type", "occurred_at", "contact"),
        orders.record_rows,
        folds=True,
        cells=orders.read_row,
        typed=True,
    ),
    Kind("campaigns", campaigns.FIELDS, ("campaign",), _record_campaigns),
    Kind(
        "costs",
        costs.FIELDS,
        ("campaign", "date", "amount", "source"),
        costs.record_costs,
        cells=costs.read_row,
    ),
    Kind("rates", rates.FIELDS, ("day",), rates.record_rates, aliases={"date": "day"}),
)
BY_NAME: dict[str, Kind] = {kind.name: kind for kind in KINDS}


@dataclass(frozen=True, slots=True)
class Request:
    """Which file, of what, from which source, and how to read it; `door` is where whoever brought it is told of it."""

    file: Readable
    kind: Kind
    source: str
    mapping: Mapping[str, str] = field(default_factory=dict)  # their column → our field
    encoding: str = "utf-8"
    delimiter: str = ","
    header_line: int = 1
    reading: Reading = field(default_factory=Reading)
    door: Door = Door.COMMAND

    @property
    def required(self) -> tuple[str, ...]:
        """The columns there must be; what is said for all rows needs none."""
        return self.kind.needs(self.mapping.values(), self.reading, self.said_source)

    @property
    def cells(self) -> chunks.Cells | None:
        """What reads the rows; None where the door does."""
        return self.kind.reader(self.reading)

    @property
    def said_source(self) -> str:
        """Where rows that name no source come from: as given, else the platform whose export it is."""
        return self.source or self.reading.platform

    @property
    def fingerprint(self) -> str:
        mapping = ",".join(f"{theirs}={ours}" for theirs, ours in sorted(self.mapping.items()))
        how = (self.encoding, self.delimiter, str(self.header_line), str(self.reading))
        return files.fingerprint(self.file, self.kind.name, self.source, mapping, *how)


def begin(request: Request) -> ImportFile:
    """The record of this file: the unfinished one of an earlier run, or a new one. Uploaded files have theirs."""
    fingerprint, going_on = request.fingerprint, (ImportFile.State.RUNNING, ImportFile.State.FAILED)
    unfinished = ImportFile.objects.filter(fingerprint=fingerprint, state__in=going_on, asked_at=None)
    record = unfinished.order_by("-id").first()
    if record is None:
        name = file_name(request.file.name)
        options = {"reading": asdict(request.reading)}
        return ImportFile.objects.create(kind=request.kind.name, name=name, fingerprint=fingerprint, options=options)
    ImportFile.objects.filter(pk=record.pk).update(state=ImportFile.State.RUNNING, reason="")
    return record


def run(request: Request, record: ImportFile, clock: Clock) -> Generator[int]:
    """Record the rest of the file; yields how many bytes were read, after each chunk that is safe on disk.

    Raises `BrokenFile` where the file cannot be read on; the rows before it are recorded then.
    """
    try:
        with closing(files.Lines(request.file, request.encoding)) as lines:
            yield from _chunks(request, record, clock, lines)
    except BrokenFile as error:
        fail(record, error.said(request.door))
        raise


def _chunks(request: Request, record: ImportFile, clock: Clock, lines: files.Lines) -> Iterator[int]:
    lines.skip_to(request.header_line - 1)
    rows = files.rows(lines, request.delimiter)
    header = _header(rows)
    named = {column for column in header if column.strip().lower() in request.kind.aliases}
    mapping = {column: request.kind.aliases[column.strip().lower()] for column in named} | dict(request.mapping)
    matched = _matched(request, header, mapping)
    _note_header(record, header, mapping)
    lines.skip_to(record.lines_done)
    layout = chunks.Layout(matched, request.cells, request.reading)
    read = rejected = 0
    while True:
        chunk, broken = chunks.read(lines, rows, layout, CHUNK_ROWS, CHUNK_BYTES)
        if chunk.end > record.lines_done:
            rejected += _commit(request, record, chunk, clock())
            read += chunk.rows
            yield lines.position()
        if read > FEW_ROWS and 2 * rejected > read:
            raise BrokenFile(NOT_SUCH_A_FILE.format(read))
        if broken:
            raise broken
        if not chunk.rows:
            return


def _note_header(record: ImportFile, header: list[str], mapping: Mapping[str, str]) -> None:
    """What the columns of a file are called, of one whose form did not say it: rejected rows come out under them."""
    if record.asked_at is None and "header" not in record.options:
        record.options = {**record.options, "header": header, "mapping": dict(mapping)}
        record.save(update_fields=["options"])


def _matched(request: Request, header: list[str], mapping: Mapping[str, str]) -> columns.Columns:
    """The columns; of a report that was looked at only those that are mapped: others may be called as fields are."""
    required = [name for name in request.required if name != "date" or request.cells is None]
    only = request.cells is not None and bool(mapping)
    matched = columns.match(header, request.kind.fields, required, mapping, only=only)
    if "date" in request.kind.required and ("date" in matched.names) == bool(request.reading.day):
        raise BrokenFile.of(DAY_TWICE if request.reading.day else NO_DAY)
    return matched


def fail(record: ImportFile, reason: str) -> None:
    """It ended before its end, and can be gone on with or undone; one that somebody ended meanwhile stays as it is."""
    going = ImportFile.objects.filter(pk=record.pk, state__in=(ImportFile.State.RUNNING, ImportFile.State.FAILED))
    going.update(state=ImportFile.State.FAILED, reason=plain(reason))


def plain(text: str) -> str:
    """The text without characters that control something: files say what they like, and a database keeps no NUL."""
    return _CONTROLS.sub("\ufffd", text)


def finish(record: ImportFile, at: datetime) -> None:
    """Close the record of a file that was read to its end."""
    ImportFile.objects.filter(pk=record.pk).update(state=ImportFile.State.DONE, reason="", finished_at=at)


def _header(rows: Iterator[files.Row]) -> list[str]:
    _line, header = next(rows, (0, []))
    if isinstance(header, Rejection):
        raise BrokenFile(f"The header cannot be read: {header.reason}.")
    if not header:
        raise BrokenFile("The file is empty; its first line must name the columns.")
    if any("\0" in column for column in header):
        raise BrokenFile.of(NUL_IN_HEADER)
    return header


def _commit(request: Request, record: ImportFile, chunk: chunks.Chunk, at: datetime) -> int:
    """Record a chunk and how far the file was read, in one transaction; how many of its rows were rejected."""
    with transaction.atomic():
        verdicts = request.kind.record(
            chunk.items,
            source=request.said_source,
            at=at,
            import_file=record.pk,
            lines=chunk.lines,
            door=request.door,
            **({"said": chunk.said} if request.cells is not None else {}),
            **request.kind.options(request.reading),
        )
        rejected = verdicts.rejected + len(chunk.rejected)
        rejecting = request.said_source or request.kind.name
        dead_letters.keep(
            [one.said(request.door) for one in chunk.rejected], source=rejecting, at=at, import_file=record.pk
        )
        here = ImportFile.objects.filter(pk=record.pk, lines_done=record.lines_done, state=ImportFile.State.RUNNING)
        moved = here.update(
            lines_done=chunk.end,
            read=F("read") + chunk.rows,
            replaced=F("replaced") + verdicts.count(REPLACED),
            totals=F("totals") + chunk.left_out.count(LeftOut.TOTAL),
            unreported=F("unreported") + chunk.left_out.count(LeftOut.NOTHING),
            rejected=F("rejected") + rejected,
            suppressed=F("suppressed") + verdicts.suppressed,
            taken=F("taken") + (0 if request.kind.folds else verdicts.count(CREATED, UPDATED)),
            known=F("known") + (0 if request.kind.folds else verdicts.count(UNCHANGED, REPLACED)),
        )
        if not moved:
            raise AlreadyRunning
    record.lines_done = chunk.end
    return rejected


class AlreadyRunning(Exception):
    """Another process is importing the same file."""

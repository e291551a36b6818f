"""A file through the doors, in chunks: each commits what it recorded and how far it got, so a kill costs nothing."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import F

from ..models import ImportFile
from . import campaigns, columns, costs, dead_letters, events, files, parsing, rates
from .dead_letters import Rejected
from .files import BrokenFile
from .values import Rejection
from .verdicts import CREATED, REPLACED, UNCHANGED, UPDATED, Verdicts

CHUNK_ROWS = 20_000
CHUNK_BYTES = 16 << 20

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file may hold: its fields, and the door they go through. `folds`: the fold counts what was new."""

    name: str
    fields: tuple[str, ...]
    required: tuple[str, ...]
    record: Callable[..., Verdicts]
    folds: bool = False
    aliases: Mapping[str, str] = field(default_factory=dict)  # other people's names of fields, in small letters


def _record_campaigns(items: list[dict[str, Any]], *, source: str, **options: Any) -> Verdicts:
    """An empty cell says nothing about a campaign, so it changes nothing."""
    given = [{name: value for name, value in item.items() if value.strip()} for item in items]
    return campaigns.record_campaigns(given, **options)


KINDS: tuple[Kind, ...] = (
    Kind("events", parsing.FIELDS, ("event_id", "type", "occurred_at", "contact"), events.record_events, folds=True),
    Kind("campaigns", campaigns.FIELDS, ("campaign",), _record_campaigns),
    Kind("costs", costs.FIELDS, ("campaign", "date", "amount", "source"), costs.record_costs),
    Kind("rates", rates.FIELDS, ("day",), rates.record_rates, aliases={"date": "day"}),
)
BY_NAME: dict[str, Kind] = {kind.name: kind for kind in KINDS}


@dataclass(frozen=True, slots=True)
class Request:
    """Which file, of what, from which source, and how to read it."""

    path: Path
    kind: Kind
    source: str
    mapping: Mapping[str, str] = field(default_factory=dict)
    encoding: str = "utf-8"
    delimiter: str = ","

    @property
    def required(self) -> tuple[str, ...]:
        """The columns there must be; a source given for all rows needs none."""
        return tuple(name for name in self.kind.required if name != "source" or not self.source)

    @property
    def fingerprint(self) -> str:
        mapping = ",".join(f"{theirs}={ours}" for theirs, ours in sorted(self.mapping.items()))
        return files.fingerprint(self.path, self.kind.name, self.source, mapping, self.encoding, self.delimiter)


@dataclass(slots=True)
class Chunk:
    """Rows read and not yet recorded; `end` is the last line they reach to."""

    items: list[dict[str, Any]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    end: int = 0


def begin(request: Request) -> ImportFile:
    """The record of this file: the unfinished one of an earlier run, or a new one."""
    fingerprint = request.fingerprint
    ended = (ImportFile.State.DONE, ImportFile.State.UNDOING, ImportFile.State.UNDONE)
    unfinished = ImportFile.objects.filter(fingerprint=fingerprint).exclude(state__in=ended)
    record = unfinished.order_by("-id").first()
    if record is None:
        name = request.path.name[:300]
        return ImportFile.objects.create(kind=request.kind.name, name=name, fingerprint=fingerprint)
    ImportFile.objects.filter(pk=record.pk).update(state=ImportFile.State.RUNNING, reason="")
    return record


def run(request: Request, record: ImportFile, clock: Clock) -> Iterator[int]:
    """Record the rest of the file; yields how many bytes were read, after each chunk that is safe on disk.

    Raises `BrokenFile` where the file cannot be read on; the rows before it are recorded then.
    """
    try:
        with closing(files.Lines(request.path, request.encoding)) as lines:
            yield from _chunks(request, record, clock, lines)
    except BrokenFile as error:
        ImportFile.objects.filter(pk=record.pk).update(state=ImportFile.State.FAILED, reason=str(error))
        raise


def _chunks(request: Request, record: ImportFile, clock: Clock, lines: files.Lines) -> Iterator[int]:
    rows = files.rows(lines, request.delimiter)
    header = _header(rows)
    named = {column for column in header if column.strip().lower() in request.kind.aliases}
    mapping = {column: request.kind.aliases[column.strip().lower()] for column in named} | dict(request.mapping)
    matched = columns.match(header, request.kind.fields, request.required, mapping)
    lines.skip_to(record.lines_done)
    while True:
        chunk, broken = _read(lines, rows, matched)
        if chunk.end > record.lines_done:
            _commit(request, record, chunk, clock())
            yield lines.position()
        if broken:
            raise broken
        if not chunk.items and not chunk.rejected:
            return


def finish(record: ImportFile, at: datetime) -> None:
    """Close the record of a file that was read to its end."""
    ImportFile.objects.filter(pk=record.pk).update(state=ImportFile.State.DONE, reason="", finished_at=at)


def _header(rows: Iterator[files.Row]) -> list[str]:
    _line, header = next(rows, (0, []))
    if isinstance(header, Rejection):
        raise BrokenFile(f"The header cannot be read: {header.reason}.")
    if not header:
        raise BrokenFile("The file is empty; its first line must name the columns.")
    return header


def _read(lines: files.Lines, rows: Iterator[files.Row], matched: columns.Columns) -> tuple[Chunk, BrokenFile | None]:
    """As many rows as a chunk takes, and what is wrong with the file behind them, if anything."""
    chunk, start = Chunk(end=lines.number), lines.unpacked
    try:
        for line, cells in islice(rows, CHUNK_ROWS):
            item = cells if isinstance(cells, Rejection) else matched.item(cells)
            if isinstance(item, Rejection):
                chunk.rejected.append(Rejected(line, cells if isinstance(cells, list) else "", item))
            else:
                chunk.items.append(item)
                chunk.lines.append(line)
            chunk.end = lines.number
            if lines.unpacked - start > CHUNK_BYTES:
                break
    except BrokenFile as broken:
        return chunk, broken
    return chunk, None


def _commit(request: Request, record: ImportFile, chunk: Chunk, at: datetime) -> None:
    """Record a chunk and how far the file was read, in one transaction."""
    with transaction.atomic():
        verdicts = request.kind.record(
            chunk.items, source=request.source, at=at, import_file=record.pk, lines=chunk.lines
        )
        dead_letters.keep(chunk.rejected, source=request.source, at=at, import_file=record.pk)
        here = ImportFile.objects.filter(pk=record.pk, lines_done=record.lines_done, state=ImportFile.State.RUNNING)
        moved = here.update(
            lines_done=chunk.end,
            read=F("read") + len(chunk.items) + len(chunk.rejected),
            rejected=F("rejected") + verdicts.rejected + len(chunk.rejected),
            suppressed=F("suppressed") + verdicts.suppressed,
            taken=F("taken") + (0 if request.kind.folds else verdicts.count(CREATED, UPDATED)),
            known=F("known") + (0 if request.kind.folds else verdicts.count(UNCHANGED, REPLACED)),
        )
        if not moved:
            raise AlreadyRunning
    record.lines_done = chunk.end


class AlreadyRunning(Exception):
    """Another process is importing the same file."""

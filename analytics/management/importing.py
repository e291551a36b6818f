"""What the three import commands share: their options, the progress bar, the summary."""

import codecs
import gc
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, InterfaceError, OperationalError
from django.db.models import Count, Min, Sum
from django.utils import timezone

from ..ingest import costs, importing
from ..ingest.files import BrokenFile, OnDisk
from ..ingest.folding import Folder
from ..ingest.in_clear import WAY_OUT, names_somebody
from ..ingest.ways_out import Door
from ..models import DeadLetterRow, ImportFile, InboxBatch
from .progress import progress_bar

MOST_REASONS = 10
STOPPED = "It was stopped; the command run again goes on where it stopped."
BROKE_OFF = "It broke off for an error, which the command told; run again it goes on where it stopped."


class ImportCommand(BaseCommand):
    """Reads a CSV file, plain or gzipped, through the door that its rows belong to."""

    kind: str
    default_source = ""
    default_encoding, default_delimiter = "utf-8", ","

    def add_arguments(self, parser: ArgumentParser) -> None:
        kind = importing.BY_NAME[self.kind]
        parser.add_argument("file", type=Path, help=f"CSV, plain or gzipped; columns: {', '.join(kind.fields)}")
        parser.add_argument(
            "--source", default=self.default_source, help="where it comes from; ids are unique within it"
        )
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="THEIRS=OURS",
            help="a column of the file that is a field of ours; repeat it, or separate several by commas",
        )
        parser.add_argument(
            "--encoding",
            default=self.default_encoding,
            help=f"what the file is written in (default: {self.default_encoding or 'recognised'})",
        )
        parser.add_argument(
            "--delimiter",
            default=self.default_delimiter,
            help=f'what separates cells, "tab" for tabs (default: {self.default_delimiter or "recognised"})',
        )

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        given = self._given(options)
        try:
            request = self.asked(given, options)
            record = importing.begin(request)
            broken = self._run_to_an_end(request, record)
        except BrokenFile as error:
            raise CommandError(f"{given.file.name}: {error.said(Door.COMMAND)}") from None
        except importing.AlreadyRunning:
            raise CommandError(f"{given.file.name} is being imported by another process.") from None
        except (OperationalError, InterfaceError) as error:
            raise CommandError(f"The database failed: {error}. Run this again, it goes on where it stopped.") from None
        except KeyboardInterrupt:
            raise CommandError("Stopped. Run this again, it goes on where it stopped.", returncode=130) from None
        except OSError as error:
            raise CommandError(f"{given.file.name} cannot be read: {error.strerror or error}.") from None
        record.refresh_from_db()
        self._summarise(record, time.monotonic() - started)
        if broken is not None:
            raise CommandError(f"{request.file.name}: {broken.said(Door.COMMAND)}")
        if record.rejected or _dead_rows(record):
            raise SystemExit(1)

    def asked(self, given: importing.Request, options: dict[str, Any]) -> importing.Request:
        """What to import, from what was given and what the file turns out to be. Raises `BrokenFile`."""
        return given

    def _given(self, options: dict[str, Any]) -> importing.Request:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        try:
            codecs.lookup(options["encoding"] or "utf-8")
        except LookupError:
            raise CommandError(f"--encoding: {options['encoding']} is unknown; try utf-8, cp1252 or utf-16.") from None
        delimiter = {"tab": "\t", "\\t": "\t"}.get(options["delimiter"], options["delimiter"])
        if delimiter and (len(delimiter) != 1 or delimiter in '"\r\n\0'):
            raise CommandError('--delimiter: give one character, or "tab".')
        source = options["source"].strip()
        if len(source) > 100 or not source.isprintable() or (self.default_source and not source):
            raise CommandError("--source: give 1 to 100 printable characters.")
        if names_somebody(source):
            raise CommandError(f"--source: {WAY_OUT}.")
        kind, mapping = importing.BY_NAME[self.kind], self._mapping(options["map"])
        return importing.Request(OnDisk(path), kind, source, mapping, options["encoding"], delimiter)

    def _mapping(self, given: list[str]) -> dict[str, str]:
        pairs = [pair.partition("=") for pairs in given for pair in pairs.split(",") if pair.strip()]
        fields = importing.BY_NAME[self.kind].fields
        for theirs, equals, ours in pairs:
            if not equals or not theirs.strip():
                raise CommandError("--map: write their_column=our_field.")
            if ours.strip() not in fields:
                raise CommandError(f"--map: {ours.strip()} is no field of ours; there are {', '.join(fields)}.")
        return {theirs.strip(): ours.strip() for theirs, _, ours in pairs}

    def _run_to_an_end(self, request: importing.Request, record: ImportFile) -> BrokenFile | None:
        """`_run`; whatever ends it early, the record says so, for then it can be undone."""
        try:
            return self._run(request, record)
        except importing.AlreadyRunning:
            raise
        except BaseException as error:
            with suppress(DatabaseError):
                importing.fail(record, STOPPED if isinstance(error, KeyboardInterrupt) else BROKE_OFF)
            raise

    def _run(self, request: importing.Request, record: ImportFile) -> BrokenFile | None:
        """Import the file with its bar; the reason it could not be read to the end, if so."""
        broken = None
        with _few_collections(), _Bar(request, record) as bar, Folder(timezone.now) as folder:
            try:
                for position in importing.run(request, record, timezone.now):
                    bar.show(position, record.lines_done)
                    if request.kind.folds:
                        folder.fold()
            except BrokenFile as error:
                broken = error
            if request.kind.folds:
                folder.fold_rest(record)
        if broken is None:
            importing.finish(record, timezone.now())
        return broken

    def _summarise(self, record: ImportFile, seconds: float) -> None:
        dead = _dead_rows(record)
        others = (
            (record.suppressed, "of erased people dropped"),
            (record.replaced, "replaced by later ones of the same campaign, day, source and item (--add-up adds them)"),
            (record.totals, "of totals left out"),
            (
                record.unreported,
                "left out, no sale or refund or a further line of one"
                if record.kind == "events"
                else "that report nothing left out",
            ),
            (dead, "set aside"),
        )
        self.stdout.write(
            f"{record.name}: {record.read:,} rows read, {record.taken:,} taken, {record.known:,} already known, "
            f"{record.rejected:,} rejected{''.join(f', {rows:,} {what}' for rows, what in others if rows)} "
            f"({seconds:.1f} s)"
        )
        for note in costs.without_rate(record.pk) if record.kind == "costs" else ():
            self.stdout.write(f"  {note}")
        reasons = DeadLetterRow.objects.filter(import_file=record).values("reason")
        for row in reasons.annotate(times=Count("id"), first=Min("line")).order_by("-times", "first")[:MOST_REASONS]:
            self.stdout.write(f"  {row['times']:,} rejected, the first in line {row['first']:,}: {row['reason']}")
        for batch in InboxBatch.objects.filter(import_file=record, state=InboxBatch.State.DEAD)[:MOST_REASONS]:
            where = f" from line {batch.line:,} on" if batch.line else ""
            self.stdout.write(f"  {batch.rows:,} set aside{where}, to be retried in the admin: {batch.reason}")


def _dead_rows(record: ImportFile) -> int:
    dead = InboxBatch.objects.filter(import_file=record, state=InboxBatch.State.DEAD)
    return dead.aggregate(rows=Sum("rows"))["rows"] or 0


@contextmanager
def _few_collections() -> Iterator[None]:
    """Look for cyclic garbage rarely: rows make none, and looking through a chunk of them takes a fifth of the time."""
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(500_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


class _Bar:
    """A progress bar with rate and time left, on a terminal; elsewhere nothing."""

    def __init__(self, request: importing.Request, record: ImportFile) -> None:
        self._progress = progress_bar("rows")
        self._task = self._progress.add_task(request.file.name, total=request.file.size, rate=0.0)
        self._started, self._before = time.monotonic(), record.lines_done

    def __enter__(self) -> "_Bar":
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def show(self, position: int, lines: int) -> None:
        seconds = max(time.monotonic() - self._started, 0.001)
        self._progress.update(self._task, completed=position, rate=(lines - self._before) / seconds)

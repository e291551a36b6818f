"""What the commands share that look at a file before they import it: what they ask beside, say of it, and remember."""

from argparse import ArgumentParser
from dataclasses import replace
from typing import Any
from zoneinfo import available_timezones

from django.core.management.base import CommandError
from django.utils import timezone

from ..currencies import MINOR_UNITS
from ..ingest import looking
from ..ingest.cells import Reading
from ..ingest.files import BrokenFile
from ..ingest.importing import Request
from ..ingest.looking import Look
from ..ingest.ways_out import Door
from ..models import ImportFile
from .importing import ImportCommand

SEPARATORS = {"\t": "tabs", ",": "commas", ";": "semicolons", "|": "bars"}


class LookingCommand(ImportCommand):
    """Imports a file as it is recognised, where nothing else is said."""

    default_encoding = default_delimiter = ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--currency", default="", help="of rows that name none (ISO 4217)")
        parser.add_argument("--time-zone", default="", help="that days and times are of, such as Europe/Berlin")
        parser.add_argument("--decimal", choices=[".", ","], default="", help="what stands before decimals")
        parser.add_argument("--dates", choices=["dmy", "mdy"], default="", help="what stands first in 3/4/2026")
        parser.add_argument("--create-campaigns", action="store_true", help="make those that nobody told of")

    def seen(self, given: Request, options: dict[str, Any], *, platform: str = "", each: str = "") -> Look:
        """What the file is, with what is said of its rows; see `looking.look`. Raises `BrokenFile`."""
        _check(options)
        seen = looking.look(
            given.file,
            given.kind,
            encoding=given.encoding,
            delimiter=given.delimiter,
            platform=platform,
            own=given.mapping,
            each=each,
        )
        said = {name: options[name] for name in ("currency", "time_zone", "decimal", "dates") if options[name]}
        reading = replace(seen.reading, **said, creates=seen.reading.creates or options["create_campaigns"])
        return replace(seen, reading=replace(reading, currency=reading.currency.upper()))

    def request(self, given: Request, seen: Look, reading: Reading) -> Request:
        """What to import; says what the file was recognised as, and what that means for its rows."""
        separated = SEPARATORS.get(seen.delimiter, repr(seen.delimiter))
        columns = ", ".join(f"{theirs.strip()} is {ours}" for theirs, ours in seen.mapping.items())
        memory = "columns as told before: " if seen.remembered else ""
        said = f"{memory}{columns}" if columns else "no column is known"
        self.stdout.write(f"{given.file.name}: {seen.encoding} with {separated}; {said}.")
        for note in seen.notes:
            self.stdout.write(f"  {note.said(Door.COMMAND)}")
        return Request(
            given.file, given.kind, given.source, seen.mapping, seen.encoding, seen.delimiter, seen.header_line, reading
        )

    def _run(self, request: Request, record: ImportFile) -> BrokenFile | None:
        broken = super()._run(request, record)
        if broken is None and request.cells is not None:
            looking.remember(request, timezone.now())
        return broken


def _check(options: dict[str, Any]) -> None:
    if options["currency"] and options["currency"].upper() not in MINOR_UNITS:
        raise CommandError("--currency: give an ISO 4217 code, such as EUR.")
    if options["time_zone"] and options["time_zone"] not in available_timezones():
        raise CommandError("--time-zone: give the name of a zone, such as Europe/Berlin.")

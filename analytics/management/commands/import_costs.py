from argparse import ArgumentParser
from dataclasses import replace
from typing import Any
from zoneinfo import available_timezones

from django.core.management.base import CommandError
from django.utils import timezone

from analytics.currencies import MINOR_UNITS
from analytics.days import read_day
from analytics.ingest import headers, looking
from analytics.ingest.cells import Reading
from analytics.ingest.files import BrokenFile
from analytics.ingest.importing import Request
from analytics.ingest.looking import Look
from analytics.ingest.ways_out import Door
from analytics.management.importing import ImportCommand
from analytics.models import ImportFile

SEPARATORS = {"\t": "tabs", ",": "commas", ";": "semicolons", "|": "bars"}


class Command(ImportCommand):
    help = (
        "Import costs from a CSV file of any size: an export of Google Ads, Meta Ads, TikTok, LinkedIn or Microsoft, "
        "which is recognised, or any other. A killed import goes on where it stopped."
    )
    kind = "costs"
    default_encoding = default_delimiter = ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--platform", choices=headers.BY_NAME, default="", help="whose export it is")
        parser.add_argument("--day", default="", metavar="DATE", help="of all rows, for a report without days")
        parser.add_argument("--currency", default="", help="of rows that name none (ISO 4217)")
        parser.add_argument("--time-zone", default="", help="that the platform's days are of, such as Europe/Berlin")
        parser.add_argument("--decimal", choices=[".", ","], default="", help="what stands before decimals")
        parser.add_argument("--dates", choices=["dmy", "mdy"], default="", help="what stands first in 3/4/2026")
        parser.add_argument("--add-up", action="store_true", help="rows of one campaign, day and item add up")
        parser.add_argument("--create-campaigns", action="store_true", help="make those that nobody told of")

    def asked(self, given: Request, options: dict[str, Any]) -> Request:
        said = {name: options[name] for name in ("currency", "time_zone", "decimal", "dates") if options[name]}
        _check(options)
        seen = looking.look(
            given.file,
            given.kind,
            encoding=given.encoding,
            delimiter=given.delimiter,
            platform=options["platform"],
            own=given.mapping,
        )
        reading = replace(seen.reading, **said, day=options["day"])
        reading = replace(
            reading,
            currency=reading.currency.upper(),
            adds=reading.adds or options["add_up"],
            creates=reading.creates or options["create_campaigns"],
        )
        self._tell(given.file.name, seen, reading)
        return Request(
            given.file, given.kind, given.source, seen.mapping, seen.encoding, seen.delimiter, seen.header_line, reading
        )

    def _tell(self, name: str, seen: Look, reading: Reading) -> None:
        """What the file was recognised as, and what that means for its rows."""
        separated = SEPARATORS.get(seen.delimiter, repr(seen.delimiter))
        columns = ", ".join(f"{theirs.strip()} is {ours}" for theirs, ours in seen.mapping.items())
        memory = "columns as told before: " if seen.remembered else ""
        said = f"{memory}{columns}" if columns else "no column is known"
        self.stdout.write(f"{name}: {seen.encoding} with {separated}; {said}.")
        for note in seen.notes:
            self.stdout.write(f"  {note.said(Door.COMMAND)}")
        if reading.day:
            self.stdout.write(f"  All rows are booked on {reading.day}, as --day says.")

    def _run(self, request: Request, record: ImportFile) -> BrokenFile | None:
        broken = super()._run(request, record)
        if broken is None:
            looking.remember(request, timezone.now())
        return broken


def _check(options: dict[str, Any]) -> None:
    try:
        read_day(options["day"] or "2026-01-01")
    except ValueError:
        raise CommandError(f"--day: {options['day']!r} is no day; give it as YYYY-MM-DD.") from None
    if options["currency"] and options["currency"].upper() not in MINOR_UNITS:
        raise CommandError("--currency: give an ISO 4217 code, such as EUR.")
    if options["time_zone"] and options["time_zone"] not in available_timezones():
        raise CommandError("--time-zone: give the name of a zone, such as Europe/Berlin.")

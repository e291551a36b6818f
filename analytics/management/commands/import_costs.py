from argparse import ArgumentParser
from dataclasses import replace
from typing import Any

from django.core.management.base import CommandError

from analytics.days import read_day
from analytics.ingest import headers
from analytics.ingest.importing import Request
from analytics.management.looking import LookingCommand


class Command(LookingCommand):
    help = (
        "Import costs from a CSV file of any size: an export of Google Ads, Meta Ads, TikTok, LinkedIn or Microsoft, "
        "which is recognised, or any other. A killed import goes on where it stopped."
    )
    kind = "costs"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--platform", choices=headers.BY_NAME, default="", help="whose export it is")
        parser.add_argument("--day", default="", metavar="DATE", help="of all rows, for a report without days")
        parser.add_argument("--add-up", action="store_true", help="rows of one campaign, day and item add up")

    def asked(self, given: Request, options: dict[str, Any]) -> Request:
        _check(options["day"])
        seen = self.seen(given, options, platform=options["platform"])
        reading = replace(seen.reading, day=options["day"], adds=seen.reading.adds or options["add_up"])
        request = self.request(given, seen, reading)
        if reading.day:
            self.stdout.write(f"  All rows are booked on {reading.day}, as --day says.")
        return request


def _check(day: str) -> None:
    try:
        read_day(day or "2026-01-01")
    except ValueError:
        raise CommandError(f"--day: {day!r} is no day; give it as YYYY-MM-DD.") from None

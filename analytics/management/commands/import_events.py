from argparse import ArgumentParser
from dataclasses import replace
from typing import Any

from django.core.management.base import CommandError

from analytics.event_types import BY_NAME
from analytics.ingest import DEFAULT_SOURCE
from analytics.ingest.importing import Request
from analytics.management.looking import LookingCommand

OF_ROWS = ("currency", "time_zone", "decimal", "dates", "create_campaigns")


class Command(LookingCommand):
    help = (
        "Import events from a CSV file of any size, or, with --type, rows that are all of one: orders as Shopify, "
        "WooCommerce and Stripe export them, or as anybody does. A killed import goes on where it stopped."
    )
    kind = "events"
    default_source = DEFAULT_SOURCE

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--type", choices=BY_NAME, default="", help="of all rows; the file is then recognised")

    def asked(self, given: Request, options: dict[str, Any]) -> Request:
        """Without a type the file is read as it stands, as our own fields have it."""
        if not options["type"]:
            if said := [name for name in OF_ROWS if options[name]]:
                raise CommandError(f"--{said[0].replace('_', '-')}: say the type of all rows, too (--type).")
            return replace(given, encoding=given.encoding or "utf-8", delimiter=given.delimiter or ",")
        seen = self.seen(given, options, each=options["type"])
        if "type" in seen.mapping.values():
            raise CommandError("--type: a column of the file says it; leave it out, or call that column otherwise.")
        return self.request(given, seen, seen.reading)

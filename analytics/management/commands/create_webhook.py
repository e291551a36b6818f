"""`manage.py create_webhook`: an address that a mail provider reports to."""

import sys
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from analytics.hooks import addresses
from analytics.hooks.providers import PROVIDERS


class Command(BaseCommand):
    """Prints the path, once. What the provider signs with is read from the input, so no list of processes has it."""

    help = "Make an address that a mail provider reports to, or with --rotate another one for a webhook there is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="what its events are listed under, such as newsletter-sendgrid")
        parser.add_argument("provider", nargs="?", default="", help=", ".join(one.name for one in PROVIDERS))
        parser.add_argument(
            "--signed",
            action="store_true",
            help="read the key that reports are signed with from input; of Amazon SES the ARN of its topic",
        )
        parser.add_argument(
            "--rotate",
            action="store_true",
            help="another address, and with --signed another key; those before hold for a while",
        )
        parser.add_argument("--overlap-hours", type=int, default=24, help="how long those hold (24)")

    def handle(self, *_: Any, **options: Any) -> None:
        key = sys.stdin.readline().strip() if options["signed"] else ""
        now = timezone.now()
        try:
            if options["rotate"]:
                overlap = timedelta(hours=options["overlap_hours"])
                _hook, path = addresses.rotate(options["name"], overlap, now, key)
            else:
                _hook, path = addresses.make(options["name"], options["provider"], key, now)
        except addresses.CannotMake as error:
            raise CommandError(str(error)) from None
        self.stderr.write("Give the provider this path, behind the address of this server. It is not shown again:")
        self.stdout.write(path)

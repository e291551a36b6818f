from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from analytics import reclassify
from analytics.machine_rules import RULES_VERSION
from analytics.management.progress import Bar, add_period, period


class Command(BaseCommand):
    help = (
        "Class opens and clicks of older machine rules by the rules of today, while events keep coming in; totals and "
        "credits follow. Safe to stop and to run again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", help="also those that the rules of today classed already")
        add_period(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        done = reclassify.Reclassified()
        with Bar("Reclassifying") as bar:
            for _, moved in reclassify.run(timezone.now, everything=options["all"], period=period(options)):
                done += moved
                bar.advance(reclassify.EVENTS)
        self.stdout.write(
            f"{done.touches:,} opens and clicks classed by rules version {RULES_VERSION}: "
            f"{done.to_machine:,} are a machine's now, {done.to_human:,} a human's."
        )

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from compliance import retention


class Command(BaseCommand):
    help = "End what is older than the retention policies say, as the nightly job does."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only list what would go")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        outcomes = retention.would_go(now) if options["dry_run"] else retention.apply(now)
        for outcome in outcomes:
            did = "would go" if options["dry_run"] else "ended"
            self.stdout.write(f"{outcome.policy}: {outcome.rows:,} from before {outcome.before:%Y-%m-%d} {did}")

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from compliance.subjects import receipts


class Command(BaseCommand):
    help = "Check that a receipt of an erasure is ours and says what we signed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="the receipt, as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            receipt = json.loads(Path(options["file"]).read_bytes())
            receipts.check(receipt)
        except (OSError, ValueError, AttributeError) as error:
            raise CommandError(f"{options['file']} is no receipt of ours: {error}.") from None
        self.stdout.write(f"Signed here for request {receipt['request']}, done {receipt['done_at']}.")

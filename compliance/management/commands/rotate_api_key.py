from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from compliance import api_keys
from compliance.models import ApiKey

from .create_api_key import days_of, ends_words


class Command(BaseCommand):
    help = "Make another API key that is and may the same, print it once, and let the old one end a little later."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("prefix", help="what stands before the point of the old key")
        parser.add_argument("--overlap-days", type=int, default=7, help="for so long both open; 0 ends the old one now")
        parser.add_argument(
            "--days", type=int, help="how long the new one holds, 0 for ever; else as API_KEY_DAYS says"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        old = ApiKey.objects.filter(prefix=options["prefix"]).first()
        if old is None:
            raise CommandError(f"There is no key {options['prefix']}.")
        overlap = timedelta(days=days_of(options["overlap_days"]) or 0)
        try:
            key, secret = api_keys.rotate(old, overlap, None, timezone.now(), days=days_of(options["days"]))
        except api_keys.CannotRotate as error:
            raise CommandError(str(error)) from None
        old.refresh_from_db()
        self.stdout.write(f"The key {old.prefix} ends on {old.expiry_date:%Y-%m-%d %H:%M} UTC.")
        self.stdout.write(f'The new key "{key.name}": {ends_words(key)} It is shown this once: {secret}')

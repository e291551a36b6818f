from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from analytics.rebuild import rebuild


class Command(BaseCommand):
    help = "Count every total anew from the events; needed after a change of reporting zone, currency or window."

    def handle(self, *args: Any, **options: Any) -> None:
        for table, rows in rebuild(timezone.now()).items():
            self.stdout.write(f"{table}: {rows:,} rows")

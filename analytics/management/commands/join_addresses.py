import time
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from analytics import joining
from analytics.management.progress import progress_bar
from compliance.models import Identity


class Command(BaseCommand):
    help = (
        "Join contacts who were kept when an address was another person each way it was written, while events keep "
        "coming in; totals follow. A job does it by itself. Safe to stop and to run again."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        started, done = time.monotonic(), []
        with progress_bar("ids") as progress:
            task = progress.add_task(
                "Joining", total=Identity.objects.filter(as_compared=False).count() or None, rate=0.0
            )
            for one in joining.join(timezone.now):
                done.append(one)
                looked_at = sum(slice_.looked_at for slice_ in done)
                progress.update(task, completed=looked_at, rate=looked_at / (time.monotonic() - started))
        joined, told = sum(len(one.joined) for one in done), sum(one.told for one in done)
        erased, unreadable = sum(one.erased for one in done), sum(one.unreadable for one in done)
        self.stdout.write(
            f"{sum(one.looked_at for one in done):,} ids looked at: {joined:,} are found by the address in small "
            f"letters, too; {told:,} wait to be merged with who has that one, which the fold's process does."
        )
        if erased:
            self.stdout.write(f"{erased:,} were erased by another spelling; nobody is merged with them.")
        if unreadable:
            self.stdout.write(f"{unreadable:,} open with none of IDENTITY_KEYS, and are looked at again next time.")

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from analytics import undoing
from analytics.management.progress import progress_bar
from analytics.models import ImportFile


class Command(BaseCommand):
    help = (
        "Take back all that an imported file brought: events, costs or campaigns. What came otherwise stays, and every "
        "total follows. Safe to stop and to run again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("import", type=int, help="the number of the import, as the list of imports has it")

        parser.add_argument("--abandon", action="store_true", help="also one whose command was killed")

    def handle(self, *args: Any, **options: Any) -> None:
        number = options["import"]
        if options["abandon"]:
            undoing.abandon(number, None, timezone.now())
        try:
            self._run(number)
        except undoing.CannotUndo as error:
            raise CommandError(f"Import {number}: {error}") from None
        except (OperationalError, InterfaceError) as error:
            raise CommandError(f"The database failed: {error}. Run this again, it goes on where it stopped.") from None
        except KeyboardInterrupt:
            raise CommandError("Stopped. Run this again, it goes on where it stopped.", returncode=130) from None
        record = ImportFile.objects.get(pk=number)
        self.stdout.write(f"{record.name}: undone, {record.undone:,} rows taken back. {record.reason}".rstrip())

    def _run(self, number: int) -> None:
        started, before = time.monotonic(), None
        with progress_bar("rows") as progress:
            task = progress.add_task(f"Undoing import {number}", rate=0.0)
            for undone in undoing.run(number, timezone.now):
                before = undone.done if before is None else before
                rate = (undone.done - before) / max(time.monotonic() - started, 0.001)
                progress.update(task, completed=undone.done, total=undone.of, rate=rate)

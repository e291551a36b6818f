"""For whoever restores a database: erase again, look whether that is to be done, or begin the ledger anew."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from compliance.sources import NotYet
from compliance.subjects import following, reapplying
from compliance.subjects.ledger import Line, end_of
from config.serving import prepare


class Command(BaseCommand):
    help = (
        "Erase again everybody of whom the ledger of erasures says that they were erased and who is here from before: "
        "of all its lines. `prepare` and `serve` do it by themselves for what came after the backup."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--check", action="store_true", help="only tell; exit 1 where something waits")
        what.add_argument(
            "--begin-anew", action="store_true", help="the ledger is gone: write what the database knows of it"
        )

    def handle(self, *, check: bool, begin_anew: bool, **_options: object) -> None:
        now = timezone.now()
        try:
            if begin_anew:
                following.begin_anew(now)
            behind, lines = following.behind(), following.lines()
            if check:
                self._tell(behind, lines)
            else:
                done = reapplying.reapply(lines, now, prepare.count_all)
                added = following.catch_up(now)
                self.stdout.write(f"{done:,} people were erased again; {added:,} lines were added to the ledger.")
        except (following.Unusable, NotYet) as error:
            raise CommandError(str(error)) from None

    def _tell(self, behind: int, lines: list[Line]) -> None:
        waiting, end = reapplying.waiting(lines), end_of(lines)
        self.stdout.write(f"The ledger ends with line {end.number:,}, {end.hash}.")
        self.stdout.write(f"{behind:,} lines came after the database was saved; people of {waiting:,} are here again.")
        if behind or waiting:
            raise CommandError("Not all is done: `manage.py reapply_erasures` does it.")

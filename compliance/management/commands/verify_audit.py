from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from compliance.logs import anchors, verify


class Command(BaseCommand):
    help = (
        "Check that the logs say what was written: content, order, gaps, the end, and that nothing is left out. "
        "Names the first broken link of each log and exits with 1 if there is any."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--anchors", metavar="FILE", help="anchors kept elsewhere, exported or as lines of the log")
        parser.add_argument("--export", metavar="FILE", help="then anchor the ends and write all anchors as JSON lines")

    def handle(self, *args: Any, **options: Any) -> None:
        outside = self._outside(options["anchors"]) if options["anchors"] else []
        found = verify.check(timezone.now(), outside)
        for one in found:
            self.stdout.write(one.words)
        broken = [one.log for one in found if one.breaks]
        if broken:
            raise CommandError(f"Not as it was written: {', '.join(broken)}.")
        if options["export"]:
            self._export(options["export"])

    def _outside(self, file: str) -> list[anchors.Anchor]:
        try:
            with Path(file).open() as lines:
                found = anchors.read_all(lines)
        except (OSError, UnicodeDecodeError, anchors.NoAnchor) as error:
            raise CommandError(f"{file}: {error}") from None
        if not found:
            raise CommandError(f"{file}: there is no anchor in it.")
        return found

    def _export(self, file: str) -> None:
        anchors.cast(timezone.now())
        lines = [f"{anchor.line}\n" for anchor in anchors.kept()]
        Path(file).write_text("".join(lines))
        self.stdout.write(f"{len(lines):,} anchors are in {file}: keep it where nobody who rules the database comes.")

from typing import Any

from django.core.management.base import BaseCommand
from rich.console import Console
from rich.table import Table

from analytics import verify


class Command(BaseCommand):
    help = "Recount from the events and compare every total, view and ledger row; exit 1 and a table if any differs."

    def handle(self, *args: Any, **options: Any) -> None:
        found = verify.differences()
        if not found:
            self.stdout.write("No difference: totals, ledger and views are what the events say.")
            return
        table = Table("table", "row", "column", "kept", "recounted", title=f"{len(found)} differences")
        for difference in found[:200]:
            table.add_row(
                difference.table, difference.row, difference.column, str(difference.kept), str(difference.recounted)
            )
        console = Console(width=160)
        with console.capture() as text:
            console.print(table)
        self.stdout.write(text.get())
        raise SystemExit(1)

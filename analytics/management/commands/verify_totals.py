from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from rich.console import Console
from rich.table import Table

from analytics import verify
from analytics.machine_rules import RULES_VERSION

SHOWN = 200


class Command(BaseCommand):
    help = "Recount from the events and compare every total, view and ledger row; exit 1 and a table if any differs."

    def handle(self, *args: Any, **options: Any) -> None:
        report = verify.check(timezone.now())
        if report.differences:
            self.stdout.write(_table(report.differences))
        else:
            self.stdout.write("No difference: totals, ledger and views are what the events say.")
        rows = ", ".join(f"{name} {rows:,}" for name, rows in report.compared.items())
        self.stdout.write(f"Rows compared: {rows or 'none'}.")
        if report.by_other_rules:
            self.stdout.write(
                f"{report.by_other_rules:,} opens and clicks are classed by other machine rules than version "
                f"{RULES_VERSION}: run manage.py reclassify."
            )
        if report.due:
            self.stdout.write(f"Not compared, for another refresh is at them: {', '.join(report.due)}. Run it again.")
        if report.differences:
            raise SystemExit(1)


def _table(differences: list[verify.Difference]) -> str:
    table = Table("table", "row", "column", "kept", "recounted", title=f"{len(differences)} differences")
    for one in differences[:SHOWN]:
        table.add_row(one.table, one.row, one.column, str(one.kept), str(one.recounted))
    console = Console(width=160)
    with console.capture() as text:
        console.print(table)
    return text.get()

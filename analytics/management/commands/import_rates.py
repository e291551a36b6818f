from django.utils import timezone

from analytics import rates
from analytics.ingest.files import BrokenFile
from analytics.ingest.importing import Request
from analytics.management.importing import ImportCommand
from analytics.models import ImportFile


class Command(ImportCommand):
    help = (
        "Import rates of currencies from a CSV file: columns day, currency, rate (what one of it is worth in the "
        "reporting currency), or the European Central Bank's eurofxref-hist.csv. Money follows, a month at a time."
    )
    kind = "rates"
    default_source = "rates"

    def _run(self, request: Request, record: ImportFile) -> BrokenFile | None:
        broken = super()._run(request, record)
        for _ in rates.revalue(timezone.now):
            pass
        return broken

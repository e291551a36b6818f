from analytics.ingest import DEFAULT_SOURCE
from analytics.management.importing import ImportCommand


class Command(ImportCommand):
    help = "Import events from a CSV file of any size; a killed import goes on where it stopped."
    kind = "events"
    default_source = DEFAULT_SOURCE

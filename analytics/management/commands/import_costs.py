from analytics.management.importing import ImportCommand


class Command(ImportCommand):
    help = "Import costs from a CSV file of any size; a killed import goes on where it stopped."
    kind = "costs"

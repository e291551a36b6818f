"""What rates were before a file; then all money is valued anew, a month at a time."""

from collections.abc import Iterator

from ..ingest.folding import Clock
from ..models import ImportFile


def fault(record: ImportFile) -> str:
    """Why rates cannot be undone, and the way out; empty where they can."""
    return "Rates are not taken back; import the file that they were right in, which replaces them day by day."


def undo(record: ImportFile, clock: Clock) -> Iterator[int]:
    yield from ()

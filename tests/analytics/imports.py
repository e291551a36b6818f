"""Files to import, and what became of them, for tests."""

from collections.abc import Callable
from pathlib import Path

from django.core.management import CommandError, call_command

from analytics.models import DeadLetterRow, ImportFile

HEADER = "event_id,type,occurred_at,campaign,contact,amount,currency"
Write = Callable[..., Path]


def writer(folder: Path) -> Write:
    """A function that writes lines into a file of `folder` and gives its path."""

    def write(*lines: str | bytes, name: str = "events.csv", end: bytes = b"\n") -> Path:
        path = folder / name
        path.write_bytes(b"".join((line.encode() if isinstance(line, str) else line) + end for line in lines))
        return path

    return write


def sent(number: int) -> str:
    return f"e{number},sent,2026-10-05T10:00:00Z,spring-sale,person {number},,"


def run(path: Path, *options: str, command: str = "import_events") -> tuple[int, str]:
    """The exit status of the command, and its error if it told one."""
    try:
        call_command(command, str(path), *options)
    except SystemExit as left:
        return int(left.code or 0), ""
    except CommandError as error:
        return error.returncode, str(error)
    return 0, ""


def counts() -> tuple[int, int, int, int]:
    record = ImportFile.objects.latest("id")
    return record.read, record.taken, record.known, record.rejected


def rejected() -> list[tuple[int, str]]:
    return list(DeadLetterRow.objects.order_by("line").values_list("line", "reason"))

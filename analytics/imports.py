"""What people do with an uploaded file: start its import, cancel it, undo it; each act in the audit trail."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from compliance import audit
from compliance.acting import Actor

from . import undoing
from .ingest import importing, uploads
from .ingest.cells import Reading
from .ingest.importing import Request
from .ingest.uploads import Uploaded
from .ingest.wake import wake
from .models import ImportFile

OBJECT = "import"
RUN, UNDO = "analytics.tasks.run_import", "analytics.tasks.undo_import"
State = ImportFile.State


class CannotAct(ValueError):
    """What keeps it from being done, and the way out."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """How somebody wants a file read; as JSON it is the record's `options`, but for kind and source."""

    kind: str
    source: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)
    encoding: str = "utf-8"
    delimiter: str = ","
    header_line: int = 1
    header: tuple[str, ...] = ()
    reading: Reading = field(default_factory=Reading)

    def request(self, record: ImportFile) -> Request:
        return Request(
            Uploaded(record),
            importing.BY_NAME[self.kind],
            self.source,
            self.mapping,
            self.encoding,
            self.delimiter,
            self.header_line,
            self.reading,
        )

    @property
    def names(self) -> dict[str, str]:
        """What each column of the file is called here, as the import has it: of costs those alone that are mapped."""
        kind = importing.BY_NAME[self.kind]
        only = kind.cells is not None and bool(self.mapping)
        plain = {} if only else {theirs: theirs.strip().lower() for theirs in self.header}
        return {theirs: kind.aliases.get(name, name) for theirs, name in plain.items()} | dict(self.mapping)

    @property
    def options(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if name not in ("kind", "source")}


def chosen(record: ImportFile) -> Chosen:
    """What was chosen for a file that was started."""
    options = record.options | {"reading": Reading(**record.options.get("reading", {}))}
    options["header"] = tuple(options.get("header", ()))
    return Chosen(record.kind, record.source, **options)


def can_start(record: ImportFile) -> bool:
    """Whether it waits, or failed and can be tried once more with other options."""
    waits = record.state == State.WAITING or (record.state == State.FAILED and record.has_stopped)
    return waits and record.size > 0 and uploads.is_kept(record)


def can_cancel(record: ImportFile) -> bool:
    return (record.state == State.RUNNING and record.asked_at is not None) or can_start(record)


def can_undo(record: ImportFile, at: datetime) -> bool:
    return record.taken + record.known > 0 and not undoing.fault(record, at)


def note_upload(record: ImportFile, by: Actor, at: datetime) -> None:
    """The file is here as a whole, and waits."""
    with transaction.atomic():
        record.state, record.started_at = State.WAITING, at
        record.save(update_fields=["state", "size", "started_at"])
        audit.note("upload", OBJECT, record.pk, by, at, size=record.size)


def start(pk: int, choice: Chosen, by: Actor, at: datetime) -> ImportFile:
    """Have it imported. Raises `CannotAct`, `ImportFile.DoesNotExist`, and `BrokenFile` for one that cannot be read."""
    with transaction.atomic():
        record = _locked(pk)
        if not can_start(record):
            raise CannotAct("It was started already, or its file is not kept any more; upload it again.")
        record.kind, record.source, record.options = choice.kind, choice.source, choice.options
        record.fingerprint = choice.request(record).fingerprint
        record.state, record.reason, record.asked_at, record.finished_at = State.RUNNING, "", at, None
        record.save()
        audit.note("start", OBJECT, pk, by, at, kind=choice.kind, columns=len(choice.header))
        transaction.on_commit(lambda: wake(RUN))
    return record


def cancel(pk: int, by: Actor, at: datetime) -> ImportFile:
    """Stop it before its next chunk, or discard what waits; what was recorded stays, and can be undone.

    Raises `CannotAct`, `ImportFile.DoesNotExist`.
    """
    with transaction.atomic():
        record = _locked(pk)
        if not can_cancel(record):
            raise CannotAct("It has ended already; what it recorded can be undone.")
        if record.state != State.RUNNING:
            record.finished_at = at
            uploads.forget(record)
        audit.note("cancel", OBJECT, pk, by, at, was=record.state, read=record.read)
        record.state = State.CANCELLED
        record.save()
        transaction.on_commit(lambda: wake(RUN))
    return record


def undo(pk: int, by: Actor, at: datetime) -> ImportFile:
    """Take back all that it recorded, in a job. Raises `CannotAct`, `ImportFile.DoesNotExist`."""
    with transaction.atomic():
        _locked(pk)
        try:
            record = undoing.ask(pk, by, at)
        except undoing.CannotUndo as why:
            raise CannotAct(str(why)) from None
        transaction.on_commit(lambda: wake(UNDO))
    return record


def _locked(pk: int) -> ImportFile:
    return ImportFile.objects.select_for_update(of=("self",)).get(pk=pk)

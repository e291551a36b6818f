"""What people do with an uploaded file: start its import, cancel it, undo it; each act in the audit trail."""

from datetime import datetime

from django.db import transaction

from compliance import audit
from compliance.acting import Actor

from . import undoing
from .ingest import uploads
from .ingest.chosen import Chosen
from .ingest.wake import wake
from .models import ImportFile

OBJECT = "import"
RUN, UNDO = "analytics.tasks.run_import", "analytics.tasks.undo_import"
State = ImportFile.State


class CannotAct(ValueError):
    """What keeps it from being done, and the way out."""


def can_start(record: ImportFile) -> bool:
    """Whether it waits, or failed and can be tried once more with other options."""
    waits = record.state == State.WAITING or (record.state == State.FAILED and record.has_stopped)
    return waits and record.size > 0 and uploads.is_kept(record)


def can_cancel(record: ImportFile) -> bool:
    return (record.state == State.RUNNING and record.asked_at is not None) or can_start(record)


def can_undo(record: ImportFile, at: datetime) -> bool:
    return record.taken + record.known > 0 and not undoing.fault(record, at)


def note_upload(record: ImportFile, by: Actor, at: datetime) -> None:
    """The file is here as a whole, and waits; said twice, it is noted once."""
    with transaction.atomic():
        if _locked(record.pk).state != State.UPLOADING:
            return
        record.state, record.started_at, record.options = State.WAITING, at, {}
        record.save(update_fields=["state", "size", "started_at", "options"])
        audit.note("upload", OBJECT, record.pk, by, at, size=record.size)


def drop_upload(pk: int, by: Actor, at: datetime) -> None:
    """Delete what is here of an upload that was not finished. Raises `CannotAct`."""
    with transaction.atomic():
        if not uploads.drop(pk):
            raise CannotAct("It is here as a whole, or was deleted already.")
        audit.note("cancel", OBJECT, pk, by, at, was=State.UPLOADING)


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

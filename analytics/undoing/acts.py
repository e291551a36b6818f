"""Asking for an import to be undone, doing it, and its end; each act with its row in the audit trail."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from compliance import audit, retention
from compliance.acting import Actor

from ..changes import totals_locked
from ..ingest.folding import Clock
from ..models import ImportFile
from . import campaigns, costs, events
from .keeping import POLICY

OBJECT = "import"
ABANDONED = "Its command was given up; run again it goes on where it stopped."
State = ImportFile.State
WAYS: Mapping[str, Callable[[ImportFile, Clock], Iterator[int]]] = {
    "events": events.undo,
    "costs": costs.undo,
    "campaigns": campaigns.undo,
}


class CannotUndo(ValueError):
    """Why it cannot be undone, and the way out."""


@dataclass(frozen=True, slots=True)
class Undoing:
    """How far it is: rows taken back, of about how many."""

    done: int
    of: int


def until(record: ImportFile) -> datetime:
    """Up to when an import can be undone."""
    return record.started_at + timedelta(days=retention.days_of(POLICY))


def ask(import_file: int, by: Actor | None, at: datetime) -> ImportFile:
    """Have it undone by the job that is next; asked again it changes nothing. Raises `CannotUndo`.

    `by` is None for what the system, or whoever rules the machine, does.
    """
    with transaction.atomic():
        record = ImportFile.objects.select_for_update().filter(pk=import_file).first()
        if record is None:
            raise CannotUndo(f"There is no import {import_file}; look its number up in the list of imports.")
        if record.state == State.UNDOING:
            return record
        if why := fault(record, at):
            raise CannotUndo(why)
        audit.note("undo", OBJECT, record.pk, by, at, kind=record.kind, was=record.state)
        record.state, record.reason = State.UNDOING, ""
        record.save(update_fields=["state", "reason"])
    return record


def abandon(import_file: int, by: Actor | None, at: datetime) -> None:
    """Say that the command which imports it was killed: it can be undone then. One that lives yet stops by it.

    One that no command is at stays as it is.
    """
    with transaction.atomic():
        running = ImportFile.objects.select_for_update().filter(pk=import_file, state=State.RUNNING, asked_at=None)
        if record := running.first():
            record.state, record.reason = State.FAILED, ABANDONED
            record.save(update_fields=["state", "reason"])
            audit.note("abandon", OBJECT, record.pk, by, at, kind=record.kind, read=record.read)


def fault(record: ImportFile, at: datetime) -> str:
    """Why it cannot be undone, and the way out; empty where it can."""
    if record.state == State.UNDONE:
        return "It was undone already."
    if record.state == State.RUNNING and record.asked_at is None:
        return (
            "It is running by a command; wait for its end. If that was killed, run it again, which goes on, or give it "
            f"up: manage.py undo_import --abandon {record.pk}."
        )
    if not record.has_stopped:
        return f"It is {record.get_state_display().lower()}; wait for its end, or cancel it first."
    if record.final or at > until(record):
        days = retention.days_of(POLICY)
        return f"What it changed is not kept any more (for {days} days); import a file that puts it right."
    if not record.kind:
        return "It recorded nothing: nobody started it, so there is nothing to undo."
    if record.kind not in WAYS:
        return "Rates are not taken back; import the file that they were right in, which replaces them day by day."
    if record.kind == "events" and events.held(record, at):
        return "It brought events of somebody whose data a legal hold keeps; ask its reviewer to lift the hold first."
    return ""


def run(import_file: int, clock: Clock, by: Actor | None = None) -> Iterator[Undoing]:
    """Undo it; tells how far it is after each transaction. One that was killed is gone on with. Raises `CannotUndo`."""
    record = ask(import_file, by, clock())
    of = record.taken if record.kind == "events" else record.taken + record.known
    done = record.undone
    yield Undoing(done, max(of, done))
    for more in WAYS[record.kind](record, clock):
        done += more
        yield Undoing(done, max(of, done))
    _finish(record, clock())


def undo(import_file: int, at: datetime) -> None:
    """The whole of `run` at once."""
    for _ in run(import_file, lambda: at):
        pass


def steps(clock: Clock) -> Iterator[int]:
    """Undo all that somebody asked for, one after the other; rows taken back, after each transaction."""
    for import_file in ImportFile.objects.filter(state=State.UNDOING).order_by("pk").values_list("pk", flat=True):
        done = 0
        for undone in run(import_file, clock):
            yield undone.done - done
            done = undone.done


def _finish(record: ImportFile, at: datetime) -> None:
    with totals_locked() as cursor:
        undoing = ImportFile.objects.select_for_update().filter(pk=record.pk, state=State.UNDOING).first()
        if undoing is None:
            return
        if undoing.kind == "events":
            events.note_last(cursor, undoing)
        undoing.state, undoing.reason = State.UNDONE, _what_stays(undoing)
        undoing.save(update_fields=["state", "reason"])
        audit.note("undone", OBJECT, undoing.pk, None, at, rows=undoing.undone, left_as_stubs=undoing.left_as_stubs)


def _what_stays(record: ImportFile) -> str:
    if not record.left_as_stubs:
        return ""
    return f"{record.left_as_stubs:,} of its campaigns stay as stubs, for something else tells of them."

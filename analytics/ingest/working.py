"""Importing what was uploaded and started: a chunk at a time, so a kill costs nothing and a cancel is obeyed soon."""

from collections.abc import Callable
from datetime import datetime

from django.db import InterfaceError, OperationalError

from .. import rates
from ..models import ImportFile
from . import importing, looking, uploads
from .chosen import chosen
from .files import BrokenFile
from .folding import Folder
from .ways_out import Door

Clock = Callable[[], datetime]
State = ImportFile.State
OURS = "Something is wrong on our side; it was logged. The rows before are taken; start it again to go on."


def waiting() -> ImportFile | None:
    """The next file to work on: the one that was started first, or was cancelled and has yet to stop."""
    going = ImportFile.objects.filter(state__in=(State.RUNNING, State.CANCELLED), finished_at=None)
    return going.exclude(asked_at=None).order_by("asked_at", "id").first()


def work(record: ImportFile, clock: Clock, over: Callable[[], bool]) -> int:
    """Import the rest of a file, or as much as can be done until `over`; how many rows were read.

    One worker at a time: who finds that another has recorded a chunk of the same file leaves it to that one.
    """
    before = record.read
    try:
        ended = record.state != State.RUNNING or _read(record, clock, over)
    except (OperationalError, InterfaceError):
        raise
    except importing.AlreadyRunning:
        return 0
    except BrokenFile as error:
        ended = _fail(record, error.said(Door.FORM))
    except uploads.Gone as error:
        ended = _fail(record, str(error))
    except Exception:
        _end(record, clock, failed=OURS)
        raise
    if ended:
        _end(record, clock)
    record.refresh_from_db()
    return record.read - before


def _read(record: ImportFile, clock: Clock, over: Callable[[], bool]) -> bool:
    """Whether there is nothing more to do; what was recorded is counted soon, at the latest when the file is done."""
    request, here = chosen(record).request(record), ImportFile.objects.filter(pk=record.pk)
    here.filter(begun_at=None).update(begun_at=clock())
    with Folder(clock) as folder:
        for position in importing.run(request, record, clock):
            here.update(bytes_done=position)
            if over() or not here.filter(state=State.RUNNING).exists():
                break  # the last chunk is folded by the worker that does nothing else, or at the end
            if request.kind.folds:
                folder.fold()
        else:
            _complete(request, record, folder, clock)
        return not here.filter(state=State.RUNNING).exists()


def _complete(request: importing.Request, record: ImportFile, folder: Folder, clock: Clock) -> None:
    """The file was read to its end: everything of it counts before it is done."""
    if request.kind.folds:
        folder.fold_rest(record)
    if request.kind.name == "rates":
        for _ in rates.revalue(clock):
            pass
    looking.remember(request, clock())
    going = ImportFile.objects.filter(pk=record.pk, state=State.RUNNING)
    going.update(state=State.DONE, reason="", finished_at=clock(), bytes_done=record.size)


def _fail(record: ImportFile, reason: str) -> bool:
    importing.fail(record, reason)
    return True


def _end(record: ImportFile, clock: Clock, failed: str = "") -> None:
    """Nobody works on it any more: what it recorded is counted, and its file goes unless it may be tried again."""
    if failed:
        _fail(record, failed)
    with Folder(clock) as folder:
        folder.fold_rest(record)
    here = ImportFile.objects.filter(pk=record.pk)
    here.filter(finished_at=None).update(finished_at=clock())
    if not here.filter(state=State.FAILED).exists():
        uploads.forget(record)

"""An erasure, source by source: each in one transaction with its progress, so that a kill at any moment costs nothing.

The identity goes first, with the door closed, so nobody comes in anew meanwhile; then every other source, then all are
searched again. Only when none finds anything is the erasure written into the ledger, by which it outlives the database,
the request done, its receipt signed, and the last ciphertext gone.
"""

from datetime import datetime

from django.db import transaction

from .. import audit, people
from ..models import DataSubjectRequest, LegalHold, RequestState
from ..sources import Counts, NotYet, Source, sources
from . import following, holds, receipts, requests

KEPT = {
    "audit_trail": "what was done by whom; names nobody",
    "pii_access_log": "who looked when and why; the number in it leads nowhere any more",
    "suppression": "keyed hashes, so that later events of this person are dropped",
    "data_subject_request": "this request, by keyed hash",
}


class Held(NotYet):
    """A legal hold came in between."""

    def __init__(self, hold: LegalHold) -> None:
        super().__init__(holds.told(hold))
        self.hold = hold


def run(request: DataSubjectRequest, at: datetime) -> None:
    """Erase as far as it goes now. Raises `NotYet` where something has to end first; then it is run again later."""
    following.require(request)
    _begin(request, at)
    for source in sources():
        _erase(request, source, at)
    left = _left(request)
    if left:
        _again(request, left)
        raise NotYet(f"Something was written about this person meanwhile: {', '.join(sorted(left))}.")
    _finish(request, at)


def _begin(request: DataSubjectRequest, at: datetime) -> None:
    """Take the person's number and delete who they are, between everybody who comes in before and after."""
    with transaction.atomic():
        row = _locked(request, at)
        if row.state == RequestState.RUNNING:
            return
        people.close_door()
        requests.keep_person(row, requests.whole_person(row))
        row.progress = {sources()[0].name: sources()[0].erase(requests.person_of(row), at)}
        row.state = RequestState.RUNNING
        row.save()
        audit.note("begun", requests.OBJECT, str(row.pk), None, at)


def _erase(request: DataSubjectRequest, source: Source, at: datetime) -> None:
    with transaction.atomic():
        row = _locked(request, at)
        if source.name not in row.progress:
            row.progress[source.name] = source.erase(requests.person_of(row), at)
            row.waits_for = ""
            row.save(update_fields=["progress", "waits_for"])


def _left(request: DataSubjectRequest) -> dict[str, Counts]:
    """What a search of every source still finds, by source."""
    person = requests.person_of(DataSubjectRequest.objects.get(pk=request.pk))
    return {source.name: counts for source in sources() if (counts := source.verify(person))}


def _again(request: DataSubjectRequest, left: dict[str, Counts]) -> None:
    """Sources that found something are erased anew by the next run."""
    with transaction.atomic():
        row = DataSubjectRequest.objects.select_for_update().get(pk=request.pk)
        row.progress = {name: counts for name, counts in row.progress.items() if name not in left}
        row.save(update_fields=["progress"])


def _finish(request: DataSubjectRequest, at: datetime) -> None:
    with transaction.atomic():
        row = _locked(request, at)
        line = following.record(row, requests.person_of(row), at)
        row.receipt = receipts.signed(
            {
                "request": str(row.pk),
                "kind": row.kind,
                "regime": row.regime,
                "received_at": row.received_at.isoformat(),
                "done_at": at.isoformat(),
                "subjects": [bytes(one).hex() for one in row.subject_hashes],
                "erased": row.progress,
                "found_again": {},
                "searched": [source.name for source in sources()],
                "kept": KEPT,
                "ledger": line,
            }
        )
        row.state, row.closed_at, row.subject, row.waits_for = RequestState.DONE, at, None, ""
        row.outcome = "Erased, and searched for again; the receipt says what."
        row.save()
        audit.note("erased", requests.OBJECT, str(row.pk), None, at, line=line)


def _locked(request: DataSubjectRequest, at: datetime) -> DataSubjectRequest:
    """The row, ours until the transaction ends. Raises `Held`, and `CannotDo` where it is not to be erased."""
    row = DataSubjectRequest.objects.select_for_update().get(pk=request.pk)
    if row.state not in (RequestState.APPROVED, RequestState.RUNNING):
        raise requests.CannotDo(f"It is {row.get_state_display().lower()}; an erasure is approved first.")
    if hold := requests.hold_on(row, at):
        raise Held(hold)
    return row

"""Erasing again: in a database that was restored from a backup, everybody who was erased since, as the ledger tells.

By the same act as the first time, under the request's own id. Who came after their erasure came back, and stays; in a
backup from before it everything of them is older. The place that the database keeps moves on with each line that is
done, so a kill at any moment costs nothing. It stays before a line that a hold keeps; those behind it are done, too.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from .. import audit, people, sql
from ..models import DataSubjectRequest, RequestKind, RequestState, Suppression
from ..sources import NotYet, Person
from . import clocks, erasing, following, holds, requests
from .ledger import Line

BY = "the ledger of erasures"
BATCH = 5_000  # lines that are looked for at once
TRIES = 3  # of one erasure, for what has to end first
LIFT = (
    "from django.utils import timezone; from compliance.models import LegalHold; "
    "from compliance.subjects import holds; holds.lift(LegalHold.objects.get(pk={pk}), by=None, at=timezone.now())"
)

Settle = Callable[[datetime], object]
Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Here:
    """What the database has of the people of some lines, by the number of the line."""

    before: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))  # contacts from before
    back: set[int] = field(default_factory=set)  # who came after their erasure
    open: dict[int, DataSubjectRequest] = field(default_factory=dict)  # erasures that had not ended when it was saved

    @property
    def waiting(self) -> set[int]:
        """The lines whose erasure is to be done again."""
        return {*self.before, *self.open}


def follow(at: datetime, settle: Settle, say: Say) -> int:
    """Bring a database that was restored up to the ledger; how many people were erased again.

    Nothing to do where the database knows the last line. `settle` ends what an erasure has to wait for, such as events
    that are not counted yet. Raises `Unusable`, and `NotYet` where something has to end that does not.
    """
    done = 0
    if count := following.behind():
        say(f"The database was restored from a backup: the ledger tells of {count:,} erasures since.")
        done = reapply(following.lines()[-count:], at, settle)
        say(f"{done:,} people were erased again.")
    return done


def reapply(lines: Sequence[Line], at: datetime, settle: Settle) -> int:
    """Erase again whoever these lines tell of and is here; how many. Raises `NotYet`; for a hold, after all others."""
    done, held = 0, list[erasing.Held]()
    for batch in _batches(lines):
        here = look(batch)
        _shut_out([line for line in batch if line.end.number not in here.back])
        before = following.followed()
        for line in batch:
            if line.end.number in here.waiting:
                following.follow_to(before)
                try:
                    _again(line, here, at, settle)
                    done += 1
                except erasing.Held as error:
                    held.append(error)
            if not held:
                before = line.end
        following.follow_to(before)
    if held:
        raise NotYet("\n".join(map(_told, held)))
    if lines:
        audit.note("followed", following.OBJECT, "", None, at, line=lines[-1].end.number, erased_again=done)
    return done


def waiting(lines: Sequence[Line]) -> int:
    """Of how many of these lines somebody is here from before their erasure, or it had not ended."""
    return sum(len(look(batch).waiting) for batch in _batches(lines))


def look(batch: Sequence[Line]) -> Here:
    """Three statements for any number of lines."""
    here = Here()
    ids = [(line.end.number, one, line.erased.at) for line in batch for one in line.erased.ids]
    for row in sql.rows("erased_here", _columns(ids, "numbers", "hashes", "moments")):
        if row["before"]:
            here.before[row["number"]].append(row["contact_id"])
        else:
            here.back.add(row["number"])
    numbers = {line.erased.request: line.end.number for line in batch}
    known = DataSubjectRequest.objects.filter(pk__in=list(numbers)).exclude(state=RequestState.DONE)
    here.open.update({numbers[str(row.pk)]: row for row in known})
    return here


def _again(line: Line, here: Here, at: datetime, settle: Settle) -> None:
    request = _request(line, here, at)
    while (hold := requests.hold_on(request, at)) and hold.placed_at <= line.erased.at:
        holds.lift(hold, by=None, at=at)  # it was over by then, or there had been no erasure
    for tries_left in reversed(range(TRIES)):
        try:
            erasing.run(request, at)
            return
        except NotYet as error:
            if not tries_left or isinstance(error, erasing.Held):
                DataSubjectRequest.objects.filter(pk=request.pk).update(waits_for=str(error))
                raise
            settle(at)


def _told(held: erasing.Held) -> str:
    """With the way out: no page is answered on which a hold could be lifted."""
    return f"{held} Lift hold {held.hold.pk} in `manage.py shell`, or let it end: `{LIFT.format(pk=held.hold.pk)}`"


@transaction.atomic
def _request(line: Line, here: Here, at: datetime) -> DataSubjectRequest:
    """The request as it was approved, about the contacts who are here again. One that was half done goes on."""
    known, contacts = here.open.get(line.end.number), here.before.get(line.end.number, [])
    audit.note("reapplied", requests.OBJECT, line.erased.request, None, at, line=line.end.number)
    if known and known.state == RequestState.RUNNING and not contacts:
        return known
    said = requests.person_of(known) if known and known.subject is not None else Person((), ())
    whole = Person(people.all_numbers({*said.contact_ids, *contacts}), said.identifiers, said.names)
    now = {
        "kind": RequestKind.ERASURE,
        "state": RequestState.APPROVED,
        "subject": requests.sealed(whole),
        "approved_by": BY,
        "approved_at": at,
        "progress": {},
        "closed_at": None,
        "receipt": None,
    }
    first = {
        "regime": line.erased.regime,
        "received_at": line.erased.received_at,
        "due_at": clocks.due(line.erased.regime, line.erased.received_at),
        "subject_hashes": [bytes.fromhex(one) for one in line.erased.ids],
        "asked_by": BY,
    }
    return DataSubjectRequest.objects.update_or_create(
        pk=line.erased.request, defaults=now, create_defaults=now | first
    )[0]


@transaction.atomic
def _shut_out(lines: Sequence[Line]) -> None:
    """What comes of these people is dropped at the door again, and nobody else bears an address of theirs."""
    told = [(one, line.erased.at) for line in lines for one in line.erased.fields]
    sql.run("erased_elsewhere", _columns(told, "hashes", "moments"))
    Suppression.objects.bulk_create(
        [
            Suppression(outside_id_hash=bytes.fromhex(one), since=line.erased.at)
            for line in lines
            for one in line.erased.listed
        ],
        ignore_conflicts=True,
    )


def _columns(rows: Sequence[tuple[object, ...]], *names: str) -> dict[str, list[object]]:
    """The rows as one list for each column."""
    return {name: [row[place] for row in rows] for place, name in enumerate(names)}


def _batches(lines: Sequence[Line]) -> Iterator[Sequence[Line]]:
    for start in range(0, len(lines), BATCH):
        yield lines[start : start + BATCH]

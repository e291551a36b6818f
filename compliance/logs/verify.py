"""Do the logs say what was written? Goes along every chain and compares it with the rows and the anchors.

What is kept is read once, in order and a batch at a time, so memory does not grow with it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import merge
from itertools import chain, islice
from operator import attrgetter
from time import sleep
from typing import Any

from django.db import connection, transaction

from ..models import AuditSeal
from . import anchors, contents, months, seals
from .anchors import Anchor
from .chain import End, Seal

BATCH = 5_000  # seals looked at together
MOST_NAMED = 100  # breaks of one log that are kept one by one
UNSEALED_FOR = timedelta(minutes=1)  # that long a row may wait
PATIENCE = 15.0  # seconds for a sealer that is just about to seal; its job comes every ten

MOMENT = "SELECT pg_snapshot_xmin(now)::text, pg_snapshot_xmax(now)::text FROM pg_current_snapshot() AS now"
UNSEALED = """
-- One row counts the rows of a log that have no seal: of those that could have been sealed at a moment, how many there
-- are and the first; and how many wait for a transaction that ran then.
WITH unsealed AS (
    SELECT id, at, written_by, written_by < %(xmin)s::xid8 OR written_by >= %(xmax)s::xid8 AS could FROM {log} AS entry
    WHERE at < %(until)s AND NOT EXISTS (
        SELECT FROM audit_seal AS seal WHERE seal.log = '{log}' AND row_id = entry.id AND row_at = entry.at
    )
), first AS (
    SELECT id, at FROM unsealed WHERE could ORDER BY id LIMIT 1
)
SELECT (SELECT count(*) FROM unsealed WHERE could), (SELECT count(*) FROM unsealed WHERE NOT could), first.id, first.at
FROM (SELECT) AS one LEFT JOIN first ON true
"""


@dataclass(frozen=True, slots=True)
class Break:
    """One thing that is not as it was written."""

    what: str
    position: int | None = None
    row_id: int | None = None
    row_at: datetime | None = None

    def __str__(self) -> str:
        place = f"position {self.position:,}" if self.position is not None else ""
        row = f"row {self.row_id} of {self.row_at:%Y-%m-%d %H:%M:%S} UTC" if self.row_at else ""
        return f"{', '.join(filter(None, (place, row))) or 'the chain'}: {self.what}"


@dataclass(slots=True)
class Checked:
    """What was found in one log: sealed rows from `start` on, the first breaks, and how many there are in all.

    `waiting` rows are older than a minute and cannot be sealed yet, for a transaction runs that may come before them.
    """

    log: str
    start: End = field(default_factory=End)
    end: End = field(default_factory=End)
    found: list[Break] = field(default_factory=list)
    breaks: int = 0
    waiting: int = 0

    @property
    def first(self) -> Break | None:
        return self.found[0] if self.found else None

    @property
    def words(self) -> str:
        count = self.end.position - self.start.position
        sealed = f"{self.log}: {count:,} {'row' if count == 1 else 'rows'} sealed"
        since = f" from position {self.start.position + 1:,} on" if self.start.position else ""
        wait = f"; {self.waiting:,} wait for a transaction that runs" if self.waiting else ""
        if self.first is None:
            return f"{sealed}{since}, all as they were written{wait}."
        more = f" (and {self.breaks - 1:,} more)" if self.breaks > 1 else ""
        return f"{self.log} is broken at {self.first}{more}."

    def note(self, found: Iterable[Break]) -> None:
        for one in found:
            if len(self.found) < MOST_NAMED:
                self.found.append(one)
            self.breaks += 1


def check(at: datetime, outside: Iterable[Anchor] = (), patience: float = PATIENCE) -> list[Checked]:
    """Check every log, also against anchors that were kept elsewhere."""
    outside = list(outside)
    return [check_log(log, at, [one for one in outside if one.log == log], patience) for log in months.LOGS]


@transaction.atomic
def check_log(log: str, at: datetime, outside: Iterable[Anchor] = (), patience: float = PATIENCE) -> Checked:
    """Check one log: content, order and gaps of its chain, anchors, its end, and that no row is left out."""
    contents.settle()
    could = _moment()
    checked = Checked(log)
    checked.note(_Walk(log, checked, outside).breaks())
    checked.note(_unsealed(checked, at, could, patience))
    return checked


class _Walk:
    """The way along a chain, from its start to its end."""

    def __init__(self, log: str, checked: Checked, outside: Iterable[Anchor]) -> None:
        start = anchors.start_of(log)
        self.log, self.checked, self.sealer = log, checked, seals.sealer(log)
        self.before = start.before  # rows from before it are gone
        checked.start = checked.end = start.end
        self.known = _known(log, start, outside)
        self.next = next(self.known, None)

    def breaks(self) -> Iterator[Break]:
        yield from self._anchored()
        for batch in _batches(self.log, self.checked.start.position):
            rows = contents.of(self.log, [(seal.row_id, seal.row_at) for seal in batch])
            for seal in batch:
                yield from self._place(seal)
                yield from self._row(seal, rows.get((seal.row_id, seal.row_at)))
                self.checked.end = End(seal.position, seal.hash)
                yield from self._anchored()
        yield from self._cut()

    def _place(self, seal: Seal) -> Iterator[Break]:
        """Whether a seal follows the one before it."""
        end = self.checked.end
        if seal.position == end.position:
            yield Break("two seals have this place", seal.position, seal.row_id, seal.row_at)
        elif seal.position != end.position + 1:
            yield Break(f"the seals of {seal.position - end.position - 1:,} rows are gone", end.position + 1)
        link = self.sealer.link(end.hash, seal.position, seal.row_id, seal.row_at, seal.content)
        if link != seal.hash and seal.position == end.position + 1:
            yield Break("its seal, or the order, was changed", seal.position, seal.row_id, seal.row_at)

    def _row(self, seal: Seal, content: str | None) -> Iterator[Break]:
        """Whether what was sealed is there, and says the same."""
        if content is None:
            if self.before is None or seal.row_at >= self.before:
                yield Break("the row is gone", seal.position, seal.row_id, seal.row_at)
        elif self.sealer.content(content) != seal.content:
            yield Break("the row was changed", seal.position, seal.row_id, seal.row_at)

    def _anchored(self) -> Iterator[Break]:
        """Whether the anchors of this place say the same."""
        end = self.checked.end
        while self.next and self.next.end.position <= end.position:
            anchor = self.next
            if anchor.signature and not anchor.ours:
                yield Break(f"{_named(anchor)} is not signed by us", anchor.end.position)
            elif anchor.end.position == end.position and anchor.end.hash != end.hash:
                yield Break(f"{_named(anchor)} knew another chain", anchor.end.position)
            self.next = next(self.known, None)

    def _cut(self) -> Iterator[Break]:
        """What knew of a longer chain."""
        after = self.checked.end.position
        for anchor in chain([self.next] if self.next else [], self.known):
            gone = anchor.end.position - after
            yield Break(f"{gone:,} rows or more are cut off, which {_named(anchor)} knew", after + 1)


def _known(log: str, start: Anchor, outside: Iterable[Anchor]) -> Iterator[Anchor]:
    """All that says how the chain was, by its place, and how its sealer left it. What lies before the start is over."""
    left = Anchor(log, "", start.at, seals.end_of(log), None, "")
    place = attrgetter("end.position")
    known = merge(anchors.kept(log), sorted(outside, key=place), [left], key=place)
    return (anchor for anchor in known if anchor.end.position >= start.end.position)


def _named(anchor: Anchor) -> str:
    return f"the anchor of {anchor.at:%Y-%m-%d %H:%M} UTC" if anchor.signature else "its sealer"


def _batches(log: str, after: int) -> Iterator[list[Seal]]:
    rows = AuditSeal.objects.filter(log=log, position__gt=after).order_by("position")
    told = rows.values_list("position", "row_id", "row_at", "content", "hash").iterator(BATCH)
    found = (Seal(*row[:3], bytes(row[3]), bytes(row[4])) for row in told)
    while batch := list(islice(found, BATCH)):
        yield batch


def _moment() -> tuple[str, str]:
    """What was written outside these two transactions, the second included, could have been sealed by now."""
    with connection.cursor() as cursor:
        cursor.execute(MOMENT)
        return cursor.fetchone()


def _unsealed(checked: Checked, at: datetime, could: tuple[str, str], patience: float) -> Iterator[Break]:
    """Rows that are older than a minute and have no seal, though they could have been sealed a while ago."""
    asked: dict[str, Any] = {"xmin": could[0], "xmax": could[1], "until": at - UNSEALED_FOR}
    for pause in (patience, 0):
        with connection.cursor() as cursor:
            cursor.execute(UNSEALED.format(log=checked.log), asked)
            count, checked.waiting, row_id, row_at = cursor.fetchone()
        if not count or not patience:
            break
        sleep(pause)
    if count:
        others = f", as are {count - 1:,} others" if count > 1 else ""
        why = "somebody put it there, or no worker seals"
        yield Break(f"it is older than a minute and not sealed{others}; {why}", None, row_id, row_at)

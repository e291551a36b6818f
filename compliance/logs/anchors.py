"""Anchors: places of the chains as they were at a moment, signed as receipts are, and logged to be kept elsewhere.

Whoever rules the database could cut the end of a log, its seals and its anchors, and nobody would see that it was
longer. The line in the log of the process, or an exported file, is out of their reach.
"""

import json
import logging
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from django.db import transaction

from ..models import AnchorKind, AuditAnchor
from ..subjects import receipts
from . import months, seals
from .chain import NOTHING, End

logger = logging.getLogger(__name__)
SAYS = "audit anchor"  # what its line in the log begins with


class NoAnchor(ValueError):
    """The line is no anchor that we signed; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place of a log's chain at a moment; `before`: of a start, the rows from before it are gone by retention."""

    log: str
    kind: str
    at: datetime
    end: End
    before: datetime | None
    signature: str

    @classmethod
    def of(cls, row: AuditAnchor) -> Self:
        end = End(row.position, bytes(row.hash))
        return cls(row.log, row.kind, row.at, end, row.before, bytes(row.signature).hex())

    @classmethod
    def signed(cls, log: str, kind: str, at: datetime, end: End, before: datetime | None = None) -> Self:
        content = receipts.signed(cls(log, kind, at, end, before, "")._content)
        return cls(log, kind, at, end, before, content[receipts.SIGNATURE])

    @classmethod
    def read(cls, line: str) -> Self:
        """From JSON; raises `NoAnchor`."""
        try:
            told = json.loads(line)
            before = datetime.fromisoformat(told["before"]) if told["before"] else None
            end = End(told["position"], bytes.fromhex(told["hash"]))
            at = datetime.fromisoformat(told["at"])
            receipts.check(told)
            return cls(told["log"], told["anchor"], at, end, before, told[receipts.SIGNATURE])
        except receipts.NotOurs as error:
            raise NoAnchor(str(error)) from None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise NoAnchor("it is not in the form of one") from None

    @property
    def ours(self) -> bool:
        """Whether we signed exactly this."""
        try:
            receipts.check(self.told)
        except receipts.NotOurs:
            return False
        return True

    @property
    def told(self) -> dict[str, Any]:
        return self._content | {receipts.KEY: receipts.public_key(), receipts.SIGNATURE: self.signature}

    @property
    def line(self) -> str:
        return json.dumps(self.told, separators=(",", ":"))

    @property
    def _content(self) -> dict[str, Any]:
        return {
            "anchor": self.kind,
            "log": self.log,
            "at": _told(self.at),
            "position": self.end.position,
            "hash": self.end.hash.hex(),
            "before": _told(self.before) if self.before else None,
        }


def cast(at: datetime) -> int:
    """Anchor the end of every chain that has grown since its last anchor; how many."""
    return sum(_cast(log, at) for log in months.LOGS)


@transaction.atomic
def _cast(log: str, at: datetime) -> bool:
    end = seals.end_of(log)
    last = AuditAnchor.objects.filter(log=log).order_by("-position").values_list("position", flat=True).first()
    if end.position <= (last or 0):
        return False
    keep(Anchor.signed(log, AnchorKind.END, at, end))
    return True


def keep(anchor: Anchor) -> None:
    """Write an anchor down, here and in the log once the caller's transaction is over."""
    AuditAnchor.objects.create(
        log=anchor.log,
        kind=anchor.kind,
        at=anchor.at,
        position=anchor.end.position,
        hash=anchor.end.hash,
        before=anchor.before,
        signature=bytes.fromhex(anchor.signature),
    )
    transaction.on_commit(lambda: logger.info("%s %s", SAYS, anchor.line))


def start_of(log: str) -> Anchor:
    """Where checking of a log begins: behind the last rows that retention took, if it took any."""
    starts = AuditAnchor.objects.filter(log=log, kind=AnchorKind.START).order_by("-position", "-id")
    ours = (anchor for anchor in map(Anchor.of, starts.iterator()) if anchor.ours)
    return next(ours, Anchor(log, AnchorKind.START, datetime.min.replace(tzinfo=UTC), End(0, NOTHING), None, ""))


def kept(log: str = "") -> Iterator[Anchor]:
    """All that are in the database, of one log or of all, by their places."""
    rows = AuditAnchor.objects.filter(log=log) if log else AuditAnchor.objects.all()
    return map(Anchor.of, rows.order_by("log", "position", "id").iterator())


def read_all(lines: Iterable[str]) -> list[Anchor]:
    """Anchors that were kept elsewhere: exported ones, or lines of the log. Raises `NoAnchor`."""
    found = []
    for number, line in enumerate(map(_said, lines), 1):
        text = line.partition("{")
        if line.startswith("{") or SAYS in text[0]:
            try:
                found.append(Anchor.read("{" + text[2].rpartition("}")[0] + "}"))
            except NoAnchor as error:
                raise NoAnchor(f"Line {number} is no anchor of ours: {error}.") from None
    return found


def _said(line: str) -> str:
    """What a line of the log says: one that is written as JSON has it in its message."""
    with suppress(ValueError, KeyError, TypeError):
        return str(json.loads(line[line.index("{") :])["message"])
    return line


def _told(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()

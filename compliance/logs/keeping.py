"""Logs are kept for a while and go as whole months: partitions are dropped, no row is ever deleted."""

# ruff: noqa: S608 (the names in these statements are those of our own tables)

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction

from ..models import AnchorKind
from ..subjects import holds
from . import anchors, months, seals
from .anchors import Anchor
from .chain import End
from .months import Month

UNSEALED = """
SELECT EXISTS (SELECT FROM {part} AS entry WHERE NOT EXISTS (
    SELECT FROM audit_seal AS seal WHERE seal.log = %(log)s AND row_id = entry.id AND row_at = entry.at
))
"""
START = """
-- One row is the last seal before the first one whose row stays; none where that is the first of all.
SELECT position, hash FROM audit_seal WHERE log = %(log)s AND position = (
    SELECT position - 1 FROM audit_seal WHERE log = %(log)s AND row_at >= %(before)s ORDER BY position LIMIT 1
)
"""
STAYS = "SELECT EXISTS (SELECT FROM audit_seal WHERE log = %(log)s AND row_at >= %(before)s)"
NEEDED = "SELECT EXISTS (SELECT FROM {part} WHERE position > %(position)s)"


@dataclass(frozen=True, slots=True)
class Months:
    """The policy of a log. Of its rows nobody can tell whom they are about, so while any hold stands none goes."""

    name: str
    what: str
    days: int
    why: str
    log: str

    def due(self, before: datetime, at: datetime) -> int:
        """The rows of months that were over at `before`."""
        if holds.all_standing(at).exists():
            return 0
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {self.log} WHERE at < %s", [_month_of(before)])
            return int(cursor.fetchone()[0])

    def cut(self, before: datetime, at: datetime) -> Iterator[int]:
        if holds.all_standing(at).exists():
            return
        months.spread(self.log)
        seals.seal(self.log, at)
        for month in months.parts(self.log):
            if month.ends <= before:
                yield self._drop(month, at)

    @transaction.atomic
    def _drop(self, month: Month, at: datetime) -> int:
        """End a month, and leave an anchor from where checking begins; how many rows.

        It stays for another night where a hold was placed meanwhile, or a row in it is not sealed.
        """
        chain = seals.hold(self.log)
        months.be_patient()
        with connection.cursor() as cursor:
            cursor.execute(UNSEALED.format(part=month.name), {"log": self.log})
            if cursor.fetchone() == (True,) or holds.all_standing(at).exists():
                return 0
            cursor.execute(f"SELECT count(*) FROM {month.name}")
            rows = int(cursor.fetchone()[0])
            cursor.execute(f"DROP TABLE {month.name}")
        if rows:
            start = self._start(chain.end, month.ends)
            anchors.keep(Anchor.signed(self.log, AnchorKind.START, at, start, month.ends))
            self._drop_seals(start, month.ends)
        return rows

    def _start(self, end: End, before: datetime) -> End:
        """What checking stands on once rows from before are gone: those that were sealed late stay sealed."""
        asked: dict[str, Any] = {"log": self.log, "before": before}
        with connection.cursor() as cursor:
            cursor.execute(STAYS, asked)
            if cursor.fetchone() == (False,):
                return end
            cursor.execute(START, asked)
            found = cursor.fetchone()
        return End(found[0], bytes(found[1])) if found else anchors.start_of(self.log).end

    def _drop_seals(self, start: End, before: datetime) -> None:
        """The months of seals that lie before the start."""
        with connection.cursor() as cursor:
            for month in months.parts(f"audit_seal_{self.log}"):
                cursor.execute(NEEDED.format(part=month.name), {"position": start.position})
                if month.ends > before or cursor.fetchone() == (True,):
                    return
                cursor.execute(f"DROP TABLE {month.name}")


def _month_of(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)

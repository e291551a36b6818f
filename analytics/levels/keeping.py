"""The counts in the database: added to, and cut by age."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Q

from analytics import sql

from ..models import LevelSlot
from .counts import Counted, Counts, Slot, sign_of_life, spread
from .objectives import FINE, FINE_KEPT

if TYPE_CHECKING:
    from django.db.models import QuerySet


def write(fine: Mapping[Slot, Counted], life: Mapping[Slot, Counted] | None = None) -> None:
    """Add these to what is kept, in fine and in coarse slots, by one statement; `life` is a sign of it.

    Raises what the database says; then nothing was added.
    """
    rows = [
        {
            "series": slot.series,
            "width": int(slot.width.total_seconds()),
            "at": slot.at.isoformat(),
            "counts": counted.counts,
            "bad": counted.bad,
        }
        for slot, counted in {**spread(fine), **(life or {})}.items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql.load("levels/add"), {"slots": json.dumps(rows)})


def flush(counts: Counts, at: datetime) -> None:
    """Write what a web process has counted, and that it lives; it does to others only if it reaches the database.

    Raises what the database says: then all that was counted is kept for the next time, and the minute is no minute up.
    """
    taken = counts.take()
    try:
        write(taken, sign_of_life(at))
    except BaseException:
        counts.put_back(taken)
        raise


@dataclass(frozen=True, slots=True)
class OldSlots:
    """The policy of retention: nobody is in them, so no hold keeps them. Fine ones go once no window has them."""

    name: str = "service levels"
    what: str = "counts of requests, events and minutes, by hour"
    days: int = 90
    why: str = "three months: the longest window is a month, and whoever asks about the month before finds that, too"

    def due(self, before: datetime, at: datetime) -> int:
        return _older(before, at).count()

    def cut(self, before: datetime, at: datetime) -> Iterator[int]:
        rows, _ = _older(before, at).delete()
        if rows:
            yield rows


def _older(before: datetime, at: datetime) -> "QuerySet[LevelSlot]":
    fine = Q(width=FINE.total_seconds(), at__lt=at - FINE_KEPT)
    return LevelSlot.objects.filter(Q(at__lt=before) | fine)

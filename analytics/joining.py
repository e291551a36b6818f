"""Contacts kept under other spellings of an address are joined, a slice in a transaction; merges move the totals."""

from collections.abc import Callable, Iterator
from datetime import datetime

from compliance import joining
from compliance.joining import Joined

from . import sql
from .changes import totals_locked
from .ingest.wake import wake_fold


def join(clock: Callable[[], datetime]) -> Iterator[Joined]:
    """Look at every id that nobody looked at yet; yields what each slice came to. Killed, it goes on where it was.

    What two spellings did is moved by the fold's process, which is woken.
    """
    after = 0
    while (joined := _slice(after, clock())).looked_at:
        after = joined.last
        if joined.told:
            wake_fold()
        yield joined


def _slice(after: int, at: datetime) -> Joined:
    with totals_locked() as cursor:
        done = joining.join(after, at)
        lists = {
            "formers": [one.former for one in done.joined],
            "contacts": [one.contact for one in done.joined],
        }
        cursor.execute(sql.load("merge/contact"), lists)
    return done

"""The test of the doors: a sample event as far as the inbox and back, and whether what waits there is being counted."""

from datetime import datetime

from django.db import transaction

from compliance import heartbeats
from compliance.heartbeats import FOLD

from ..hooks.trying import Finding
from ..ingest import record_events
from ..ingest.verdicts import ACCEPTED, SUPPRESSED
from ..levels.judging import Level
from ..levels.objectives import WINDOWS
from ..levels.reading import levels
from ..presentation import ago
from ..queries import state

SOURCE = "a test of the doors"
CONTACT = "nobody@example.com"


class _TakeBack(Exception):
    """Rolls back what was only tried."""


def findings(now: datetime) -> list[Finding]:
    """What works and what does not of door, inbox and fold. Leaves nothing behind."""
    return [_of_door(now), _of_fold(now), _of_inbox(now), _of_counting(now)]


def _of_door(now: datetime) -> Finding:
    """A sample event is recorded and taken back."""
    sample = {"event_id": "sample", "type": "unsubscribed", "occurred_at": now.isoformat(), "contact": CONTACT}
    results: list[object] = []
    try:
        with transaction.atomic():
            results += record_events([sample], source=SOURCE, at=now).results
            raise _TakeBack
    except _TakeBack:
        works = results in ([ACCEPTED], [SUPPRESSED])
    told = "a sample event is accepted, and was taken back" if works else f"a sample event is rejected: {results[0]}"
    return Finding("Door", works, told)


def _of_fold(now: datetime) -> Finding:
    silent = heartbeats.heartbeats(now)[FOLD]
    if heartbeats.lives(silent):
        return Finding("Fold", True, "the worker that counts lives")
    since = "was never there" if silent is None else f"is silent for {ago(silent)}"
    return Finding("Fold", False, f"the worker that counts {since}; what comes is kept until it is back")


def _of_inbox(now: datetime) -> Finding:
    row = state.read()
    oldest = row["oldest_at"]
    if oldest is None:
        return Finding("Inbox", True, "nothing waits to be counted")
    late = now - oldest > state.WAITS_AFTER
    told = f"{row['waiting_rows']:,} events wait to be counted, the oldest for {ago((now - oldest).total_seconds())}"
    return Finding("Inbox", not late, told)


def _of_counting(now: datetime) -> Finding:
    """Over the last day, of all sources together."""
    level = _visible(now)
    if level.p95 is None or level.objective.within is None:
        return Finding("Counting", None, "nothing was counted in 24 h")
    within = "more than an hour" if level.p95 == float("inf") else ago(level.p95)
    told = f"95 % of what was counted in 24 h was there after {within} at most"
    return Finding("Counting", level.p95 <= level.objective.within, told)


def _visible(now: datetime) -> Level:
    place = [window.name for window in WINDOWS].index("day")
    return next(each[place] for each in levels(now) if each[place].objective.name == "visible")

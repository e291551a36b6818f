"""Which programs live: each of them says so by itself, whatever it has to do and whoever sends it work.

Runs of jobs would not tell: without beat, or without the broker, a worker that is well has none.
"""

from collections.abc import Iterable
from datetime import datetime

from .models import Heartbeat

WORKER, FOLD, BEAT = "worker", "fold", "beat"
PROGRAMS = (WORKER, FOLD, BEAT)
EVERY = 10  # seconds
SILENT = 60  # seconds without one; then the program is taken for dead


def note(programs: Iterable[str], at: datetime) -> None:
    """Note that these live; of a program that runs several times the one that says so last counts."""
    rows = [Heartbeat(program=program, at=at) for program in sorted(programs)]
    Heartbeat.objects.bulk_create(rows, update_conflicts=True, unique_fields=["program"], update_fields=["at"])


def heartbeats(now: datetime) -> dict[str, float | None]:
    """For how many seconds each program has been silent; None for one that never lived. One query."""
    last = dict(Heartbeat.objects.filter(program__in=PROGRAMS).values_list("program", "at"))
    return {name: max(0.0, (now - last[name]).total_seconds()) if name in last else None for name in PROGRAMS}


def lives(age: float | None) -> bool:
    """Whether a program lives that has been silent for so many seconds."""
    return age is not None and age <= SILENT

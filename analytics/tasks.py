"""The jobs of this app: each a thin shell that notes its run and makes one call. Safe to run twice."""

from datetime import datetime
from time import monotonic

from django.db import connection, transaction
from django.utils import timezone

from compliance.jobs import JobFailedError, Run
from compliance.schedule import scheduled

from . import reporting, verify
from .fold import fold_inbox as fold_waiting
from .fold import partitions
from .queries import state

FOLD_SECONDS = 20  # then the worker is given back; the schedule goes on in two seconds
MONTHS_AHEAD = 3
SHOWN_DIFFERENCES = 5


@scheduled(quiet=True, shared=True)
def fold_inbox(run: Run, at: datetime) -> None:
    """Fold until nothing waits. Woken on commit, and every two seconds."""
    started = monotonic()
    batches = dead = taken = 0
    while monotonic() - started < FOLD_SECONDS:
        folded = fold_waiting(timezone.now())
        batches, dead, taken = batches + folded.batches, dead + folded.dead, taken + folded.taken
        if not folded.batches and not folded.dead:
            break
    run.rows = taken
    run.idle = not batches and not dead
    state.renew_if_possible()


@scheduled()
def refresh_views(run: Run, at: datetime) -> None:
    """Bring the materialized views up to the present data version."""
    refreshed = reporting.refresh_views(at)
    run.rows = len(refreshed.views)
    run.idle = not refreshed.views


@scheduled()
def go_on_with_demo(run: Run, at: datetime) -> None:
    """Let happen in a demo what has happened since its last event."""
    from .demo.going_on import go_on  # made up in memory, by whoever runs it

    run.rows = go_on(at)
    run.idle = not run.rows


@scheduled()
def make_partitions(run: Run, at: datetime) -> None:
    """Make the partitions of the months ahead before their first event."""
    with transaction.atomic(), connection.cursor() as cursor:
        run.rows = len(partitions.ensure_ahead(cursor, at, MONTHS_AHEAD))
    run.idle = not run.rows


@scheduled()
def verify_totals(run: Run, at: datetime) -> None:
    """Recount from the events; a difference fails the run and shows its first lines."""
    found = verify.check(at).differences
    run.rows = len(found)
    if found:
        lines = "\n".join(str(difference) for difference in found[:SHOWN_DIFFERENCES])
        raise JobFailedError(f"{len(found)} values are not what a recount gives:\n{lines}")


@scheduled()
def watch_figures(run: Run, at: datetime) -> None:
    """Judge the hours that are complete; what is unusual opens an alert, what is as usual again closes its one."""
    from .alerts.watch import watch  # numpy, which who only sends a job has no use for

    watched = watch(at)
    run.rows = watched.opened + watched.changed
    run.idle = not watched.hours and not run.rows

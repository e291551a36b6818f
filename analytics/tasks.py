"""The jobs of this app: each a thin shell that notes its run and makes one call. Safe to run twice."""

from datetime import datetime
from time import monotonic

from django.db import connection, transaction
from django.utils import timezone

from compliance.jobs import JobFailedError, Run
from compliance.schedule import scheduled

from . import imports, joining, merging, reporting, undoing, verify
from .fold import fold_inbox as fold_waiting
from .fold import partitions, waits
from .ingest import uploads, working
from .ingest.giving_way import Turn, others_first
from .ingest.wake import folded_in, wake
from .queries import state

FOLD_SECONDS = 20  # then the worker is given back; the schedule goes on in two seconds
MERGED_AFTER = 25  # seconds after which no further merge is begun, so that some are done however much there is to fold
IMPORT_SECONDS = 60  # then others get the worker, or sooner where some wait; and it goes on in a moment
JOIN = "analytics.tasks.join_addresses"
JOIN_SECONDS = 20  # likewise
UNDO_SECONDS = 120  # as well, and it goes on in ten
MONTHS_AHEAD = 3
SHOWN_DIFFERENCES = 5


@scheduled(quiet=True, shared=True)
def fold_inbox(run: Run, at: datetime) -> None:
    """Fold what waits, then make one whoever is told to be one. Woken on commit, and every two seconds.

    What comes meanwhile has its own call: to go on until nothing waits would be one small fold after another.
    """
    started = monotonic()
    batches = dead = taken = merges = 0
    while monotonic() - started < FOLD_SECONDS:
        folded = fold_waiting(timezone.now())
        batches, dead, taken = batches + folded.batches, dead + folded.dead, taken + folded.taken
        if not (folded.batches or folded.dead) or not waits(at):
            break
    if batches:
        folded_in(monotonic() - started)
    while monotonic() - started < MERGED_AFTER and (looked_at := merging.merge_waiting(timezone.now())):
        merges += looked_at
    run.rows = taken
    run.idle = not batches and not dead and not merges
    state.renew_if_possible()


@scheduled(quiet=True)
def run_import(run: Run, at: datetime) -> None:
    """Import what was uploaded and started, one file after the other. Woken on commit, and every few seconds."""
    turn, forgotten, rows = Turn(IMPORT_SECONDS), uploads.forget_old(at), 0
    first = not others_first()
    while (record := working.waiting()) and first and not turn.ended:
        rows += working.work(record, timezone.now, turn.over)
    if record is not None:
        wake(imports.RUN)
    run.rows = rows
    run.idle = not rows and not forgotten


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


@scheduled(quiet=True)
def undo_import(run: Run, at: datetime) -> None:
    """Undo the imports that somebody asked to undo, the first one first."""
    turn = Turn(UNDO_SECONDS)
    run.rows = 0
    for rows in undoing.steps(timezone.now):
        run.rows += rows
        if turn.over():
            break
    run.idle = not run.rows


@scheduled(quiet=True)
def join_addresses(run: Run, at: datetime) -> None:
    """Join who was kept when an address was another person each way it was written; once, then none is left."""
    started, run.rows = monotonic(), 0
    for done in joining.join(timezone.now):
        run.rows += done.looked_at - done.unreadable
        if monotonic() - started > JOIN_SECONDS:
            wake(JOIN)
            break
    run.idle = not run.rows


@scheduled()
def watch_figures(run: Run, at: datetime) -> None:
    """Judge the hours that are complete; what is unusual opens an alert, what is as usual again closes its one."""
    from .alerts.watch import watch  # numpy, which who only sends a job has no use for

    watched = watch(at)
    run.rows = watched.opened + watched.changed
    run.idle = not watched.hours and not run.rows


@scheduled(quiet=True)
def forecast_arrivals(run: Run, at: datetime) -> None:
    """Write down how late each source usually is, and what is still to come of the last two weeks."""
    from .arriving.forecasting import forecast  # numpy

    run.rows = forecast(at)
    run.idle = not run.rows

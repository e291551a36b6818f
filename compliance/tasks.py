"""The jobs of this app: each a thin shell that notes its run and makes one call. Safe to run twice."""

from datetime import datetime

from . import idempotency, jobs, retention
from .jobs import Run
from .logs import months
from .schedule import scheduled
from .subjects import copies, working
from .watching import sending, watch


@scheduled()
def clean_up(run: Run, at: datetime) -> None:
    """Cut by age what only grows."""
    run.rows = jobs.cut(at) + idempotency.cut(at) + copies.cut(at)
    run.idle = not run.rows


@scheduled()
def make_log_months(run: Run, at: datetime) -> None:
    """Make the partitions of the logs for the months ahead."""
    run.rows = months.ensure_ahead(at)
    run.idle = not run.rows


@scheduled(quiet=True)
def answer_requests(run: Run, at: datetime) -> None:
    """Go on with the requests of people about their data."""
    run.rows = working.work(at)
    run.idle = not run.rows


@scheduled(quiet=True)
def watch_access(run: Run, at: datetime) -> None:
    """Look for what is unusual about looks at people."""
    run.rows = watch.watch(at)
    run.idle = not run.rows


@scheduled(quiet=True)
def send_alerts(run: Run, at: datetime) -> None:
    """Mail alerts that nobody was told of yet."""
    run.rows = sending.send(at)
    run.idle = not run.rows


@scheduled()
def keep_no_longer(run: Run, at: datetime) -> None:
    """End what is older than its policy says."""
    run.rows = sum(outcome.rows for outcome in retention.apply(at))
    run.idle = not run.rows

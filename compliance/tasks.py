"""The jobs of this app: each a thin shell that notes its run and makes one call. Safe to run twice."""

from datetime import datetime

from . import idempotency, jobs, retention, sessions
from .jobs import JobFailedError, Run
from .logs import anchors, findings, months, seals, verify
from .notices import sending
from .schedule import scheduled
from .subjects import copies, working
from .watching import watch


@scheduled()
def clean_up(run: Run, at: datetime) -> None:
    """Cut by age what only grows."""
    run.rows = jobs.cut(at) + idempotency.cut(at) + copies.cut(at) + sessions.cut(at)
    run.idle = not run.rows


@scheduled()
def make_log_months(run: Run, at: datetime) -> None:
    """Make the partitions of the logs for the months ahead."""
    run.rows = months.ensure_ahead(at)
    run.idle = not run.rows


@scheduled()
def answer_requests(run: Run, at: datetime) -> None:
    """Go on with the requests of people about their data."""
    run.rows = working.work(at)
    run.idle = not run.rows


@scheduled()
def watch_access(run: Run, at: datetime) -> None:
    """Look for what is unusual about looks at people."""
    run.rows = watch.watch(at)
    run.idle = not run.rows


@scheduled()
def send_notices(run: Run, at: datetime) -> None:
    """Tell people what there is to tell, through the channels that want it."""
    run.rows = sending.send(at)
    run.idle = not run.rows


@scheduled()
def keep_no_longer(run: Run, at: datetime) -> None:
    """End what is older than its policy says."""
    run.rows = sum(outcome.rows for outcome in retention.apply(at))
    run.idle = not run.rows


@scheduled(quiet=True)
def seal_logs(run: Run, at: datetime) -> None:
    """Give the new rows of the logs their places in the chains."""
    run.rows = seals.seal_all(at)
    run.idle = not run.rows


@scheduled()
def anchor_logs(run: Run, at: datetime) -> None:
    """Anchor the ends of the chains that have grown."""
    run.rows = anchors.cast(at)
    run.idle = not run.rows


@scheduled()
def verify_audit(run: Run, at: datetime) -> None:
    """Go along the chains; a break that nobody accepted fails the run and is named."""
    found = verify.check(at)
    run.rows = sum(one.end.position - one.start.position for one in found)
    if broken := findings.keep(found, at):
        raise JobFailedError("\n".join(broken))

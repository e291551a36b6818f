"""The jobs of this app: each a thin shell that notes its run and makes one call. Safe to run twice.

Statistics are imported by the jobs that calculate, for who only sends a job has no use for them.
"""

from datetime import datetime

from compliance.jobs import Run
from compliance.schedule import scheduled


@scheduled()
def recommend(run: Run, at: datetime) -> None:
    """Keep what the rules find, end what is past its time, wake what was put off until now."""
    from .proposing import propose

    run.rows = propose(at).changed
    run.idle = not run.rows

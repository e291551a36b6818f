"""The jobs of this app: each a thin shell that notes its run and makes one call. Safe to run twice.

Statistics are imported by the jobs that calculate, for who only sends a job has no use for them.
"""

from datetime import datetime

from compliance.jobs import JobFailedError, Run
from compliance.schedule import scheduled

SHOWN_BROKEN = 5


@scheduled()
def recommend(run: Run, at: datetime) -> None:
    """Keep what the rules find, end what is past its time, wake what was put off until now."""
    from .proposing import propose

    proposed = propose(at)
    run.rows = proposed.changed
    run.idle = not run.rows
    if proposed.broken:
        told = "\n".join(str(one) for one in proposed.broken[:SHOWN_BROKEN])
        raise JobFailedError(f"All that was found is kept, but {len(proposed.broken)} times a rule failed:\n{told}")


@scheduled()
def keep_deadlines(run: Run, at: datetime) -> None:
    """Wake what was put off until now, end what is past its time."""
    from .deadlines import keep

    kept = keep(at)
    run.rows = kept.woken + kept.expired
    run.idle = not run.rows


@scheduled()
def measure_outcomes(run: Run, at: datetime) -> None:
    """Judge what was done and has run its time, and mute rules that surely do no good."""
    from .outcomes import measure_due
    from .scoreboard import mute_those_that_miss

    judged = measure_due(at)
    run.rows = judged.begun + judged.measured + len(mute_those_that_miss(at))
    run.idle = not run.rows

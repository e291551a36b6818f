"""Waking a job once there is something to do: mostly the fold, when something waits in the inbox."""

import logging

from celery import current_app

from compliance.job_list import IMPATIENT

from .. import redis

log = logging.getLogger(__name__)
TASK = "analytics.tasks.fold_inbox"
KEY = "fold:woken"
PAUSE = 0.2  # seconds that calls share
broker = redis.HoldOff(seconds=5)


def wake_fold() -> None:
    """Ask for one fold a moment from now; calls within that moment share it.

    The fold starts when the moment is over, so it sees every batch whose call was swallowed. Without Redis nobody is
    woken and nothing is lost: the schedule folds every few seconds anyway.
    """
    try:
        if redis.ask(lambda client: client.set(KEY, 1, nx=True, px=int(PAUSE * 1000))):
            wake(TASK, countdown=PAUSE)
    except redis.Away:
        return


def wake(task: str, countdown: float = 0) -> None:
    """Ask for a run of a job, so many seconds from now. Without the broker the schedule brings one a little later."""
    try:
        if broker.allows():
            _send(task, countdown)
    except Exception as error:  # noqa: BLE001  what was recorded is safe, whatever is wrong with the messenger
        log.warning("%s was not woken, the schedule will do it: %s", task.rpartition(".")[2], error)


def _send(task: str, countdown: float) -> None:
    try:
        with current_app.connection_for_write(transport_options=IMPATIENT) as connection:
            current_app.send_task(task, countdown=countdown, connection=connection, retry=False)
    except Exception:
        broker.failed()
        raise
    broker.worked()

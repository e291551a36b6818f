"""Waking the fold once something waits in the inbox."""

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
        if redis.ask(lambda client: client.set(KEY, 1, nx=True, px=int(PAUSE * 1000))) and broker.allows():
            _send()
    except redis.Away:
        return
    except Exception as error:  # noqa: BLE001  what was recorded is safe, whatever is wrong with the messenger
        log.warning("The fold was not woken, the schedule will do it: %s", error)


def _send() -> None:
    try:
        with current_app.connection_for_write(transport_options=IMPATIENT) as connection:
            current_app.send_task(TASK, countdown=PAUSE, connection=connection, retry=False)
    except Exception:
        broker.failed()
        raise
    broker.worked()

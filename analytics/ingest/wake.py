"""Waking the fold once something waits in the inbox."""

import logging

from celery import current_app
from django.core.cache import cache

log = logging.getLogger(__name__)
TASK = "analytics.tasks.fold_inbox"
PAUSE = 0.2  # seconds


def wake_fold() -> None:
    """Ask for one fold a moment from now; calls within that moment share it.

    The fold starts when the moment is over, so it sees every batch whose call was swallowed. Without Redis nobody is
    woken and nothing is lost: the schedule folds every few seconds anyway.
    """
    try:
        if cache.add("fold:woken", 1, timeout=PAUSE):
            current_app.send_task(TASK, countdown=PAUSE)
    except Exception as error:  # noqa: BLE001  what was recorded is safe, whatever is wrong with the messenger
        log.warning("The fold was not woken, the schedule will do it: %s", error)

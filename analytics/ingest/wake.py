"""Waking a job once there is something to do: mostly the fold, when something waits in the inbox."""

import logging
from contextlib import suppress

from celery import current_app
from kombu.pools import producers

from compliance.job_list import IMPATIENT

from .. import redis

log = logging.getLogger(__name__)
TASK = "analytics.tasks.fold_inbox"
KEY, MOMENT = "fold:woken", "fold:moment"
PAUSE, LONGEST_PAUSE = 0.2, 2.0  # seconds that calls share
TIMES = 4  # as long as the last fold took
REMEMBERED = 10  # seconds
WAIT = 1  # seconds, for a connection that another thread has
broker = redis.HoldOff(seconds=5)

# The milliseconds that calls share from now on; nil for a call that shares another's.
BEGIN = """
local moment = redis.call('GET', KEYS[2]) or ARGV[1]
return redis.call('SET', KEYS[1], 1, 'NX', 'PX', moment) and tonumber(moment)
"""


def wake_fold() -> None:
    """Ask for one fold a moment from now; calls within that moment share it.

    The fold starts when the moment is over, so it sees every batch whose call was swallowed. Without Redis nobody is
    woken and nothing is lost: the schedule folds every few seconds anyway.
    """
    try:
        moment = redis.ask(lambda client: client.eval(BEGIN, 2, KEY, MOMENT, milliseconds(PAUSE)))
    except redis.Away:
        return
    if moment:
        wake(TASK, countdown=moment / 1000)


def folded_in(seconds: float) -> None:
    """Let calls share as long a moment as is worth while after a fold that took so many seconds."""
    moment, life = milliseconds(pause_after(seconds)), milliseconds(REMEMBERED)
    with suppress(redis.Away):
        redis.ask(lambda client: client.set(MOMENT, moment, px=life))


def pause_after(seconds: float) -> float:
    """The seconds until the next fold, after one that took so many.

    Most of a small fold is what every fold takes, so under load fewer and larger ones leave more of the machine to the
    doors: about a fifth of the time is for folding. Where little comes, a fold is short and figures wait for little.
    """
    return min(max(PAUSE, TIMES * seconds), LONGEST_PAUSE)


def milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def wake(task: str, countdown: float = 0) -> None:
    """Ask for a run of a job, so many seconds from now. Without the broker the schedule brings one a little later."""
    try:
        if broker.allows():
            _send(task, countdown)
    except Exception as error:  # noqa: BLE001  what was recorded is safe, whatever is wrong with the messenger
        log.warning("%s was not woken, the schedule will do it: %s", task.rpartition(".")[2], error)


def _send(task: str, countdown: float) -> None:
    """By one of the connections that are kept for it: to make one takes longer than to record a batch."""
    to = current_app.connection_for_write(transport_options=IMPATIENT)
    try:
        with producers[to].acquire(block=True, timeout=WAIT) as producer:
            current_app.send_task(task, countdown=countdown, producer=producer, retry=False)
    except Exception:
        broker.failed()
        raise
    broker.worked()

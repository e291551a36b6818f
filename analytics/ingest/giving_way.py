"""How long an import, or undoing one, keeps the worker: a while if nobody else wants it, else until a little is done.

Who waits stands in the broker's queue. It is looked at between two chunks, at most once a second; a broker that does
not answer says that nobody waits.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf
from time import monotonic
from typing import Any, ClassVar

from celery import current_app
from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

from compliance.job_list import IMPATIENT
from compliance.schedule import ENTRY
from compliance.timetable import OWNED

LEAST = 3.0  # seconds of work, after the lines that are done again were passed over
EVERY = 1.0  # seconds between two looks
REST = 20.0  # seconds in which others go first, once the worker was given back to them
MOST_LOOKED_AT = 100
IMPORT = "analytics.tasks.run_import"
UNDO_TICK = f"{OWNED}undo imports"  # each ten seconds, and mostly for nothing; who asks to undo wakes the job otherwise


def others_wait() -> bool:
    """Whether a job waits for this worker that is neither this one nor a look whether there is something to undo."""
    timeouts = {name: value for name, value in IMPATIENT.items() if name.startswith("socket")}
    try:
        with Redis.from_url(settings.BROKER_URL, **timeouts) as broker:
            messages = broker.lrange(current_app.conf.task_default_queue, 0, MOST_LOOKED_AT - 1)
    except RedisError:
        return False
    return any(_is_other(json.loads(message)["headers"]) for message in messages)


def _is_other(headers: Mapping[str, Any]) -> bool:
    return headers.get("task") != IMPORT and headers.get(ENTRY) != UNDO_TICK


@dataclass(slots=True)
class Turn:
    """One go with the worker, of at most so many seconds."""

    given_at: ClassVar[float] = -inf  # when this process last gave the worker back to others
    most: float
    wanted: Callable[[], bool] = others_wait
    clock: Callable[[], float] = monotonic
    ended: bool = False
    _began: float = field(init=False)
    _look: float = field(init=False, default=0.0)  # when to look next; 0 until the first chunk is done

    def __post_init__(self) -> None:
        self._began = self.clock()

    def over(self) -> bool:
        """Asked after each chunk: whether the worker is to be given back now."""
        now = self.clock()
        if not self._look:
            self._look = now + LEAST
        if now >= self._began + self.most:
            self.ended = True
        elif now >= self._look:
            self._look = now + EVERY
            self.ended = self.wanted()
            Turn.given_at = now if self.ended else Turn.given_at
        return self.ended


def others_first(wanted: Callable[[], bool] = others_wait, clock: Callable[[], float] = monotonic) -> bool:
    """Whether those to whom the worker was given still wait for it: a tick of ours may stand before them in it."""
    return clock() < Turn.given_at + REST and wanted()

"""Redis, without which everything still works: one that is gone or frozen costs one short wait, not one per request."""

import logging
from collections.abc import Callable
from time import monotonic
from typing import TypeVar

from django_redis import get_redis_connection
from redis import Redis
from redis.exceptions import RedisError

Found = TypeVar("Found")
log = logging.getLogger(__name__)


class Away(Exception):
    """Redis did not answer, now or a moment ago."""


class HoldOff:
    """After a failure nobody in this process asks for some seconds, then one caller tries for all.

    It stands in the process: what stood in the Redis that froze could be asked by nobody.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._next_try: float | None = None  # None while all is well

    def allows(self) -> bool:
        if self._next_try is None:
            return True
        if monotonic() < self._next_try:
            return False
        self.failed()  # the others go on waiting while this caller tries
        return True

    def failed(self) -> None:
        self._next_try = monotonic() + self.seconds

    def worked(self) -> None:
        self._next_try = None


hold_off = HoldOff(seconds=3)


def ask(call: Callable[[Redis], Found]) -> Found:
    """What `call` gets from the cache's Redis. Raises `Away`, at once while held off."""
    if not hold_off.allows():
        raise Away("it failed a moment ago")
    try:
        found = call(get_redis_connection("default"))
    except RedisError as error:
        hold_off.failed()
        log.warning("Redis did not answer and is left alone for %s s: %s", hold_off.seconds, error)
        raise Away(str(error)) from error
    hold_off.worked()
    return found

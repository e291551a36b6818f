"""How often somebody may do something: a bucket in Redis that fills evenly; in this process while that is away."""

import math
import threading
import time
from dataclasses import dataclass
from hashlib import blake2b

from redis.commands.core import Script

from analytics import redis
from compliance import crypto

MOST_HERE = 10_000  # buckets that this process remembers while Redis is away
TAKE = """
-- Takes one from a bucket, if one is left: KEYS[1] holds when it will be full again, in microseconds.
-- ARGV: microseconds until one more fits in, microseconds that an empty bucket takes to be full.
-- Answers 0, or the microseconds until the next may be taken.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local full = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now) + tonumber(ARGV[1])
local wait = full - now - tonumber(ARGV[2])
if wait > 0 then return math.ceil(wait) end
redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.max(math.ceil((full - now) / 1000), 1))
return 0
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """`most` at once, and so many again in each `seconds`."""

    most: int
    seconds: int

    @property
    def interval(self) -> float:
        """Seconds until one more fits in."""
        return self.seconds / self.most


def take(name: str, who: str, rate: Rate) -> int:
    """Take one for `who`, who is kept as a keyed hash alone; the whole seconds to wait, 0 where it is theirs.

    All processes share a bucket in Redis. While that is away each has its own, so nobody is locked out and nothing is
    open: what passes is at most `rate` times the processes of the web server.
    """
    key = _key(name, who)
    try:
        micros = redis.ask(
            lambda client: Script(client, TAKE)([key], [round(rate.interval * 1e6), rate.seconds * 1_000_000])
        )
        return math.ceil(int(micros) / 1e6)
    except redis.Away:
        return math.ceil(here.take(key, rate, time.monotonic()))


def forget(name: str, who: str) -> None:
    """The bucket is full again."""
    key = _key(name, who)
    here.forget(key)
    try:
        redis.ask(lambda client: client.delete(key))
    except redis.Away:
        return


class Buckets:
    """Buckets of this process."""

    def __init__(self) -> None:
        self._full: dict[str, float] = {}
        self._lock = threading.Lock()

    def take(self, key: str, rate: Rate, now: float) -> float:
        """The seconds to wait, 0 where one was left; `now` is seconds of a clock that never goes back."""
        with self._lock:
            if len(self._full) >= MOST_HERE:
                self._full = {kept: full for kept, full in self._full.items() if full > now}
            full = max(self._full.get(key, 0.0), now) + rate.interval
            wait = full - now - rate.seconds
            if wait > 1e-6:
                return wait
            if len(self._full) >= MOST_HERE and key not in self._full:
                return rate.interval  # so many at once are no people
            self._full[key] = full
            return 0.0

    def forget(self, key: str) -> None:
        with self._lock:
            self._full.pop(key, None)


here = Buckets()


def _key(name: str, who: str) -> str:
    hashed = blake2b(who.encode(errors="replace"), digest_size=16, key=crypto.hash_key(), person=b"limit").hexdigest()
    return f"limit:{name}:{hashed}"

"""Answers are kept in Redis as the text that goes out, for pages and API alike.

An answer holds as long as the data version is the same. An older one may be given for `GRACE` while one asker computes
the next; whoever has none waits for that one. So what everybody asks at once costs PostgreSQL one computation. Without
Redis every process keeps its own answers and asks PostgreSQL whether they still hold.
"""

import hashlib
import json
import math
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from secrets import token_hex
from time import monotonic, sleep
from typing import cast
from zoneinfo import ZoneInfo

from django.conf import settings
from prometheus_client import Counter

from .. import redis
from ..allowed import EVERYTHING, Allowed
from ..catalogue import DEFINITION_VERSION
from . import state as states
from .running import Row
from .snapshot import snapshot

KPIS, LISTS = timedelta(minutes=30), timedelta(hours=1)  # how long answers are kept
GRACE = timedelta(seconds=30)
LEADS = 5.0  # seconds that one asker may compute alone; one who died is replaced then
PATIENCE = 6.0  # seconds of waiting for another's answer, longer than `LEADS`
LOOKS_AGAIN = 0.01  # seconds
EAGERNESS = 1.0  # beta of Vattani et al.; above 1 recomputes earlier
MOST_OWN = 100  # answers that a process keeps for itself

RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"

HIT, MISS, STALE, ALONE = RESULTS = ("hit", "miss", "stale", "alone")  # kept, computed, an older one, without Redis
GIVEN = Counter("marketing_answers", "Answers given, by how they came about.", ["result"])
for result in RESULTS:
    GIVEN.labels(result)


@dataclass(frozen=True, slots=True)
class Question:
    """What an answer depends on besides the figures: `asked` holds all of it, told apart by `repr`, and `allowed` says
    which metrics whoever asks may see. So nobody is given an answer to somebody who may see more.
    """

    kind: str
    asked: tuple[object, ...]
    kept_for: timedelta = KPIS
    allowed: Allowed = EVERYTHING

    def key(self, now: datetime) -> str:
        """Its days are resolved; the running hour is in it, for slots and days that are not over are said to be so."""
        hour = f"{now.astimezone(ZoneInfo(settings.REPORTING_TIME_ZONE)):%Y-%m-%dT%H%z}"
        cut = (settings.REPORTING_TIME_ZONE, settings.REPORTING_CURRENCY, settings.ATTRIBUTION_WINDOW_DAYS)
        whole = (self.kind, self.asked, self.allowed.name, hour, cut, DEFINITION_VERSION, code())
        return hashlib.sha256(repr(whole).encode()).hexdigest()[:40]


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it was computed. `seconds` is what that took."""

    stamp: str
    version: int
    computed_at: datetime
    seconds: float
    etag: str
    text: str

    def pack(self) -> bytes:
        head = (self.stamp, self.version, self.computed_at.timestamp(), self.seconds, self.etag)
        return f"{json.dumps(head)}\n{self.text}".encode()

    @classmethod
    def unpack(cls, packed: bytes) -> "Kept":
        head, _, text = packed.decode().partition("\n")
        stamp, version, computed_at, seconds, etag = json.loads(head)
        return cls(stamp, version, datetime.fromtimestamp(computed_at, UTC), seconds, etag, text)

    def holds(self, state: Row, now: datetime) -> bool:
        """The figures are the same; while batches wait too long, what is told of them may not grow old either."""
        return self.stamp == states.stamp(state) and (not states.late(state, now) or self.young(now))

    def young(self, now: datetime) -> bool:
        return now - self.computed_at < GRACE


own: dict[str, Kept] = {}  # by key, of this process, for as long as Redis is away


@dataclass(frozen=True, slots=True)
class Answer:
    """`text` is the answer, `etag` an entity tag of exactly that text. `state` is how far the figures are now;
    `as_of` the moment until which they are in the answer, but for what `state` says is waiting.
    """

    text: str
    etag: str
    version: int
    as_of: datetime
    state: Row


def answer(question: Question, make: Callable[[], str], *, now: datetime) -> Answer:
    """The answer to `question`, kept or made; `make` asks in one `snapshot` and must depend on nothing else.

    What `make` raises goes on and is not kept.
    """
    key = question.key(now)
    try:
        kept, state, how = _shared(key, question, make, now)
        own.clear()
    except redis.Away:
        kept, state = _alone(key, make, now)
        how = ALONE
    GIVEN.labels(how).inc()
    current = kept.stamp == states.stamp(state)
    return Answer(kept.text, kept.etag, kept.version, now if current else kept.computed_at, state)


def early(left: float, seconds: float, chance: float) -> bool:
    """XFetch (Vattani et al. 2015): whether to recompute an answer that has `left` seconds and took `seconds`.

    `chance` is uniform in (0, 1]. The nearer the end and the longer the computation, the likelier; so askers do not all
    find it gone at the same time.
    """
    return -seconds * EAGERNESS * math.log(chance) >= left


def _shared(key: str, question: Question, make: Callable[[], str], now: datetime) -> tuple[Kept, Row, str]:
    give_up = monotonic() + PATIENCE
    while True:
        state, kept = _look(key)
        if kept and kept.holds(state, now) and not _due(kept, question, now):
            return kept, state, HIT
        with _leading(key) as leads:
            if leads:
                return _lead(key, question, make, now, seen=kept)
        if kept and (kept.holds(state, now) or kept.young(now)):
            return kept, state, HIT if kept.holds(state, now) else STALE
        if monotonic() > give_up:
            raise redis.Away("whoever computes takes too long")
        sleep(LOOKS_AGAIN * random.uniform(0.5, 1.5))  # noqa: S311


def _due(kept: Kept, question: Question, now: datetime) -> bool:
    left = (kept.computed_at + question.kept_for - now).total_seconds()
    return early(left, kept.seconds, 1 - random.random())  # noqa: S311


def _look(key: str) -> tuple[Row, Kept | None]:
    """How far the figures are, and what is kept: one round trip."""
    copy, packed = redis.ask(lambda client: cast(list[bytes | None], client.mget(states.KEY, f"answer:{key}")))
    return states.of_copy(copy) if copy else states.renew(), Kept.unpack(packed) if packed else None


@contextmanager
def _leading(key: str) -> Iterator[bool]:
    """Whether this asker is the one who computes, until it has, or its time is over."""
    token, lock = token_hex(8), f"answer:{key}:computes"
    leads = bool(redis.ask(lambda client: client.set(lock, token, nx=True, px=int(LEADS * 1000))))
    try:
        yield leads
    finally:
        if leads:
            with suppress(redis.Away):
                redis.ask(lambda client: client.eval(RELEASE, 1, lock, token))


def _lead(
    key: str, question: Question, make: Callable[[], str], now: datetime, seen: Kept | None
) -> tuple[Kept, Row, str]:
    """Compute for all, unless another was done with it since this asker has `seen` what was kept."""
    with suppress(redis.Away):
        state, kept = _look(key)
        if kept and kept != seen and kept.holds(state, now):
            return kept, state, HIT
    kept, state = _computed(key, make, now)
    packed, life = kept.pack(), int(question.kept_for.total_seconds() * 1000)
    with suppress(redis.Away):
        redis.ask(lambda client: client.set(f"answer:{key}", packed, px=life))
    return kept, state, MISS


def _alone(key: str, make: Callable[[], str], now: datetime) -> tuple[Kept, Row]:
    kept = own.get(key)
    if kept and kept.holds(state := states.read(), now):
        return kept, state
    kept, state = _computed(key, make, now)
    if len(own) >= MOST_OWN:
        own.clear()
    own[key] = kept
    return kept, state


def _computed(key: str, make: Callable[[], str], now: datetime) -> tuple[Kept, Row]:
    started = monotonic()
    with snapshot():
        state = states.read()
        text = make()
    seconds = monotonic() - started
    states.keep(state)
    stamp = states.stamp(state)
    etag = hashlib.sha256(f"{key} {stamp} {text}".encode()).hexdigest()[:32]
    return Kept(stamp, state["version"], now, seconds, f'"{etag}"', text), state


@cache
def code() -> str:
    """An answer is of the code that wrote it: after a deploy nobody is given one of another shape."""
    app = Path(__file__).parents[1]
    written = hashlib.sha256()
    for folder in (app, app.parent / "templates"):
        for file in sorted(folder.rglob("*")):
            if file.suffix in (".py", ".sql", ".html"):
                written.update(file.read_bytes())
    return written.hexdigest()

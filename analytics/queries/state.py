"""How far the figures are: the row `data_version` and what waits in the inbox, and a copy of both in Redis.

The copy saves every answer a query. Whoever changes figures renews it after the commit, the fold every two seconds, and
a reader who finds none. One that nobody renews is gone after seconds, so that it is never trusted for long.
"""

import json
from contextlib import suppress
from datetime import datetime, timedelta
from logging import getLogger
from typing import Any

from django.db import DatabaseError

from .. import redis
from .running import Row, rows

KEY = "figures:state"
LIVES = timedelta(seconds=5)
WAITS_AFTER = timedelta(seconds=30)  # until then a batch is on its way, not waiting
STALE_AFTER = timedelta(minutes=5)  # from then on figures are too old to go by, and every page says so
MOMENTS = ("changed_at", "last_event_at", "oldest_at")

# The copy never runs backwards: of two writers the one with the higher version wins, then the one who read later.
RENEW = """
local kept = redis.call('GET', KEYS[1])
if kept then
    kept = cjson.decode(kept)
    local version, read_at = tonumber(ARGV[2]), tonumber(ARGV[3])
    if kept.version > version or (kept.version == version and kept.read_at > read_at) then return 0 end
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[4])
return 1
"""

log = getLogger(__name__)


def read() -> Row:
    """The row of `state.sql`, from PostgreSQL."""
    return rows("state", {})[0]


def renew() -> Row:
    """Read the state and bring the copy up to it; without Redis there is none, and nothing else is lost."""
    state = read()
    keep(state)
    return state


def renew_if_possible() -> None:
    """After a commit: whatever is wrong now, what was committed stands, and the next one renews the copy."""
    try:
        renew()
    except DatabaseError as error:
        log.warning("The copy of the data version was not renewed: %s", error)


def keep(state: Row) -> None:
    text = json.dumps(dict(state), default=str)
    life = int(LIVES.total_seconds() * 1000)
    with suppress(redis.Away):
        redis.ask(lambda client: client.eval(RENEW, 1, KEY, text, state["version"], state["read_at"], life))


def of_copy(text: bytes) -> Row:
    state: dict[str, Any] = json.loads(text)
    for name in MOMENTS:
        state[name] = state[name] and datetime.fromisoformat(state[name])
    return state


def stamp(state: Row) -> str:
    """The same as long as the figures and what is told beside them are: a restored database has other moments."""
    return f"{state['version']} {state['changed_at']} {state['dead']}"


def late(state: Row, now: datetime) -> bool:
    """Whether something waits for longer than it should."""
    return _waits(state, now, WAITS_AFTER)


def stale(state: Row, now: datetime) -> bool:
    """Whether something waits for so long that figures are not to be gone by."""
    return _waits(state, now, STALE_AFTER)


def _waits(state: Row, now: datetime, longer_than: timedelta) -> bool:
    oldest: datetime | None = state["oldest_at"]
    return oldest is not None and now - oldest > longer_than

"""The servers that everything stands on, and whether each of them answers."""

from collections.abc import Callable
from contextlib import suppress

import redis
from django.conf import settings
from django.db import Error, connection

SECONDS = 0.5


def _database() -> bool:
    with suppress(Error), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)
    return False


def _redis(url: str) -> bool:
    """Asked over a connection of its own: the cache hides that it is gone, and a broker's pool may wait."""
    with suppress(redis.RedisError, ValueError):
        client = redis.Redis.from_url(url, socket_connect_timeout=SECONDS, socket_timeout=SECONDS)
        with client:
            return bool(client.ping())
    return False


# name, whether nothing can be answered without it, how it is asked
PARTS: tuple[tuple[str, bool, Callable[[], bool]], ...] = (
    ("database", True, _database),
    ("cache", False, lambda: _redis(settings.CACHE_URL)),
    ("broker", False, lambda: _redis(settings.BROKER_URL)),
)

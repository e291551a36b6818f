"""The servers that everything stands on, and whether each answers; and whether the tables are those of the code."""

from collections.abc import Callable
from contextlib import suppress
from threading import Event

import redis
from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

SECONDS = 0.5
_migrated = Event()  # once it is so, it stays so: nobody takes a migration back under a running process


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


def is_migrated() -> bool:
    """Whether the database has every migration of this code; more than that do no harm. Looked up until it is so."""
    if not _migrated.is_set():
        executor = MigrationExecutor(connection)
        if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
            _migrated.set()
    return _migrated.is_set()

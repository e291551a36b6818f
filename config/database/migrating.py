"""Migrations beside a running system: they wait for a table as briefly as nobody notices, and come again.

A change of a table waits until whoever reads it is done, and everybody who comes later waits behind it. So a migration
that does not get its lock within LOCK_WAIT gives up, which lets others pass, and is tried again; those before it stay.
"""

import time
from collections.abc import Callable
from contextlib import suppress

from django.core.management import call_command
from django.db import Error, OperationalError, connection
from psycopg.errors import DeadlockDetected, LockNotAvailable

Say = Callable[[str], object]
LOCK_WAIT = 2  # seconds
TRIES, PAUSE = 30, 2.0  # and the seconds between tries: two minutes in all
ONE_AT_A_TIME = 7_305_021  # the advisory lock's key; any number of its own

# One row is somebody who holds what a migration waited for, or may: who has been in a transaction for longest.
HOLDERS = """
SELECT pid, usename, extract(epoch FROM clock_timestamp() - xact_start)::int, left(query, 120)
FROM pg_stat_activity WHERE xact_start < clock_timestamp() - interval '1 second' AND pid <> pg_backend_pid()
    AND backend_type = 'client backend' AND datname = current_database()
ORDER BY xact_start LIMIT 3
"""


class Blocked(Exception):
    """A lock that was not to be had, and who has been in a transaction meanwhile."""


def migrate(say: Say, *, tries: int = TRIES, pause: float = PAUSE) -> None:
    """All migrations that are missing, as the owner. Raises Blocked after so many tries; half of one never stays."""
    for attempt in range(1, tries + 1):
        try:
            return _once()
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable | DeadlockDetected):
                raise
            if attempt == tries:
                raise Blocked(f"A migration found a table in use {tries} times.{_holders()}") from error
            say(f"A table is in use; the migration is tried again in {pause:g} s.{_holders()}")
        time.sleep(pause)
    return None


def _once() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [f"{LOCK_WAIT}s"])
        try:
            cursor.execute("SELECT pg_advisory_lock(%s)", [ONE_AT_A_TIME])
            call_command("migrate", interactive=False, verbosity=0)
        finally:
            with suppress(Error):  # of a connection that is lost the server forgets both
                cursor.execute("SELECT pg_advisory_unlock_all()")
                cursor.execute("RESET lock_timeout")


def _holders() -> str:
    with connection.cursor() as cursor:
        cursor.execute(HOLDERS)
        rows = cursor.fetchall()
    return "".join(
        f"\n  process {pid} of {user}, in a transaction for {took} s: {query}" for pid, user, took, query in rows
    )

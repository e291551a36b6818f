"""Whether migrations hold anybody up on many rows: `make bench-migrations`.

Fills an installation, takes the schema back to where it was (`OLD`), and migrates it again as a deploy does, while
somebody reads the tables 50 times a second with the limit of a page, and another one reads in long transactions.
"""

import argparse
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any, Self

import psycopg

# Where the schema is taken back to: what the release before this one has (deploy/PREVIOUS).
OLD = ("analytics.0012", "compliance.0023", "recommendations.0004")
# One row is a table that is reached by its name.
TABLES = """
SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
    AND NOT relispartition ORDER BY relname
"""
ACTS = """
-- One row is an act in the audit trail.
INSERT INTO audit_trail (at, username, key_prefix, act, object_type, object_id, details)
SELECT now(), 'ada', '', 'set', 'retention policy', n::text, '{}' FROM generate_series(1, %(rows)s) AS n
"""
RUNS = """
-- One row is a run of a job.
INSERT INTO marketing_job_runs
    (name, reason, slot, attempt, started_at, finished_at, outcome, rows, runs, error, final)
SELECT 'fold_inbox', '', at, 1, at, at, 'succeeded', 0, 1, '', true
FROM (SELECT now() - n * interval '2 seconds' AS at FROM generate_series(1, %(rows)s) AS n) ticks
"""


@dataclass
class Reader:
    """Reads the tables in turn, on four connections that keep a page's limit; `slowest` in seconds."""

    url: str
    rate: float
    limit: str = "5s"
    answered: int = 0
    slowest: float = 0.0
    failed: list[str] = field(default_factory=list)
    took: list[float] = field(default_factory=list)
    tables: list[str] = field(init=False)
    _over: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __post_init__(self) -> None:
        """The tables that there are now, which are all still there in the end."""
        with psycopg.connect(self.url) as connection:
            self.tables = [name for (name,) in connection.execute(TABLES).fetchall()]

    def __enter__(self) -> Self:
        self._threads = [threading.Thread(target=self._read, args=(4 / self.rate, number)) for number in range(4)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()
        self.answered, self.slowest = len(self.took), max(self.took, default=0.0)

    def _read(self, pause: float, number: int) -> None:
        turns = cycle(self.tables[number:] + self.tables[:number])
        limit = f"-c statement_timeout={self.limit}"
        # Nothing is prepared: of `*`, which no page asks for, a plan would not outlive a new column.
        with psycopg.connect(self.url, autocommit=True, prepare_threshold=None, options=limit) as connection:
            while not self._over.is_set():
                began = time.perf_counter()
                try:
                    connection.execute(f'SELECT * FROM "{next(turns)}" LIMIT 1'.encode()).fetchall()
                except psycopg.Error as error:
                    self.failed.append(f"{type(error).__name__}: {str(error).strip()}")
                self.took.append(time.perf_counter() - began)
                time.sleep(max(0.0, pause - (time.perf_counter() - began)))


def migrate_to(manage: Callable[..., object], names: Iterable[str]) -> None:
    """Each app to the migration of that name, forth or back."""
    for name in names:
        manage("migrate", *name.split("."))


def main() -> None:
    from benchmarks.served import services

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rows", type=int, default=1_000_000, help="events, acts in the audit trail and runs of jobs, of each"
    )
    parser.add_argument("--back-to", nargs="*", default=OLD)
    asked = parser.parse_args()
    with services():
        _measure(asked.rows, asked.back_to)


def _measure(rows: int, old: Iterable[str]) -> None:
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    from benchmarks import year
    from config.database import migrating

    began = time.monotonic()
    events = year.fill(rows)
    with connection.cursor() as cursor:
        cursor.execute(ACTS, {"rows": rows})
        cursor.execute(RUNS, {"rows": rows})
        cursor.execute("ANALYZE")
    say(f"{events:,} events and {rows:,} acts and runs each filled in {time.monotonic() - began:.0f} s")
    migrate_to(lambda *words: call_command(*words, verbosity=0), old)
    url, over = settings.OWNER_DATABASE_URL, threading.Event()
    reader = Reader(url, rate=50)
    long = threading.Thread(target=_long_reader, args=(url, reader.tables, over))
    with reader:
        long.start()
        time.sleep(2)
        began = time.monotonic()
        migrating.migrate(say)
        took = time.monotonic() - began
        time.sleep(2)
    over.set()
    long.join()
    reader.took.sort()
    p99 = reader.took[int(len(reader.took) * 0.99)]
    say(
        f"migrated in {took:.1f} s; {reader.answered} reads, {len(reader.failed)} failed {reader.failed[:3]}, "
        f"p99 {p99 * 1000:.0f} ms, slowest {reader.slowest * 1000:.0f} ms"
    )


def _long_reader(url: str, tables: list[str], over: threading.Event) -> None:
    """Transactions of 5 s, with pauses, that have touched every table."""
    while not over.is_set():
        with psycopg.connect(url) as connection:
            for table in tables:
                connection.execute(f'SELECT * FROM "{table}" LIMIT 1'.encode())
            over.wait(5)
        over.wait(1)


def say(line: Any) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()

"""What it costs that logs show when they are changed: `make bench-audit`.

16 writers of the audit trail, with a sealer beside them and without, in turns; how fast a backlog is sealed and
verified, and in how much memory; and what a look costs that finds nothing, with seven years of months.
"""

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from statistics import median

from benchmarks.served import services
from config import environment

WRITERS = 16
SEAL_EVERY = 1.0  # seconds; its job comes every ten, which is the same work in fewer pieces
BACKLOG = """
INSERT INTO audit_trail (at, username, key_prefix, act, object_type, object_id, details)
SELECT now(), 'ada', '', 'set', 'retention policy', n::text, jsonb_build_object('days', n, 'why', NULL)
FROM generate_series(1, %(rows)s) AS n
"""
YEARS = """
SELECT add_log_month(log, date_trunc('month', now() AT TIME ZONE 'UTC') - make_interval(months => back))
FROM unnest(%(logs)s::text[]) AS log, generate_series(1, 84) AS back
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10, help="of each round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rows", type=int, default=200_000, help="of the backlog")
    parser.add_argument("--seal", action="store_true", help="be the sealer of the data folder in the environment")
    asked = parser.parse_args()
    if asked.seal:
        _seal_for_ever()
    with services():
        _writers(asked.seconds, asked.rounds)
        _backlog(asked.rows)
        _years()


def _writers(seconds: float, rounds: int) -> None:
    alone, beside = [], []
    for _ in range(rounds):
        alone.append(_written(seconds) / seconds)
        with _sealing():
            beside.append(_written(seconds) / seconds)
    ratios = [with_it / without for with_it, without in zip(beside, alone, strict=True)]
    print(
        f"{WRITERS} writers: {median(alone):,.0f} rows/s alone, {median(beside):,.0f} with the sealer, "
        f"{median(ratios):.2f} of it (of {rounds} rounds {min(ratios):.2f} to {max(ratios):.2f})"
    )


def _written(seconds: float) -> int:
    """How many rows the writers write in that time, each row in a transaction of its own."""
    until = time.monotonic() + seconds
    with ThreadPoolExecutor(WRITERS) as threads:
        return sum(threads.map(_write, [until] * WRITERS))


def _write(until: float) -> int:
    from django.db import connection
    from django.utils import timezone

    from compliance import audit

    count = 0
    while time.monotonic() < until:
        audit.note("set", "retention policy", count, None, timezone.now(), days=count, why=None)
        count += 1
    connection.close()
    return count


@contextmanager
def _sealing() -> Iterator[None]:
    sealer = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.audit", "--seal"], cwd=environment.ROOT, stdout=subprocess.PIPE
    )
    try:
        assert sealer.stdout is not None
        sealer.stdout.readline()  # it has started
        yield
    finally:
        sealer.terminate()
        sealer.wait()


def _seal_for_ever() -> None:
    import django

    django.setup()
    from django.utils import timezone

    from compliance.logs import seals

    print("sealing", flush=True)
    while True:
        seals.seal_all(timezone.now())
        time.sleep(SEAL_EVERY)


def _backlog(rows: int) -> None:
    from django.db import connection

    from compliance.logs import seals, verify

    with connection.cursor() as cursor:
        while seals.seal_all(datetime.now(UTC)):
            pass
        cursor.execute(BACKLOG, {"rows": rows})
        cursor.execute("ANALYZE audit_trail")
    began = time.monotonic()
    sealed = seals.seal("audit_trail", datetime.now(UTC), most=rows)
    took = time.monotonic() - began
    print(f"Backlog: {sealed:,} rows sealed in {took:.1f} s, {sealed / took:,.0f} rows/s")
    before, began = _memory(), time.monotonic()
    checked = verify.check_log("audit_trail", datetime.now(UTC) + timedelta(days=1))
    took = time.monotonic() - began
    print(f"Verified: {checked.words} {checked.end.position / took:,.0f} rows/s, {_memory() - before:.0f} MB more")


def _memory() -> float:
    """The most that this process took so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _years() -> None:
    from django.db import connection

    from compliance.logs import months, seals

    with connection.cursor() as cursor:
        cursor.execute(YEARS, {"logs": [*months.LOGS, *months.SEALS]})
    took = []
    for _ in range(20):
        began = time.monotonic()
        seals.seal_all(datetime.now(UTC))
        took.append((time.monotonic() - began) * 1000)
    print(f"A look that finds nothing, three logs of {len(months.parts('audit_trail'))} months: {median(took):.0f} ms")


if __name__ == "__main__":
    main()

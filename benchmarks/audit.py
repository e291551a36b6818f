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
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median, quantiles

import psutil

from benchmarks.served import services
from config import environment

WRITERS = 16
SEAL_EVERY = 10.0  # seconds, as its job comes
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
    parser.add_argument("--seconds", type=float, default=30, help="of each round")
    parser.add_argument("--rounds", type=int, default=3)
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
    """In turns, for the machine may have other work; hence also what each row takes of a processor."""
    alone, beside = [], []
    for _ in range(rounds):
        alone.append(_round(seconds))
        with _sealing():
            beside.append(_round(seconds))
    ratios = [with_it.rows / without.rows for with_it, without in zip(beside, alone, strict=True)]
    for name, done in (("alone", alone), ("with the sealer", beside)):
        rate, p50, p99, work = (median(getattr(one, what) for one in done) for what in ("rows", "p50", "p99", "work"))
        print(
            f"{WRITERS} writers {name}: {rate / seconds:,.0f} rows/s, p50 {p50:.1f} ms, p99 {p99:.1f} ms, "
            f"{work:.2f} ms of a processor each"
        )
    print(f"With it {median(ratios):.2f} of the rows ({rounds} rounds, {min(ratios):.2f} to {max(ratios):.2f})")


@dataclass(frozen=True, slots=True)
class Round:
    """What the writers did: milliseconds of a row, and of a processor for each with all who worked on it."""

    rows: int
    p50: float
    p99: float
    work: float


def _round(seconds: float) -> Round:
    """Each row in a transaction of its own."""
    until, before = time.monotonic() + seconds, _processor()
    with ThreadPoolExecutor(WRITERS) as threads:
        took = [took for one in threads.map(_write, [until] * WRITERS) for took in one]
    parts = quantiles(took, n=100)
    return Round(len(took), parts[49] * 1000, parts[98] * 1000, (_processor() - before) / len(took) * 1000)


def _processor() -> float:
    """Seconds of a processor that this process, PostgreSQL and the sealer have taken, with those that have ended."""
    seconds = 0.0
    for process in (psutil.Process(), *psutil.Process().children(recursive=True)):
        with suppress(psutil.Error):
            seconds += sum(process.cpu_times()[:4])
    return seconds


def _write(until: float) -> list[float]:
    from django.db import connection
    from django.utils import timezone

    from compliance import audit

    took: list[float] = []
    while (began := time.monotonic()) < until:
        audit.note("set", "retention policy", len(took), None, timezone.now(), days=len(took), why=None)
        took.append(time.monotonic() - began)
    connection.close()
    return took


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
    began, worked = time.monotonic(), _processor()
    sealed = seals.seal("audit_trail", datetime.now(UTC), most=rows)
    print(f"Backlog: {sealed:,} rows sealed; {_speed(sealed, began, worked)}")
    memory, began, worked = _memory(), time.monotonic(), _processor()
    checked = verify.check_log("audit_trail", datetime.now(UTC) + timedelta(days=1))
    assert not checked.breaks, checked.words
    speed = _speed(checked.end.position, began, worked)
    print(f"Verified: {checked.end.position:,} rows; {speed}; {_memory() - memory:.0f} MB more")


def _speed(rows: int, began: float, worked: float) -> str:
    took, work = time.monotonic() - began, _processor() - worked
    return f"{rows / took:,.0f} rows/s, {work / rows * 1_000_000:.0f} µs of a processor each"


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

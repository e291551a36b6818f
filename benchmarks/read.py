"""How fast figures are read: `make bench-read`, or `python -m benchmarks.read --events 100000 --seconds 30`.

Everything runs on this machine, the load included. Every figure printed is measured in this run; ratios compare what
was measured in turns.
"""

import argparse
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import product

import psutil

from benchmarks import load
from benchmarks.served import services, serving

RATE, CLIENTS, COLD_CLIENTS, CROWD = 50, 16, 4, 500
TURNS = 9
YEAR = "start=2025-11-01&end=2026-11-01"
EMPTY = f"/api/v1/empty?{YEAR}"
KPI = f"/api/v1/kpi?{YEAR}&compare=previous"
BY_DAY = f"/api/v1/kpi/timeseries?{YEAR}&metrics="
OF_CAMPAIGNS = {  # by campaign
    "details, compared": "/api/v1/campaigns/{}/details?start=2026-06-01&end=2026-08-30&compare=previous",
    "drilldown by day": "/api/v1/campaigns/{}/drilldown?start=2026-06-01&end=2026-08-30",
    "drilldown by hour": "/api/v1/campaigns/{}/drilldown?level=hour",
    "funnel": "/api/v1/funnel?start=2026-06-01&end=2026-08-30&campaign=campaign-{}",
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--events", default="100000,10000000", help="sizes, with commas")
    arguments.add_argument("--seconds", type=float, default=30, help="of each steady load")
    given = arguments.parse_args()
    sizes = given.events.split(",")
    if len(sizes) == 1:
        measure(int(sizes[0]), given.seconds)
        return
    for size in sizes:  # Django is set up once in a process, on one data folder
        again = [sys.executable, "-m", "benchmarks.read", "--events", size, "--seconds", str(given.seconds)]
        subprocess.run(again, check=True)


def measure(events: int, seconds: float) -> None:
    with services():
        from benchmarks import year
        from compliance import api_keys

        started = time.perf_counter()
        kept = year.fill(events)
        print(f"\n{kept:,} events, filled in {time.perf_counter() - started:.0f} s (event by SQL, totals by rebuild)\n")
        _, key = api_keys.create("benchmark", ["kpi:read"])
        print("Load of the machine before: {:.1f}, {:.1f}, {:.1f}\n".format(*os.getloadavg()))
        with serving() as port:
            latencies(port, key, seconds)
            of_campaigns(port, key, seconds)
            of_people(port, seconds)
            rates(port, key, seconds)
            against_raw(port, key)
            crowd(port, key)


def latencies(port: int, key: str, seconds: float) -> None:
    print("| GET /api/v1/kpi | p50 ms | p95 ms | p99 ms | requests | failed |\n|---|---|---|---|---|---|")
    warm = questions()[:20]
    show("cold, 4 clients, distinct questions", load.one_after_another(port, key, questions()[20:], COLD_CLIENTS))
    load.one_after_another(port, key, warm, COLD_CLIENTS)
    show(f"warm, {RATE} requests/s", load.steady(port, key, warm, RATE, seconds))
    show(f"empty view, {RATE} requests/s", load.steady(port, key, [EMPTY], RATE, seconds))
    with redis_frozen():
        load.one_after_another(port, key, warm, COLD_CLIENTS)
        show(f"Redis frozen, {RATE} requests/s", load.steady(port, key, warm, RATE, seconds))
    time.sleep(5)
    show(f"Redis back, {RATE} requests/s", load.steady(port, key, warm, RATE, seconds))


def of_campaigns(port: int, key: str, seconds: float) -> None:
    """Each endpoint of one campaign, asked of distinct ones: cold, then the same again."""
    print("\n| GET | p50 ms | p95 ms | p99 ms | requests | failed |\n|---|---|---|---|---|---|")
    for name, path in OF_CAMPAIGNS.items():
        paths = [path.format(number) for number in range(1, 201)]
        show(f"{name}, cold, {COLD_CLIENTS} clients", load.one_after_another(port, key, paths, COLD_CLIENTS))
        load.one_after_another(port, key, paths[:20], COLD_CLIENTS)
        show(f"{name}, warm, {RATE} requests/s", load.steady(port, key, paths[:20], RATE, seconds / 3))


def of_people(port: int, seconds: float) -> None:
    """A page of a day's contacts, masked; before each answer a row of the log is on disk. Nothing of it is kept."""
    from benchmarks import people

    key = people.open_grants()
    paths = [people.path(number) for number in range(1, 201)]
    show(
        f"drilldown by contact, first time, {COLD_CLIENTS} clients",
        load.one_after_another(port, key, paths, COLD_CLIENTS),
    )
    show(f"drilldown by contact, {RATE} requests/s", load.steady(port, key, paths[:20], RATE, seconds / 3))


def show(name: str, found: load.Latencies) -> None:
    print(f"| {name} | {found.row} |", flush=True)


def questions() -> list[str]:
    """Distinct ones, in an order that is the same each time."""
    days = product(range(0, 300, 15), (7, 28, 60), ("send", "event"), ("none", "previous"))
    found = []
    for first, length, basis, compare in days:
        from benchmarks.year import START

        start = (START + timedelta(days=first)).date()
        end = start + timedelta(days=length)
        found.append(f"/api/v1/kpi?start={start}&end={end}&basis={basis}&compare={compare}")
    random.Random(7).shuffle(found)
    return found


class redis_frozen:  # noqa: N801  reads as a statement
    """The cache's Redis stopped as by SIGSTOP, and going on afterwards."""

    def __enter__(self) -> None:
        self.pids = list(_cache_processes())
        for pid in self.pids:
            os.kill(pid, signal.SIGSTOP)

    def __exit__(self, *_error: object) -> None:
        for pid in self.pids:
            os.kill(pid, signal.SIGCONT)


def _cache_processes() -> Iterator[int]:
    from django.conf import settings

    from config.embedded.valkey import CACHE, Valkey

    process = Valkey(settings.DATA_DIR, "cache", CACHE).find()
    assert process is not None
    yield process.pid


def rates(port: int, key: str, seconds: float) -> None:
    """In turns, for the machine may have other work; hence also what each answer takes of a processor."""
    paths = {"empty view": EMPTY, "warm KPI": KPI, "warm year by day, all metrics": BY_DAY}
    found: dict[str, list[float]] = {name: [] for name in paths}
    for path in paths.values():
        load.one_after_another(port, key, [path], 1)
    work: dict[str, list[float]] = {name: [] for name in paths}
    for _ in range(TURNS):
        for name, path in paths.items():
            before = processor_seconds()
            rate = load.throughput(port, key, path, CLIENTS, seconds / TURNS)
            work[name].append((processor_seconds() - before) / rate / (seconds / TURNS))
            found[name].append(rate)
    print(f"\n| {CLIENTS} clients | answers/s, median of {TURNS} | of the empty view | lowest, highest | CPU each |")
    print("|---|---|---|---|---|")
    for name, each in found.items():
        shares = [mine / empty for mine, empty in zip(each, found["empty view"], strict=True)]
        print(
            f"| {name} | {statistics.median(each):.0f} | {statistics.median(shares):.2f} "
            f"| {min(shares):.2f}, {max(shares):.2f} | {statistics.median(work[name]) * 1000:.1f} ms |",
            flush=True,
        )


def processor_seconds() -> float:
    """What web server, PostgreSQL and Redis have taken of processors so far; the worker and beat are left out."""
    seconds = 0.0
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            if not any("celery" in word for word in process.cmdline()):
                seconds += sum(process.cpu_times()[:2])
    return seconds


def against_raw(port: int, key: str) -> None:
    """The same year by day from the events, and that both say the same."""
    from benchmarks.year import RAW_METRICS, raw_answer

    path = BY_DAY + ",".join(RAW_METRICS)
    times: dict[str, list[float]] = {"raw": [], "warm": []}
    for _ in range(3):
        started = time.perf_counter()
        raw = raw_answer()
        times["raw"].append(time.perf_counter() - started)
    client = load.Client(port, key)  # not before: the server closes one that has idled for seconds
    body = client.get(path)[1]
    for _ in range(50):
        started = time.perf_counter()
        body = client.get(path)[1]
        times["warm"].append(time.perf_counter() - started)
    points = {point["start"]: tuple(point["metrics"].values()) for point in json.loads(body)["points"]}
    assert {f"{day}": tuple(values) for day, *values in raw} == {day: row for day, row in points.items() if any(row)}
    seconds = {name: statistics.median(found) for name, found in times.items()}
    print("\n| a year by day, four metrics | median |\n|---|---|")
    print(f"| from the events, in SQL | {seconds['raw'] * 1000:.0f} ms |")
    print(
        f"| from the API, warm | {seconds['warm'] * 1000:.1f} ms, {seconds['raw'] / seconds['warm']:.0f} times faster |"
    )


def crowd(port: int, key: str) -> None:
    """All ask at the moment when an answer too old to be given has gone stale: how often the totals are read."""
    from django.utils import timezone

    from analytics.changes import changing_figures

    path = KPI + "&metrics=sends"
    load.one_after_another(port, key, [path], 1)
    scans = reads_of_totals()
    load.one_after_another(port, key, [path + ",opens"], 1)
    one = reads_of_totals() - scans
    time.sleep(31)
    with changing_figures(timezone.now()):
        pass
    scans = reads_of_totals()
    found = load.all_at_once(port, key, path, CROWD)
    computed = (reads_of_totals() - scans) / one
    print(f"\n{CROWD} clients at once, answer gone stale: {computed:.1f} computations, {found.failed} failed")
    print(f"p50 {found.percentile(0.5) * 1000:.0f} ms, slowest {found.seconds[-1] * 1000:.0f} ms", flush=True)


def reads_of_totals() -> int:
    from django.db import connection

    time.sleep(11)  # PostgreSQL's counts come when a connection has idled for 10 s
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq_scan + idx_scan FROM pg_stat_user_tables WHERE relname = 'campaign_daily'")
        count: int = cursor.fetchone()[0]
    return count


if __name__ == "__main__":
    main()

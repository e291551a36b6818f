"""How fast events are taken in and counted: `make bench-ingest`, or `python -m benchmarks.ingest --sizes 100000`.

One made-up company's events (`company.py`), everything through the ordinary doors, on this machine, the load included.
Every figure printed is measured in this run.
"""

import argparse
import http.client
import json
import os
import statistics
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

from benchmarks.company import HEADER, Company
from benchmarks.fold_parts import Parts, fold_timed
from benchmarks.served import services, serving

BATCH, REPEATS = 10_000, 7  # of the folds that are timed
POSTED, MOST_POSTED = 1_000, 1_000_000  # events a request, and in all
CLIENTS, SECONDS = 4, 20
TURNS, MOST_COPIED = 3, 1_000_000

SAME_ROWS = f"""
COPY (
    SELECT * FROM event WHERE import_id = (SELECT max(id) FROM import_file) ORDER BY occurred_at LIMIT {MOST_COPIED}
) TO STDOUT
"""
PLAIN = """
DROP TABLE IF EXISTS plain_event;
CREATE TABLE plain_event (LIKE event INCLUDING DEFAULTS);
ALTER TABLE plain_event ADD PRIMARY KEY (contact_id, campaign_id, message, occurred_at, event_id)
"""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--sizes", default="100000,1000000,10000000", help="events kept when folds are timed")
    given = arguments.parse_args()
    sizes = [int(size) for size in given.sizes.split(",")]
    with services() as data_dir:
        print("Load of the machine before: {:.1f}, {:.1f}, {:.1f}\n".format(*os.getloadavg()))
        measure(sizes, data_dir)


def measure(sizes: list[int], folder: Path) -> None:
    from compliance import api_keys

    company = Company(events=round(1.05 * max(sizes)) + MOST_POSTED + len(sizes) * REPEATS * BATCH)
    with (folder / "campaigns.csv").open("w") as file:
        company.write_campaigns(file)
    run("import_campaigns", folder / "campaigns.csv")
    lines, kept, parts = company.lines(), 0, {}
    print("| kept | imported, events/s | plain COPY, rows/s | ratio | 10,000 folded, ms | least | most |")
    print("|---|---|---|---|---|---|---|")
    for size in sizes:
        imported, plain = import_lines(islice(lines, size - kept), folder)
        folds = [fold_batch(list(islice(lines, BATCH))) for _ in range(REPEATS)]
        whole = [1000 * seconds for seconds, _ in folds]
        figures = f"{imported:,.0f} | {plain:,.0f} | {imported / plain:.3f} | {statistics.median(whole):.0f}"
        print(f"| {size:,} | {figures} | {min(whole):.0f} | {max(whole):.0f} |", flush=True)
        parts[size] = [found for _, found in folds]
        kept = size + REPEATS * BATCH
    show_parts(parts)
    _, key = api_keys.create("benchmark", ["events:write"])
    with serving() as port:
        post(lines, port, key)


def import_lines(lines: Iterator[str], folder: Path) -> tuple[float, float]:
    """Events a second: imported and folded; and those rows copied into a table with `event`'s primary key alone."""
    path = folder / "events.csv"
    with path.open("w") as file:
        file.write(HEADER + "\n")
        rows = sum(1 for line in lines if file.write(line + "\n"))
    started = time.perf_counter()
    run("import_events", path)
    seconds = time.perf_counter() - started
    path.unlink()
    return rows / seconds, plain_copy(folder / "plain.txt")


def run(command: str, path: Path) -> None:
    from django.core.management import call_command

    call_command(command, str(path), stdout=sys.stderr)


def plain_copy(path: Path) -> float:
    """Rows a second, by the middle of a few turns."""
    from django.db import connection

    taken = []
    with connection.cursor() as cursor:
        with path.open("wb") as file, cursor.cursor.copy(SAME_ROWS) as copy:
            file.writelines(copy)
        for _ in range(TURNS):
            cursor.execute(PLAIN)
            started = time.perf_counter()
            with path.open("rb") as file, cursor.cursor.copy("COPY plain_event FROM STDIN") as copy:
                while part := file.read(1 << 20):
                    copy.write(part)
            taken.append(cursor.cursor.rowcount / (time.perf_counter() - started))
        cursor.execute("DROP TABLE plain_event")
    path.unlink()
    return statistics.median(taken)


def fold_batch(lines: list[str]) -> tuple[float, Parts]:
    """Take the events in and fold them; the seconds of the fold alone."""
    from django.utils import timezone

    from analytics.ingest.events import record_events

    verdicts = record_events([item(line) for line in lines], source="benchmark", at=timezone.now())
    assert not verdicts.rejected
    return fold_timed()


def item(line: str) -> dict[str, str]:
    """A line of the company's CSV as the API takes it."""
    return {name: cell for name, cell in zip(HEADER.split(","), line.split(","), strict=True) if cell}


def show_parts(found: dict[int, list[Parts]]) -> None:
    """Medians of every part that takes a while, by size."""
    medians = {
        size: {name: 1000 * statistics.median(each.get(name, 0) for each in parts) for part in parts for name in part}
        for size, parts in found.items()
    }
    names = sorted(
        {name for each in medians.values() for name in each}, key=lambda n: -max(m.get(n, 0) for m in medians.values())
    )
    print(
        "\n| part of the fold, ms | "
        + " | ".join(f"{size:,}" for size in medians)
        + " |\n|---|"
        + "---|" * len(medians)
    )
    for name in names:
        if any(each.get(name, 0) >= 1 for each in medians.values()):
            print(f"| {name} | " + " | ".join(f"{each.get(name, 0):.1f}" for each in medians.values()) + " |")
    sys.stdout.flush()


def post(lines: Iterator[str], port: int, key: str) -> None:
    """Clients that post as fast as they are answered; how fast that is, and until everything is counted."""
    from analytics.models import Event, InboxBatch

    bodies = [json.dumps([item(line) for line in islice(lines, POSTED)]).encode() for _ in range(MOST_POSTED // POSTED)]
    before, waiting = Event.objects.count(), iter(bodies)
    started = time.perf_counter()

    def client(_: int) -> int:
        accepted, connection = 0, http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        headers = {"Authorization": f"Api-Key {key}", "Content-Type": "application/json"}
        while time.perf_counter() < started + SECONDS and (body := next(waiting, None)):
            connection.request("POST", "/api/v1/events", body, headers)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 202, answer.status
            accepted += POSTED
        return accepted

    with ThreadPoolExecutor(CLIENTS) as pool:
        accepted = sum(pool.map(client, range(CLIENTS)))
    seconds = time.perf_counter() - started
    while InboxBatch.objects.exists():
        time.sleep(0.05)
    counted = time.perf_counter() - started
    assert Event.objects.count() - before == accepted, "every accepted event is counted"
    print(
        f"\nPOST /api/v1/events, {POSTED:,} at once, {CLIENTS} clients: {accepted:,} accepted in {seconds:.1f} s, "
        f"{accepted / seconds:,.0f} events/s; all counted after {counted:.1f} s, {accepted / counted:,.0f} events/s"
    )


if __name__ == "__main__":
    main()

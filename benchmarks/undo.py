"""How long undoing an import takes: `make bench-undo`, or `python -m benchmarks.undo --kept 800000`.

One made-up company's events, imported as files: first those that stay, then those that are undone, of days and people
that the others know, too. Half of the latter came by another file, too, so they stay.
"""

import argparse
import os
import sys
import time
from itertools import islice
from pathlib import Path

from benchmarks.company import HEADER, Company
from benchmarks.served import services


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--kept", type=int, default=300_000)
    arguments.add_argument("--events", type=int, default=200_000)
    given = arguments.parse_args()
    with services() as folder:
        print("Load of the machine before: {:.1f}, {:.1f}, {:.1f}".format(*os.getloadavg()))
        measure(given.kept, given.events, folder)


def measure(kept: int, events: int, folder: Path) -> None:
    from analytics.models import ImportFile

    company = Company(events=round(1.05 * (kept + events)))
    with (folder / "campaigns.csv").open("w") as file:
        company.write_campaigns(file)
    run("import_campaigns", folder / "campaigns.csv")
    lines = list(islice(company.lines(), kept + events))
    stay: list[str] = []
    go: list[str] = []
    share = events / (kept + events)
    for place, line in enumerate(lines):
        (go if place * share % 1 < share else stay).append(line)
    print(f"{len(stay):,} that stay: {imported(stay, folder):.1f} s")
    print(f"{len(go):,} to be undone: {imported(go, folder):.1f} s", flush=True)
    record = ImportFile.objects.latest("pk")
    print(f"half of them again, all known: {imported(go[: len(go) // 2], folder):.1f} s", flush=True)
    undo(record.pk)


def imported(lines: list[str], folder: Path) -> float:
    path = folder / f"events{len(lines)}.csv"
    path.write_text("\n".join((HEADER, *lines, "")))
    started = time.perf_counter()
    run("import_events", path)
    return time.perf_counter() - started


def run(command: str, path: Path) -> None:
    from django.core.management import call_command

    call_command(command, str(path), stdout=sys.stderr)


def undo(record: int) -> None:
    from django.utils import timezone

    from analytics import undoing, verify
    from analytics.models import Event

    before, started = Event.objects.count(), time.perf_counter()
    longest, last, done = 0.0, started, 0
    for undone in undoing.run(record, timezone.now):
        now = time.perf_counter()
        longest, last, done = max(longest, now - last), now, undone.done
    seconds = time.perf_counter() - started
    gone = before - Event.objects.count()
    print(
        f"undone: {done:,} events in {seconds:.1f} s, {gone:,} gone, the others stay; the longest range {longest:.1f} s"
    )
    print(f"differences found by verify: {len(verify.differences())}")


if __name__ == "__main__":
    main()

"""Whether the doors hold a rate: `make bench-doors`, or `python -m benchmarks.doors --seconds 60 --rate 50`.

Batches of 100 events of a made-up company (`company.py`) from a timetable, each latency counted from when its batch was
due; then everything sent is counted, and the totals are verified. On this machine, the load included.
"""

import argparse
import base64
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks import load
from benchmarks.company import Company
from benchmarks.ingest import item, run
from benchmarks.processors import used
from benchmarks.served import services, serving

BATCH = 100  # events a request
WARM_UP = 3  # seconds, not measured
NAMES = {
    "sent": "Email Sent", "delivered": "Email Delivered", "bounced": "Email Bounced", "opened": "Email Opened",
    "clicked": "Email Link Clicked", "unsubscribed": "Unsubscribed", "converted": "Order Completed",
    "refunded": "Order Refunded",
}  # fmt: skip
IN_SENDGRID = {
    "sent": "processed", "delivered": "delivered", "bounced": "bounce", "opened": "open", "clicked": "click",
    "unsubscribed": "unsubscribe",
}  # fmt: skip


@dataclass(frozen=True)
class Door:
    """`body` makes a batch of the company's items, `rate` is batches a second, `headers` go with each."""

    name: str
    path: str
    body: Callable[[Sequence[dict[str, str]]], Any]
    rate: float
    headers: dict[str, str] = field(default_factory=dict)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=60, help="of each steady load")
    arguments.add_argument("--rate", type=float, default=50, help=f"batches of {BATCH} events a second")
    arguments.add_argument("--doors", default="events,segment,hook", help="which of them")
    given = arguments.parse_args()
    with services() as folder:
        print(
            "CPU each is what a batch took of processors: web server + fold + PostgreSQL for the one + for the other "
            "+ for all else, itself included + all of it.\n"
        )
        measure(given.doors.split(","), given.rate, given.seconds, folder)


def measure(names: Sequence[str], rate: float, seconds: float, folder: Path) -> None:
    from compliance import api_keys

    company = Company(events=round(len(names) * rate * (seconds + WARM_UP) * BATCH * 1.3), end=datetime.now(UTC))
    with (folder / "campaigns.csv").open("w") as file:
        company.write_campaigns(file)
    run("import_campaigns", folder / "campaigns.csv")
    _, key = api_keys.create("benchmark", ["events:write"])
    items, doors = map(item, company.lines()), {door.name: door for door in doors_for(key, rate)}
    with serving() as port:
        print(f"| door, batches of {BATCH} | p50 ms | p95 | p99 | batches | failed | events/s | CPU each, ms | load |")
        print("|---|---|---|---|---|---|---|---|---|")
        for name in names:
            hold(doors[name], items, port, key, seconds, folder)
    verify()


def doors_for(key: str, rate: float) -> Iterator[Door]:
    from django.utils import timezone

    from analytics.hooks import addresses

    yield Door("events", "/api/v1/events", lambda items: {"events": items, "source": "benchmark"}, rate)
    basic = {"Authorization": f"Basic {base64.b64encode(f'{key}:'.encode()).decode()}"}
    yield Door("segment", "/v1/batch", lambda items: {"batch": list(map(message, items))}, rate, basic)
    _, path = addresses.make("benchmark", "sendgrid", "", timezone.now())
    reported = Door("hook", path, lambda items: [report(one) for one in items if one["type"] in IN_SENDGRID], rate / 5)
    yield reported


def message(one: dict[str, str]) -> dict[str, Any]:
    """As Segment's clients write it."""
    properties = {
        "campaign_id": one.get("campaign"), "link_url": one.get("url"), "order_id": one.get("order"),
        "revenue": one.get("amount"), "currency": one.get("currency"),
    }  # fmt: skip
    return {
        "type": "track", "messageId": one["event_id"], "userId": one["contact"], "event": NAMES[one["type"]],
        "timestamp": one["occurred_at"], "properties": {name: text for name, text in properties.items() if text},
        "context": {"library": {"name": "analytics-python", "version": "2.3.4"}, "userAgent": one.get("user_agent")},
        "integrations": {},
    }  # fmt: skip


def report(one: dict[str, str]) -> dict[str, Any]:
    """As SendGrid writes it."""
    return {
        "event": IN_SENDGRID[one["type"]], "email": f"{one['contact']}@example.com", "category": [one["campaign"]],
        "timestamp": int(datetime.fromisoformat(one["occurred_at"]).timestamp()), "sg_event_id": one["event_id"],
        "smtp-id": f"<{one['campaign']}{one['contact']}@example.com>", "useragent": one.get("user_agent", ""),
        "url": one.get("url", ""), "ip": "192.0.2.1",
    }  # fmt: skip


def hold(door: Door, items: Iterator[dict[str, str]], port: int, key: str, seconds: float, folder: Path) -> None:
    """A row of the table. Every batch must be taken, and every event of it counted in the end."""
    from analytics.models import Event, InboxBatch

    batches = [list(islice(items, BATCH)) for _ in range(round(door.rate * (seconds + WARM_UP)))]
    bodies = [json.dumps(door.body(batch)).encode() for batch in batches]
    before, folds, first = Event.objects.count(), folded(), round(door.rate * WARM_UP)

    def call(offset: int) -> Callable[[load.Client, int], int]:
        return lambda client, number: client.post(door.path, bodies[offset + number], door.headers)[0]

    load.on_time(port, key, call(0), door.rate, WARM_UP)
    machine, spent, started = os.getloadavg()[0], used(folder), time.perf_counter()
    found = load.on_time(port, key, call(first), door.rate, seconds)
    took = time.perf_counter() - started
    while InboxBatch.objects.filter(state=InboxBatch.State.WAITING).exists():
        time.sleep(0.05)
    counted = time.perf_counter() - started
    parts = used(folder).since(spent)
    cpu = " + ".join(f"{1000 * one / len(found.seconds):.1f}" for one in (*parts.values(), sum(parts.values())))
    rate = len(found.seconds) * BATCH / took
    print(f"| {door.name} | {found.row} | {rate:,.0f} | {cpu} | {machine:.1f} |", flush=True)
    sent = sum(one["type"] in IN_SENDGRID or door.name != "hook" for batch in batches for one in batch)
    kept = Event.objects.count() - before
    counts = f"{sent:,} sent, {kept:,} counted by {folded() - folds} runs of the fold"
    print(f"{'':4}{counts}, the last {counted - took:.1f} s after the load", flush=True)
    assert kept == sent or found.failed, (kept, sent)


def folded() -> int:
    """How many runs of the fold have found something to do."""
    from compliance.jobs import DONE
    from compliance.models import JobRun

    return JobRun.objects.filter(name="fold_inbox", outcome=DONE).count()


def verify() -> None:
    from django.core.management import call_command

    call_command("verify_totals")


if __name__ == "__main__":
    main()

"""Whether Segment's own clients deliver all while the web process is restarted: `make bench-flush`.

A real client is told of 100,000 mail events and flushes; after a third of them the web server is ended by SIGTERM,
after two thirds by SIGKILL, and `manage.py serve` starts it again. Then every event must be there once.
"""

import argparse
import json
import logging
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from benchmarks.served import services, serving
from config.embedded import processes

CALLS = 100_000
CAMPAIGNS, PEOPLE = 20, 5_000
NODE_CLIENT = "@segment/analytics-node@3.1.0"
RESTARTS = ((1 / 3, signal.SIGTERM), (2 / 3, signal.SIGKILL))
NODE = """
const { Analytics } = require("@segment/analytics-node");
const [host, writeKey, calls, campaigns, people] = process.argv.slice(2);
const analytics = new Analytics({ host, writeKey, maxEventsInBatch: 100 });
let waiting = 0, failed = 0, tries = 0;
analytics.on("error", () => { failed += 1; });
analytics.on("http_request", () => { tries += 1; });
const told = () => { waiting -= 1; };
const pause = () => new Promise((resolve) => setTimeout(resolve, 5));
(async () => {
  for (let number = 0; number < Number(calls); number += 1) {
    while (waiting >= 2000) await pause();
    waiting += 1;
    analytics.track({
      userId: `u${number % people}`, event: "Email Opened",
      properties: { campaign_id: `c${number % campaigns}`, email_id: `e${Math.floor(number / people)}` },
    }, told);
  }
  await analytics.closeAndFlush();
  while (waiting > 0) await pause();
  console.log(JSON.stringify({ failed, tries }));
})();
"""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--clients", default="python,node", help="which of them")
    arguments.add_argument("--calls", type=int, default=CALLS)
    given = arguments.parse_args()
    clients: dict[str, Callable[[str, str, int], str]] = {"python": by_python, "node": by_node}
    for name in given.clients.split(","):
        if name == "node" and not (shutil.which("node") and shutil.which("npm")):
            print("node: left out, there is none here")
            continue
        with services() as folder:
            measure(name, clients[name], given.calls, folder)


def measure(name: str, flush: Callable[[str, str, int], str], calls: int, folder: Path) -> None:
    from django.core.management import call_command

    from analytics.models import DeadLetterRow, Event, InboxBatch
    from compliance import api_keys

    _, key = api_keys.create("benchmark", ["events:write"])
    with serving() as port:
        over = threading.Event()
        restarts = threading.Thread(target=restart, args=(folder, calls, over))
        restarts.start()
        started = time.perf_counter()
        told = flush(f"http://127.0.0.1:{port}", key, calls)
        seconds = time.perf_counter() - started
        over.set()
        restarts.join()
        while InboxBatch.objects.filter(state=InboxBatch.State.WAITING).exists():
            time.sleep(0.1)
        kept, apart = Event.objects.count(), DeadLetterRow.objects.count()
        print(f"{name}: {calls:,} calls flushed in {seconds:.0f} s; {told}; {kept:,} events, {apart} set apart")
    assert (kept, apart) == (calls, 0)
    call_command("verify_totals")


def restart(folder: Path, calls: int, over: threading.Event) -> None:
    """End the web server twice, as events arrive; whoever serves starts it again."""
    from django.db import connection

    for share, number in RESTARTS:
        while arrived() < share * calls and not over.wait(0.05):
            continue
        ours = processes.marked(folder, "web")
        heads = [one for one in ours if one.ppid() not in {other.pid for other in ours}]
        for one in heads if number == signal.SIGTERM else ours:
            one.send_signal(number)
        began = time.perf_counter()
        psutil.wait_procs(ours, timeout=30)
        while not set(processes.marked(folder, "web")) - set(ours) and not over.wait(0.05):
            continue
        print(f"{number.name} after {arrived():,} events, started again {time.perf_counter() - began:.1f} s later")
    connection.close()


def arrived() -> int:
    """How many events were accepted, whether counted or not."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT (SELECT count(*) FROM event) + (SELECT coalesce(sum(rows), 0) FROM inbox)")
        return int(cursor.fetchone()[0])


def by_python(host: str, key: str, calls: int) -> str:
    """As the client comes, but for the length of its queue: it drops what it is told beyond 10,000."""
    from segment.analytics.client import Client

    tried_again = Count()
    logging.getLogger("backoff").addHandler(tried_again)
    failed: list[object] = []
    client = Client(key, host=host, max_queue_size=calls, on_error=lambda error, _: failed.append(error))
    for number in range(calls):
        properties = {"campaign_id": f"c{number % CAMPAIGNS}", "email_id": f"e{number // PEOPLE}"}
        taken, _ = client.track(f"u{number % PEOPLE}", "Email Opened", properties)
        assert taken
    client.flush()
    client.join()
    return f"{tried_again.seen} tries again, {len(failed)} batches given up"


class Count(logging.Handler):
    """How often the client waited to try again."""

    seen = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.seen += 1


def by_node(host: str, key: str, calls: int) -> str:
    with tempfile.TemporaryDirectory() as folder:
        npm = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", NODE_CLIENT]
        subprocess.run(npm, cwd=folder, check=True, stdout=sys.stderr)
        (Path(folder) / "flush.js").write_text(NODE)
        words = ["node", "flush.js", host, key, str(calls), str(CAMPAIGNS), str(PEOPLE)]
        told = json.loads(subprocess.run(words, cwd=folder, check=True, capture_output=True, text=True).stdout)
    return f"{told['tries']:,} requests, {told['failed']} errors"


if __name__ == "__main__":
    main()

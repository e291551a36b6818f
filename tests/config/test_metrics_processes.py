"""What several processes count is added up, whoever of them is killed; and what they write, as they serve together."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from config import environment
from config.metrics import processes
from config.metrics.series import SERIES
from tests.fire.site import Site, eventually, installation
from tests.fire.test_kills import event

REQUESTS = "django_http_requests_latency_seconds_by_view_method_count"
COUNTS = """
import os, sys
from config.metrics import processes
processes.install()
from prometheus_client import Counter
counted = Counter("counted", "What was counted.")
counted.inc(int(sys.argv[1]))
if len(sys.argv) > 2 and os.fork() == 0:
    counted.inc(int(sys.argv[2]))
os.write(1, b"counted\\n")
sys.stdin.read()
"""


class Counting:
    """Processes that count into a folder, and then wait to be ended."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: list[subprocess.Popen[str]] = []

    def start(self, *amounts: int) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-c", COUNTS, *map(str, amounts)],
            cwd=environment.ROOT,
            env=os.environ | {processes.VARIABLE: str(self.folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert process.stdout
        for _ in amounts:
            assert process.stdout.readline() == "counted\n"
        self.running.append(process)
        return process

    def kill(self) -> None:
        for process in self.running:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
        self.running.clear()

    @property
    def files(self) -> set[str]:
        return {file.name for file in self.folder.iterdir()}


@pytest.fixture
def counting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counting]:
    monkeypatch.setenv(processes.VARIABLE, str(tmp_path / "counts"))
    counting = Counting(tmp_path / "counts")
    yield counting
    counting.kill()


def counted() -> float:
    text = generate_latest(processes.registry()).decode()
    return next(one.value for family in text_string_to_metric_families(text) for one in family.samples)


def test_those_of_all_processes_are_added_up_also_of_those_that_were_forked_off(counting: Counting) -> None:
    counting.start(3)
    counting.start(10, 200)
    assert counted() == 213
    assert len({name for name in counting.files if name.startswith("counter_")}) == 3


def test_killed_processes_lose_nothing_and_leave_their_place_to_the_next(counting: Counting) -> None:
    for _ in range(4):
        counting.start(1, 10)
        counting.start(100)
        counting.kill()
    assert counted() == 444
    assert counting.files == {f"{kind}_{n}.db" for kind in processes.KINDS for n in (1, 2, 3)} | {
        f"{n}.lock" for n in (1, 2, 3)
    }


def test_where_the_folder_cannot_be_written_a_process_counts_for_itself(tmp_path: Path) -> None:
    (tmp_path / "counts").write_text("a file")
    counting = Counting(tmp_path / "counts")
    counting.start(1)
    counting.kill()


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with installation(extra={"LOG_FORMAT": "json"}) as site:
        yield site


def scrape(site: Site) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    answer = site.ask("GET", "/metrics", headers={"Authorization": f"Bearer {site.key}"})
    assert answer.status == 200, answer.text
    families = text_string_to_metric_families(answer.text)
    return {(one.name, frozenset(one.labels.items())): one.value for family in families for one in family.samples}


def asked_for(site: Site, view: str) -> float:
    return scrape(site)[REQUESTS, frozenset({("view", view), ("method", "GET")})]


def kpi(site: Site, times: int) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: site.ask("GET", "/api/v1/kpi?metrics=sends").status, range(times)))
    assert set(answers) == {200}


def test_both_web_processes_are_counted_and_one_that_is_killed_stays_counted(site: Site) -> None:
    before = asked_for(site, "api-kpi")
    kpi(site, 40)
    assert {asked_for(site, "api-kpi") for _ in range(6)} == {before + 40}
    _head, workers = site.program("web")
    workers[0].send_signal(signal.SIGKILL)
    eventually(lambda: asked_for(site, "api-kpi") == before + 40, seconds=5)
    eventually(lambda: len(site.program("web")[1]) == len(workers), seconds=10)
    kpi(site, 10)
    assert asked_for(site, "api-kpi") == before + 50


def test_every_series_is_there_from_the_first_scrape_and_jobs_and_events_are_counted(site: Site) -> None:
    names = {name for name, _labels in scrape(site)}
    assert {f"{one.name}_count" if one.kind == "histogram" else one.name for one in SERIES} <= names
    luck = random.Random(3)
    assert site.ask("POST", "/api/v1/events", [event(luck, f"m-{number}") for number in range(20)]).status == 202

    def counted() -> bool:
        samples = scrape(site)
        done = samples["marketing_job_runs_total", frozenset({("job", "fold_inbox"), ("outcome", "done")})]
        return samples["marketing_event_visible_seconds_count", frozenset()] == 20 and done >= 1

    eventually(counted, seconds=20)
    beats = {program: age(site, program) for program in ("worker", "fold", "beat")}
    assert all(one < 120 for one in beats.values()), beats


def age(site: Site, program: str) -> float:
    eventually(lambda: heartbeat(site, program) < 120, seconds=30)
    return heartbeat(site, program)


def heartbeat(site: Site, program: str) -> float:
    return scrape(site)["marketing_heartbeat_age_seconds", frozenset({("program", program)})]


def test_there_are_as_many_files_as_processes_and_they_do_not_grow(site: Site) -> None:
    folder = site.data_dir / "metrics"
    numbers = {re.sub(r"\D", "", file.name) for file in folder.iterdir()}
    assert len(numbers) <= 10
    assert {file.stat().st_size for file in folder.glob("*.db")} == {processes.SIZE}


def test_a_scrape_takes_a_moment(site: Site) -> None:
    began = time.monotonic()
    for _ in range(5):
        scrape(site)
    assert (time.monotonic() - began) / 5 < 1


def lines(site: Site) -> list[dict[str, Any]]:
    return [json.loads(line) for line in site.output.read_text().splitlines() if line.startswith("{")]


def test_each_line_of_each_program_is_one_object(site: Site) -> None:
    """The others are those of `serve` itself, which is no program: where it is served, and what it started again."""
    site.ask("GET", "/nowhere/canary@example.com")
    site.ask("POST", "/api/v1/events", [{"event_id": "canary@example.com", "type": "no such"}])
    found = lines(site)
    assert {frozenset({"time", "level", "logger", "message"}) <= set(line) for line in found} == {True}
    assert {"compliance.logs.requests", "compliance.jobs", "_granian"} <= {line["logger"] for line in found}
    others = [line for line in site.output.read_text().splitlines() if not line.startswith("{")]
    said = r"|  http://\S+|  user admin, password \S+|\w+ had died and is started again.*|Stopping …|Stopped\."
    assert [line for line in others if not re.fullmatch(said, line)] == []
    assert "canary" not in site.output.read_text()


def test_the_id_of_a_request_is_that_of_the_job_that_it_starts_and_of_its_statements(site: Site) -> None:
    given = uuid4().hex
    assert site.ask("POST", "/api/v1/jobs/refresh_views/run", headers={"X-Request-ID": given}).status == 202

    def ended() -> bool:
        runs = site.query("SELECT name, outcome FROM marketing_job_runs WHERE request_id = %s", given)
        return runs in ([("refresh_views", "done")], [("refresh_views", "nothing to do")])

    eventually(ended, seconds=30)
    of_it = {line["logger"]: line for line in lines(site) if line.get("request_id") == given}
    assert of_it["compliance.logs.requests"]["route"] == "api-job-start"
    assert of_it["compliance.jobs"]["job"] == "refresh_views"
    for of in ("/* request_id=%,route=api-%", "/* job=%"):
        eventually(lambda of=of: at_work(site, of), seconds=10)  # type: ignore[misc]


def at_work(site: Site, pattern: str) -> bool:
    """Whether a connection's last statement begins so; those of others are for superusers to see."""
    with site.postgres.as_superuser() as connection:
        begun = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE query LIKE %s)"
        return connection.execute(begun, [pattern]).fetchone() == (True,)

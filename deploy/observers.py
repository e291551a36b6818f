"""A Prometheus and an Alertmanager beside one installation, with the rules and routes of this folder, for a while."""

import http.server
import json
import os
import re
import shutil
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
PROMETHEUS, ALERTMANAGER = "prometheus", "prometheus-alertmanager"  # as Debian calls them
SCRAPES = "5s"
FIRST = 300  # seconds that a program may take to answer, or an installation to count, on a busy machine
HASTENED = ("DataStale", "EventsWait", "QueueBackedUp")  # others go by what happens every minute, however short a drill
LINES = re.compile(r"(?P<before>marketing_\w+_seconds\) > )(?P<seconds>\d+)")


class NoAnswer(Exception):
    """A program did not begin to answer."""


@dataclass(frozen=True, slots=True)
class Told:
    """An alert as Alertmanager told a receiver."""

    receiver: str
    status: str  # firing or resolved
    alert: str
    labels: dict[str, str]


@dataclass
class Listener:
    """The receivers of the drill: one server, whose path is the receiver's name."""

    port: int
    told: list[Told] = field(default_factory=list)

    @contextmanager
    def listening(self) -> Iterator[None]:
        told = self.told

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                told.extend(
                    Told(self.path.strip("/"), one["status"], one["labels"]["alertname"], one["labels"])
                    for one in body["alerts"]
                )
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        with http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            try:
                yield
            finally:
                server.shutdown()


@dataclass(frozen=True, slots=True)
class Observers:
    """Both at work; `folder` holds their files."""

    folder: Path
    prometheus: str  # addresses
    alertmanager: str
    listener: Listener

    def alerts(self) -> dict[tuple[str, str], str]:
        """What is pending or firing, by the alert's name and what tells it from others of that name."""
        found = ask(f"{self.prometheus}/api/v1/alerts")["data"]["alerts"]
        return {(one["labels"]["alertname"], which(one["labels"])): one["state"] for one in found}

    def healthy(self) -> bool:
        """Whether Prometheus has scraped the installation."""
        found = ask(f"{self.prometheus}/api/v1/targets")["data"]["activeTargets"]
        return bool(found) and all(target["health"] == "up" for target in found)


def which(labels: dict[str, str]) -> str:
    told = {"alertname", "severity", "team", "instance", "job"}
    return ", ".join(value for name, value in sorted(labels.items()) if name not in told)


@contextmanager
def observing(folder: Path, target: str, key: str, faster: int) -> Iterator[Observers]:
    """Both beside the installation at `target` (host:port), which they are shown `key` by. Raises NoAnswer."""
    ports = free_port(), free_port(), free_port()
    listener = Listener(ports[2])
    write_prometheus(folder / "prometheus", target, key, f"127.0.0.1:{ports[1]}", faster)
    write_alertmanager(folder / "alertmanager.yml", f"http://127.0.0.1:{listener.port}")
    commands = (
        (
            *(PROMETHEUS, f"--config.file={folder / 'prometheus' / 'prometheus.yml'}", "--log.level=warn"),
            *(f"--storage.tsdb.path={folder / 'series'}", f"--web.listen-address=127.0.0.1:{ports[0]}"),
        ),
        (
            *(ALERTMANAGER, f"--config.file={folder / 'alertmanager.yml'}", "--log.level=warn"),
            *(f"--storage.path={folder / 'silences'}", f"--web.listen-address=127.0.0.1:{ports[1]}"),
            "--cluster.listen-address=",
        ),
    )
    with ExitStack() as until_the_end:
        until_the_end.enter_context(listener.listening())
        for command, port in zip(commands, ports, strict=False):
            until_the_end.enter_context(running(command, folder / f"{command[0]}.log"))
            until(partial(answers, f"http://127.0.0.1:{port}/-/ready"), FIRST, f"{command[0]} to answer")
        yield Observers(folder, f"http://127.0.0.1:{ports[0]}", f"http://127.0.0.1:{ports[1]}", listener)


@contextmanager
def running(
    command: tuple[str, ...], log: Path, environ: Mapping[str, str] = os.environ
) -> Iterator["subprocess.Popen[bytes]"]:
    """A program until the end of the block, in a session of its own, which Ctrl-C does not reach."""
    with log.open("ab") as output:
        program = subprocess.Popen(command, stdout=output, stderr=output, env=environ, start_new_session=True)
        try:
            yield program
        finally:
            program.terminate()
            program.wait(timeout=180)


def write_prometheus(folder: Path, target: str, key: str, alertmanager: str, faster: int) -> None:
    """Copy our configuration; other are the addresses, how often it looks, and durations if it is to go faster."""
    shutil.copytree(HERE / "prometheus", folder)
    secret = folder / "metrics.key"
    secret.touch(0o600)
    secret.write_text(key)
    (folder / "targets.yml").write_text(yaml.safe_dump([{"targets": [target]}]))
    file = folder / "prometheus.yml"
    given = yaml.safe_load(file.read_text())
    given["global"] |= {"scrape_interval": SCRAPES, "evaluation_interval": SCRAPES}
    given["alerting"]["alertmanagers"] = [{"static_configs": [{"targets": [alertmanager]}]}]
    file.write_text(yaml.safe_dump(given, sort_keys=False))
    for rules in (folder / "rules").glob("*.yml"):
        rules.write_text(hastened(rules.read_text(), faster, HASTENED))


def hastened(rules: str, faster: int, alerts: Collection[str]) -> str:
    """The same rules, where `for` and limits in seconds of these alerts are divided; counts, rates and windows stay."""
    given = yaml.safe_load(rules)
    for rule in (rule for group in given["groups"] for rule in group["rules"] if rule.get("alert") in alerts):
        rule["expr"] = LINES.sub(lambda found: f"{found['before']}{int(found['seconds']) / faster:g}", rule["expr"])
        rule["for"] = f"{max(1, seconds(rule['for']) // faster)}s"
    return yaml.safe_dump(given, sort_keys=False)


def seconds(duration: str) -> int:
    return int(duration[:-1]) * {"s": 1, "m": 60, "h": 3600}[duration[-1]]


def write_alertmanager(file: Path, listener: str) -> None:
    """Our routes and inhibitions; every receiver is the drill's listener, and nothing is put off for long."""
    given = yaml.safe_load((HERE / "alertmanager.yml").read_text())
    for receiver in given["receivers"]:
        name = receiver["name"]
        receiver.clear()
        receiver |= {"name": name, "webhook_configs": [{"url": f"{listener}/{name}", "send_resolved": True}]}
    for route in (given["route"], *given["route"]["routes"]):
        route |= {"group_wait": "1s", "group_interval": "5s"}
    file.write_text(yaml.safe_dump(given, sort_keys=False))


def until(holds: Callable[[], bool], patience: float, what: str) -> None:
    """Look every half second. Raises NoAnswer."""
    give_up = time.monotonic() + patience
    while not holds():
        if time.monotonic() > give_up:
            raise NoAnswer(f"waited {patience:.0f} s for {what}")
        time.sleep(0.5)


def ask(url: str, key: str = "", body: object = None) -> Any:
    """GET, or POST of a `body`, as JSON. Raises OSError."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Api-Key {key}"} if key else {})
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers)  # noqa: S310
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        return json.load(answer)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except OSError:
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

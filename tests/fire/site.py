"""A whole installation in a temporary folder: served, written to, killed in parts, and asked afterwards."""

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg

from config import environment
from config.embedded import Stack, processes
from config.embedded.postgres import Postgres
from tests.config.services import PREFIX, delete

PATIENCE = 3
VISIBILITY, STATEMENT = 2, 3  # seconds, of the site that tests share
GIVEN = ("DATABASE_URL", "REDIS_URL", "BROKER_URL", "CACHE_URL")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@dataclass
class Site:
    """`manage.py serve` of one data folder on one port, with a key for its API."""

    data_dir: Path
    port: int
    extra: dict[str, str] = field(default_factory=dict)
    key: str = ""
    code: Path = environment.ROOT
    serve: "subprocess.Popen[bytes] | None" = None

    @property
    def environ(self) -> dict[str, str]:
        variables = {name: value for name, value in os.environ.items() if name not in GIVEN}
        ours = {"DATA_DIR": str(self.data_dir), "PORT": str(self.port), "DEMO": "off", "STATIC_MANIFEST": "off"}
        return variables | ours | self.extra

    @property
    def postgres(self) -> Postgres:
        """The embedded one."""
        return Postgres(self.data_dir)

    @property
    def database_url(self) -> str:
        return self.extra.get("DATABASE_URL") or self.postgres.url

    @property
    def output(self) -> Path:
        return self.data_dir / "terminal"

    def start(self) -> None:
        """Up to the first page."""
        with self.output.open("ab") as terminal:
            self.serve = subprocess.Popen(
                [sys.executable, "manage.py", "serve"],
                cwd=self.code,
                env=self.environ,
                stdout=terminal,
                stderr=terminal,
                start_new_session=True,
            )
        eventually(lambda: "http://" in self.output.read_text() or not self.serving(), seconds=60)
        assert self.serving(), self.output.read_text()

    def serving(self) -> bool:
        return self.serve is not None and self.serve.poll() is None

    def stop(self) -> None:
        if self.serve is not None and self.serving():
            self.serve.send_signal(signal.SIGTERM)
            self.serve.wait(timeout=180)

    def command(self, *words: str) -> "subprocess.Popen[str]":
        """A `manage.py` command beside it, as a child that may be killed."""
        return subprocess.Popen(
            [sys.executable, "manage.py", *words],
            cwd=self.code,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *words: str) -> str:
        """A command that must succeed; what it printed."""
        command = self.command(*words)
        printed, _ = command.communicate(timeout=300)
        assert command.returncode == 0, printed
        return printed

    def make_key(self) -> None:
        self.key = self.run("create_api_key", "fire", "--scopes", "all").split()[-1]

    def ask(
        self, method: str, path: str, body: object = None, *, timeout: float = 60, headers: dict[str, str] | None = None
    ) -> Answer:
        """One request on a connection of its own; raises OSError or HTTPException when nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            given = {"Content-Type": "application/json"} | (
                {"Authorization": f"Api-Key {self.key}"} if self.key else {}
            )
            connection.request(method, path, None if body is None else json.dumps(body), given | (headers or {}))
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read().decode())
        finally:
            connection.close()

    def query(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database_url, autocommit=True, connect_timeout=5) as connection:
            cursor = connection.execute(sql, parameters)
            return cursor.fetchall() if cursor.description else []

    def program(self, name: str) -> tuple[list[psutil.Process], list[psutil.Process]]:
        """The processes of one program: its head, a child of the server, and what that started in turn."""
        ours = processes.marked(self.data_dir, name)
        assert self.serve is not None
        heads = [process for process in ours if process.ppid() == self.serve.pid]
        return heads, [process for process in ours if process not in heads]

    def redis(self, name: str) -> list[psutil.Process]:
        return processes.servers_in(self.data_dir / name)

    def backends(self) -> list[psutil.Process]:
        """PostgreSQL's processes, the postmaster first."""
        return sorted(processes.servers_in(self.postgres.home), key=_is_backend)

    def leftovers(self) -> list[str]:
        found = processes.marked(self.data_dir) + processes.servers_in(self.data_dir)
        return [" ".join(process.cmdline()) for process in found if processes.alive(process)]


@contextmanager
def installation(place: Path | None = None, extra: dict[str, str] | None = None) -> Iterator[Site]:
    """A site that is served, with its key and the campaigns `c0` to `c4`; gone afterwards with all it started."""
    data_dir = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
    data_dir.chmod(0o711 if os.geteuid() == 0 else 0o700)
    site = Site(data_dir, free_port(), extra or {})
    try:
        site.start()
        site.make_key()
        campaigns = [{"campaign": f"c{number}", "channel": "email"} for number in range(5)]
        assert site.ask("POST", "/api/v1/campaigns", campaigns).status == 201
        yield site
    finally:
        site.stop()
        delete(Stack.of(data_dir))


def free_port() -> int:
    """Below those of connections and of our services, one of which could have it before the site is started again."""
    while True:
        port = random.SystemRandom().randrange(10_000, 20_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def eventually(holds: Callable[[], bool], *, seconds: float, what: str | Callable[[], str] = "") -> None:
    """Wait until it holds; what raises for want of a connection does not hold yet. A busy machine is given longer.

    `what` is said when it never does: what was waited for, or what there is instead.
    """
    end = time.monotonic() + PATIENCE * seconds
    while time.monotonic() < end:
        try:
            if holds():
                return
        except (OSError, ValueError, http.client.HTTPException, psycopg.OperationalError):
            pass
        time.sleep(0.1)
    said = what() if callable(what) else what
    raise AssertionError(f"not within {PATIENCE * seconds} s: {said or holds}")


def _is_backend(process: psutil.Process) -> bool:
    """What has ended meanwhile was one, for the postmaster does not end by itself."""
    try:
        return process.cmdline()[0].startswith("postgres:")
    except (psutil.Error, IndexError):
        return True

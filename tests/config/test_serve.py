"""`make run` as somebody at a terminal has it: from the first start to an empty process table."""

import http.client
import os
import re
import signal
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from config import environment, secrets
from config.embedded import Stack, processes
from config.embedded.owner import OWNER
from config.embedded.postgres import Postgres
from tests.config.services import PREFIX, delete
from tests.fire.site import eventually, free_port

GIVEN = ("DATABASE_URL", "REDIS_URL", "BROKER_URL", "CACHE_URL", "STATIC_MANIFEST")


@dataclass
class Installation:
    """A data folder and the port that it is served on."""

    data_dir: Path
    port: int
    runs: "list[Run]" = field(default_factory=list)

    def run(self) -> "Run":
        variables = {name: value for name, value in os.environ.items() if name not in GIVEN}
        output = self.data_dir / f"terminal.{len(self.runs)}"
        with output.open("w") as terminal:
            make = subprocess.Popen(
                ["make", "--silent", "run"],
                cwd=environment.ROOT,
                env=variables | {"DATA_DIR": str(self.data_dir), "PORT": str(self.port), "DEMO": "off"},
                stdout=terminal,
                stderr=terminal,
                start_new_session=True,
            )
        self.runs.append(Run(self, make, output))
        return self.runs[-1]

    def leftovers(self) -> list[str]:
        found = processes.marked(self.data_dir) + processes.servers_in(self.data_dir)
        return [" ".join(process.cmdline()) for process in found if processes.alive(process)]


@dataclass
class Run:
    installation: Installation
    make: "subprocess.Popen[bytes]"
    output: Path

    def wait_for_page(self) -> None:
        """The address is printed once the page answers."""
        while "http://" not in self.output.read_text():
            assert self.make.poll() is None, self.output.read_text()
            time.sleep(0.05)
        assert self.status("/") == 302

    def status(self, path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.installation.port, timeout=60)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        finally:
            connection.close()

    def end(self, number: signal.Signals, times: int = 1) -> str:
        """Send the signal to all of the terminal's job, as Ctrl-C does; what had been printed."""
        for _ in range(times):
            os.killpg(self.make.pid, number)
            time.sleep(0.0005)
        self.make.wait(timeout=180)
        return self.output.read_text()


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    data_dir = Path(tempfile.mkdtemp(prefix=PREFIX))
    data_dir.chmod(0o711)
    installation = Installation(data_dir, free_port())
    yield installation
    for run in installation.runs:
        if run.make.poll() is None:
            run.end(signal.SIGKILL)
    delete(Stack.of(data_dir))


def test_the_first_start_answers_prints_a_password_and_ctrl_c_leaves_nothing(installation: Installation) -> None:
    run = installation.run()
    run.wait_for_page()
    assert run.status("/admin/login/") == 200
    time.sleep(1)
    printed = run.end(signal.SIGINT)
    assert f"http://127.0.0.1:{installation.port}/" in printed
    password = re.search(r"user admin, password (\S+)", printed)
    assert password is not None
    assert password[1] == secrets.read(installation.data_dir, "ADMIN_PASSWORD")
    assert installation.leftovers() == []


def test_after_kill_9_of_everything_at_hand_the_next_start_recovers(installation: Installation) -> None:
    run = installation.run()
    run.wait_for_page()
    run.end(signal.SIGKILL)  # make and the runner; web server, worker, beat and services are orphans now
    assert installation.leftovers() != []
    again = installation.run()
    again.wait_for_page()
    again.end(signal.SIGTERM, times=20)  # a terminal, make and a service manager may all send it
    assert installation.leftovers() == []


def test_the_web_server_logs_in_as_a_role_that_owns_nothing_and_the_others_as_the_owner(
    installation: Installation,
) -> None:
    run = installation.run()
    run.wait_for_page()
    wanted = {"web": {"marketing_web"}, "others": {OWNER}}
    assert run.status("/api/v1/health") == 200
    eventually(lambda: roles_at_work(installation) == wanted, seconds=30, what=lambda: str(roles_at_work(installation)))
    assert "WEB_DATABASE_URL" not in run.output.read_text()
    run.end(signal.SIGINT)


def roles_at_work(installation: Installation) -> dict[str, set[str]]:
    """The roles of those connected, by whether the process at the other end belongs to the web server."""
    web = {process.pid for process in processes.marked(installation.data_dir, "web")}
    with Postgres(installation.data_dir).as_superuser() as connection:
        clients = connection.execute(
            "SELECT usename, client_port FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND client_port > 0"
        ).fetchall()
    found: dict[str, set[str]] = defaultdict(set)
    ports = {
        used.laddr.port: process.pid
        for process in processes.marked(installation.data_dir)
        for used in process.net_connections()
    }
    for role, port in clients:
        if port in ports:
            found["web" if ports[port] in web else "others"].add(role)
    return dict(found)


def test_a_command_beside_it_uses_the_same_services_and_leaves_them_running(installation: Installation) -> None:
    run = installation.run()
    run.wait_for_page()
    command = [".venv/bin/python", "manage.py", "migrate", "--check"]
    variables = os.environ | {"DATA_DIR": str(installation.data_dir)}
    beside = subprocess.run(command, cwd=environment.ROOT, env=variables, check=False, capture_output=True, text=True)
    assert (beside.returncode, beside.stderr) == (0, "")
    assert run.status("/admin/login/") == 200
    run.end(signal.SIGINT)
    assert installation.leftovers() == []

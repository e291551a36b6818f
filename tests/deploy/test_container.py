"""What a container does, done by hand: another user, code that cannot be written, services from outside."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from config import environment, secrets
from config.database import logins
from tests.deploy.machine import CODE, servers
from tests.deploy.test_image import steps
from tests.fire.site import eventually, free_port

NOBODY = 65_534
# May read, for the interpreter may lie in root's own folder, and write nowhere but where nobody may.
AS_NOBODY = (
    *("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--no-new-privs"),
    *(f"--{kind}=-all,+dac_read_search" for kind in ("inh-caps", "ambient-caps", "bounding-set")),
)
SECRETS = ("SECRET_KEY", "IDENTITY_KEYS", "HASH_KEY", "POSTGRES_WEB_PASSWORD", "ADMIN_PASSWORD")


@dataclass(frozen=True)
class Container:
    """`app` holds the code, `data` may be written; `variables` are all that a program sees."""

    app: Path
    data: Path
    variables: dict[str, str]

    def start(self, *command: str, **more: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [*AS_NOBODY, sys.executable, *command],
            cwd=self.app,
            env=self.variables | more,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *command: str, **more: str) -> str:
        started = self.start(*command, **more)
        printed, _ = started.communicate(timeout=300)
        assert started.returncode == 0, printed
        return printed


@pytest.fixture(scope="module")
def container() -> Iterator[Container]:
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        pytest.skip("only root may run something as another user, by setpriv of util-linux")
    folder = Path(tempfile.mkdtemp(prefix="marketing-container-"))
    folder.chmod(0o755)
    with servers() as running:
        app, data, ledger = folder / "app", folder / "data", folder / "ledger"
        for volume in (data, ledger):
            volume.mkdir()
            os.chown(volume, NOBODY, NOBODY)
        lay_down(app)
        variables = {
            **of_the_image(),
            **running.variables,
            **{name: secrets.GENERATORS[name]() for name in SECRETS},
            "PATH": os.environ["PATH"],
            "DATA_DIR": str(data),
            "ERASURE_LEDGER": str(ledger / "erasures.jsonl"),
            "STATIC_ROOT": str(app / ".static"),
            "HOST": "127.0.0.1",
            "PORT": str(free_port()),
        }
        subprocess.run(
            [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"],
            cwd=app,
            env=variables | {"DATA_DIR": str(folder / "build")},
            check=True,
        )
        closed(app)
        yield Container(app, data, variables)
    shutil.rmtree(folder, ignore_errors=True)


def of_the_image() -> dict[str, str]:
    """What the Dockerfile's ENV says."""
    (said,) = (rest for order, rest in steps() if order == "ENV")
    return dict(pair.split("=", 1) for pair in said.split() if not pair.startswith("PATH="))


def lay_down(app: Path) -> None:
    for part in CODE:
        source = environment.ROOT / part
        app.mkdir(exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, app / part, ignore=shutil.ignore_patterns("__pycache__", ".env"))
        else:
            shutil.copy2(source, app / part)
    subprocess.run([sys.executable, "-m", "compileall", "-q", app], check=True)  # as the image does


def closed(app: Path) -> None:
    for path in (app, *app.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)


@contextmanager
def program(container: Container, name: str, **more: str) -> Iterator["subprocess.Popen[str]"]:
    started = container.start("manage.py", "program", name, **more)
    try:
        yield started
    finally:
        started.send_signal(signal.SIGTERM)
        try:
            started.wait(timeout=60)
        finally:
            if started.poll() is None:
                started.kill()


def as_web(container: Container) -> dict[str, str]:
    owner = container.variables["DATABASE_URL"]
    url = logins.web_url(owner, container.variables["POSTGRES_WEB_PASSWORD"])
    return {"DATABASE_URL": url, "DATABASE_LOGIN": "web"}


def healthy(container: Container, name: str, **more: str) -> bool:
    asked = container.start("-m", "deploy.healthcheck", name, **more)
    asked.communicate(timeout=60)
    return asked.returncode == 0


def test_each_program_runs_as_nobody_on_code_that_it_cannot_write_and_its_healthcheck_tells(
    container: Container,
) -> None:
    printed = container.run("manage.py", "prepare")
    assert "DATABASE_LOGIN=web" in printed
    container.run("manage.py", "sync_schedule")
    web_role = as_web(container)
    assert not healthy(container, "web", **web_role)
    with program(container, "web", **web_role) as web:
        eventually(lambda: healthy(container, "web", **web_role), seconds=30)
        assert {process.uids().effective for process in everything_of(web)} == {NOBODY}
        assert not healthy(container, "worker")
        with program(container, "worker"), program(container, "fold"):
            eventually(lambda: healthy(container, "worker") and healthy(container, "fold"), seconds=40)
    assert web.returncode == 0, "told to end, it ends well"
    assert {path.name for path in container.data.iterdir()} <= {"files", "metrics"}, "no secret was made up"


def test_beat_is_known_by_what_it_noted(container: Container) -> None:
    assert not healthy(container, "beat"), "it never ran"
    with program(container, "beat"):
        eventually(lambda: healthy(container, "beat"), seconds=30)


def everything_of(started: "subprocess.Popen[str]") -> list[psutil.Process]:
    head = psutil.Process(started.pid)
    return [head, *head.children(recursive=True)]

"""A machine of its own with servers of its own, and releases in folders side by side."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config import environment, secrets
from config.embedded import Stack
from config.embedded.postgres import Postgres
from config.embedded.valkey import BROKER, CACHE, Valkey
from tests.config.services import FAST, PREFIX, delete
from tests.fire.site import GIVEN, eventually, free_port

ROOT = environment.ROOT
CODE = ("analytics", "compliance", "config", "deploy", "recommendations", "static", "templates", "manage.py")


@dataclass(frozen=True)
class Servers:
    """PostgreSQL and two Valkeys that no program starts or stops; `variables` name them."""

    stack: Stack

    @property
    def postgres(self) -> Postgres:
        return next(service for service in self.stack.services if isinstance(service, Postgres))

    @property
    def variables(self) -> dict[str, str]:
        urls = {service.name: service.url for service in self.stack.services}
        return {"DATABASE_URL": urls["postgres"], "BROKER_URL": urls["broker"], "CACHE_URL": urls["cache"]}


@contextmanager
def servers() -> Iterator[Servers]:
    data_dir = Path(tempfile.mkdtemp(prefix=PREFIX))
    data_dir.chmod(0o711 if os.geteuid() == 0 else 0o700)
    redis = (Valkey(data_dir, "broker", BROKER), Valkey(data_dir, "cache", CACHE))
    stack = Stack(data_dir, (Postgres(data_dir, FAST), *redis))
    try:
        for service in stack.services:
            service.start()
        yield Servers(stack)
    finally:
        delete(stack)


@dataclass(frozen=True)
class Machine:
    """`deploy.release` on a folder, with settings for one web worker and no demo."""

    folder: Path
    port: int
    variables: dict[str, str]

    @property
    def environ(self) -> dict[str, str]:
        return {
            name: value for name, value in os.environ.items() if name not in (*GIVEN, "DATA_DIR", "STATIC_MANIFEST")
        }

    def settle(self) -> None:
        lines = {**self.variables, "DEMO": "off", "STATIC_MANIFEST": "off", "WEB_WORKERS": "1"}
        secrets.write_private(
            self.folder / "settings.env", "".join(f"{name}={value}\n" for name, value in lines.items())
        )

    def order(self, *words: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "deploy.release", "--site", str(self.folder), *words]
        return subprocess.run(
            command, cwd=ROOT, env=self.environ, capture_output=True, text=True, check=False, timeout=300
        )

    @contextmanager
    def kept(self, *options: str) -> Iterator["subprocess.Popen[bytes]"]:
        """The process that stays."""
        command = [
            sys.executable,
            "-m",
            "deploy.release",
            "--site",
            str(self.folder),
            "serve",
            "--port",
            str(self.port),
        ]
        (self.folder / "control.sock").unlink(missing_ok=True)  # of one that was killed
        with (self.folder / "terminal").open("ab") as terminal:
            keeper = subprocess.Popen(
                [*command, *options],
                cwd=ROOT,
                env=self.environ,
                stdout=terminal,
                stderr=terminal,
                start_new_session=True,
            )
        try:
            eventually((self.folder / "control.sock").exists, seconds=20, what=(self.folder / "terminal").read_text)
            yield keeper
        finally:
            keeper.terminate()
            keeper.wait(timeout=120)

    def release(self, name: str) -> Path:
        """A copy of this code in a folder of its own, on this virtual environment."""
        folder = self.folder / "releases" / name
        for part in CODE:
            source, twin = ROOT / part, folder / part
            twin.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, twin, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(source, twin)
        (folder / ".venv").symlink_to(ROOT / ".venv")
        return folder

    def logs(self) -> str:
        return "\n".join(path.read_text()[-3000:] for path in sorted((self.folder / "logs").glob("*.log")))


@contextmanager
def machine(variables: dict[str, str]) -> Iterator[Machine]:
    folder = Path(tempfile.mkdtemp(prefix="marketing-machine-"))
    try:
        made = Machine(folder, free_port(), variables)
        made.settle()
        yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)

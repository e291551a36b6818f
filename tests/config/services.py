"""Starts the services for a test run before Django reads its settings; a plugin, for a conftest comes too late."""

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path

import pytest

from config import environment
from config.embedded import Stack, processes
from config.embedded.owner import OWNER
from config.embedded.postgres import Postgres

PREFIX = "marketing-tests-"
LEFT_SECONDS = 3600  # a younger folder may be that of a run beside this one, which has just killed what it tries
# Still the real thing, but nothing of it has to outlive the run.
FAST = (("fsync", "off"), ("full_page_writes", "off"), ("shared_buffers", "128MB"))
until_the_end = ExitStack()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, None, None]:
    environment.load()
    if early_config.known_args_namespace.numprocesses and "PYTEST_XDIST_WORKER" not in os.environ:
        return (yield)  # each of the processes that run the tests has services of its own
    data_dir = make_data_dir()
    os.environ["DATA_DIR"] = str(data_dir)
    (data_dir / "static").mkdir()
    os.environ.setdefault("STATIC_MANIFEST", "off")
    stack = Stack.of(data_dir, postgres_settings=FAST)
    until_the_end.callback(delete, stack)
    until_the_end.enter_context(stack.running(insist=True))
    widen(stack)
    return (yield)


def widen(stack: Stack) -> None:
    """A test run's owner makes the database of its tests, empties logs that are append-only, and stages deadlocks."""
    for service in stack.services:
        if isinstance(service, Postgres):
            with service.as_superuser() as connection:
                connection.execute(f"ALTER ROLE {OWNER} CREATEDB")
                connection.execute(f"GRANT SET ON PARAMETER session_replication_role, deadlock_timeout TO {OWNER}")


def pytest_unconfigure() -> None:
    until_the_end.close()


def make_data_dir() -> Path:
    """A folder that PostgreSQL's own user may enter too; what killed runs left behind is cleared away."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        stack = Stack.of(left)
        if left.stat().st_mtime < time.time() - LEFT_SECONDS and stack.unused():
            delete(stack)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
    return folder


def delete(stack: Stack) -> None:
    """End everything that works in the data folder, then remove it."""
    processes.stop(processes.marked(stack.data_dir), by=signal.SIGKILL, patience=5)
    stack.remove()
    shutil.rmtree(stack.data_dir, ignore_errors=True)

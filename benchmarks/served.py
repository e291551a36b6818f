"""An installation of its own, served as `make run` serves it, in a folder that is gone afterwards."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config import environment
from config.embedded import Stack

GIVEN = ("DATABASE_URL", "REDIS_URL", "BROKER_URL", "CACHE_URL")


@contextmanager
def services() -> Iterator[Path]:
    """Empty tables in a temporary data folder, Django set up on them; the folder."""
    with tempfile.TemporaryDirectory(prefix="marketing-benchmark-", ignore_cleanup_errors=True) as folder:
        data_dir = Path(folder)
        data_dir.chmod(0o711)
        for name in GIVEN:
            os.environ.pop(name, None)
        ours = {"DATA_DIR": folder, "DEMO": "off", "STATIC_MANIFEST": "off", "LOG_LEVEL": "WARNING"}
        asked = {
            "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
            "API_CALLS_PER_MINUTE": "1000000000",
        }  # counted, not refused
        os.environ |= ours | asked
        stack = Stack.of(data_dir)
        try:
            with stack.running(insist=True):
                import django
                from django.core.management import call_command

                django.setup()
                call_command("migrate", interactive=False, verbosity=0)
                yield data_dir
        finally:
            stack.remove()


@contextmanager
def serving(command: tuple[str, ...] = ("manage.py", "serve")) -> Iterator[int]:
    """Web server, worker and beat of the data folder in the environment; the port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    serve = subprocess.Popen(
        [sys.executable, *command, "--port", str(port)],
        cwd=environment.ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert serve.stdout is not None
        while "http://" not in (line := serve.stdout.readline()):
            if not line:
                raise RuntimeError("manage.py serve has ended")
        time.sleep(3)  # the worker has started, too
        yield port
    finally:
        serve.send_signal(signal.SIGTERM)
        serve.wait(timeout=60)

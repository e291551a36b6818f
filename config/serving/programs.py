"""The programs of one installation beside its services: web server, beat, two workers."""

import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil
from django.conf import settings

from config.celery import FOLD_QUEUE
from config.embedded import processes
from config.metrics import processes as counts

HERE = Path(__file__).parent
PYTHON = (sys.executable, "-m")


@dataclass(frozen=True)
class Program:
    """A command that runs until it is told to stop, and how many seconds it then gets for what it has begun.

    `variables` are added to its environment.
    """

    name: str
    command: tuple[str, ...]
    patience: float
    variables: tuple[tuple[str, str], ...] = ()

    def start(self, data_dir: Path, environ: Mapping[str, str] = os.environ) -> psutil.Process:
        environment = {
            **environ,
            processes.MARK: str(data_dir),
            processes.PROGRAM: self.name,
            "DATA_DIR": str(data_dir),
            counts.VARIABLE: environ.get(counts.VARIABLE) or str(counts_of(data_dir)),
            # Celery's warning is about pickle, which is switched off.
            "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
            **dict(self.variables),
        }
        return processes.start(self.command, cwd=settings.BASE_DIR, env=environment)

    def end_leftovers(self, data_dir: Path) -> None:
        """Its children outlive a program that was killed: a web server's go on holding the port."""
        processes.stop(processes.marked(data_dir, self.name), by=signal.SIGTERM, patience=1)

    def stop(self, process: psutil.Process) -> None:
        processes.stop([process], by=signal.SIGTERM, patience=self.patience)


def counts_of(data_dir: Path) -> Path:
    """The folder in which programs share what they count."""
    return data_dir / "metrics"


def all_of_them(host: str, port: int, web_login: str) -> tuple[Program, ...]:
    """In the order of starting, and of stopping: first nobody asks, then nothing falls due, then work ends.

    The web server alone is anybody's to talk to, so it may log in to the database as another (`config.database.roles`).
    """
    web = (
        *("granian", "--interface", "wsgi", "config.wsgi:application", "--host", host, "--port", str(port)),
        *("--workers", str(settings.WEB_WORKERS), "--blocking-threads", str(settings.WEB_THREADS)),
        *("--respawn-failed-workers", "--workers-kill-timeout", "5", "--no-ws", "--log-level", "warning"),
        *("--log-config", str(HERE / "granian.json")),
    )
    beat = ("celery", "--quiet", "--app", "config", "beat", "--pidfile=", "--loglevel", "WARNING")
    worker = (
        *("celery", "--quiet", "--app", "config", "worker", "--loglevel", "WARNING"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    )
    fold = (*worker, "--queues", FOLD_QUEUE, "--hostname", "fold@%h")
    return (
        Program("web", (*PYTHON, *web), patience=8, variables=(("DATABASE_LOGIN", web_login),)),
        Program("beat", (*PYTHON, *beat), patience=5),
        Program("worker", (*PYTHON, *worker), patience=10),
        Program("fold", (*PYTHON, *fold), patience=10),
    )

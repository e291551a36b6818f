"""What the commands that go through all events share: the options for a period, and a progress bar."""

import time
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import CommandError
from django.db import connection
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from ..days import read_day
from ..period import Period


def progress_bar(unit: str) -> Progress:
    """On a terminal a bar with time left and the `rate` of its tasks, in `unit` a second; elsewhere nothing."""
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn(f"{{task.fields[rate]:,.0f}} {unit}/s"),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )


class Bar:
    """A progress bar over kept events with rate and time left, on a terminal; elsewhere nothing."""

    def __init__(self, title: str) -> None:
        self._progress = progress_bar("events")
        self._total = _events()
        self._task = self._progress.add_task(title, total=self._total, rate=0.0)
        self._started, self._done, self._before = time.monotonic(), 0, 0

    def __enter__(self) -> "Bar":
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def begin_at(self, events: int) -> None:
        """Say how many were done by an earlier run."""
        self._done = self._before = min(events, self._total)

    def advance(self, events: int) -> None:
        self.reach(self._done + events)

    def reach(self, events: int) -> None:
        self._done = min(events, self._total)
        seconds = max(time.monotonic() - self._started, 0.001)
        self._progress.update(self._task, completed=self._done, rate=(self._done - self._before) / seconds)


def _events() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM event_key")
        return int(cursor.fetchone()[0])


def add_period(parser: ArgumentParser) -> None:
    parser.add_argument("--from", default="", metavar="DATE", help="the first day (YYYY-MM-DD) in the reporting zone")
    parser.add_argument("--to", default="", metavar="DATE", help="the day after the last one")


def period(options: dict[str, Any]) -> Period:
    """The period of the options `--from` and `--to`. Raises `CommandError`."""
    start, end = _day(options["from"], "--from"), _day(options["to"], "--to")
    if start and end and start >= end:
        raise CommandError(f"--from {start} is not before --to {end}; the last day is the one before --to.")
    return Period(start, end)


def _day(text: str, option: str) -> date | None:
    try:
        return read_day(text) if text else None
    except ValueError:
        raise CommandError(f"{option} {text!r} is no day; give it as YYYY-MM-DD.") from None

"""`make run`: the whole product on this machine until Ctrl-C."""

import contextlib
import os
import signal
from argparse import ArgumentParser
from collections.abc import Callable
from types import FrameType

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from config.database import migrating, roles
from config.embedded import Stack
from config.environment import env, whole
from config.metrics import processes as counts
from config.serving import prepare, watch
from config.serving.programs import Program, all_of_them, counts_of

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def be_deaf() -> None:
    """Once stopping, a further signal changes nothing: `make` passes on what the terminal has sent already."""
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)


def interrupt(_number: int, _frame: FrameType | None) -> None:
    be_deaf()
    raise KeyboardInterrupt


class Command(BaseCommand):
    help = "Serve everything on this machine: web server, worker, beat. Ctrl-C stops it."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=env.str("HOST", default="") or "127.0.0.1")
        parser.add_argument("--port", type=int, default=whole("PORT", 8000, most=65535))
        parser.add_argument("--until-parent-ends", action="store_true", help="stop when the caller was killed")

    def handle(self, *, host: str, port: int, until_parent_ends: bool, **_options: object) -> None:
        parent = os.getppid()
        for number in ENDING:  # a shell starts background jobs deaf to SIGINT
            signal.signal(number, interrupt)
        address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        try:
            with watch.only_one(settings.DATA_DIR, address):
                watch.end_orphans(settings.DATA_DIR)
                watch.require_free(host, port)
                counts.empty(counts_of(settings.DATA_DIR))
                programs = all_of_them(host, port, prepare.all_of_it(self.say))
                self.watch(programs, host, port, address, lambda: until_parent_ends and watch.parent_ended(parent))
        except (watch.CannotServe, roles.CannotLogIn, migrating.Blocked, prepare.NotErased) as error:
            raise CommandError(str(error)) from error
        except OperationalError as error:
            raise CommandError(f"The database did not answer: {str(error).strip()} Is DATABASE_URL right?") from error
        except KeyboardInterrupt:
            self.say("Stopped.")

    def watch(
        self, programs: tuple[Program, ...], host: str, port: int, address: str, over: Callable[[], bool]
    ) -> None:
        """From the first page to the last process."""
        watcher = watch.Watch(settings.DATA_DIR, programs, self.say)
        try:
            watcher.start_all(host, port)
            self.greet(address)
            watcher.until(over, Stack.of(settings.DATA_DIR))
        finally:
            be_deaf()
            self.say("Stopping …")
            watcher.stop()

    def greet(self, address: str) -> None:
        password = prepare.admin_password()
        self.say(f"\n  {address}/admin/marketing/")
        self.say(f"  user {prepare.ADMIN}, password {password}\n" if password else "")

    def say(self, line: str) -> None:
        with contextlib.suppress(OSError):  # a log on a full disk is no reason to stop
            self.stdout.write(line)
            self.stdout.flush()

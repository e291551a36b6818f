#!/usr/bin/env python
"""Runs a command beside the services it needs, starting those that are not running yet."""

import os
import signal
import sys
from contextlib import ExitStack

from django.core.exceptions import ImproperlyConfigured

from config import environment

# These neither ask the database nor Redis, or (program) refuse to run without those of others.
WITHOUT_SERVICES = {
    *("help", "version", "--help", "--version"),
    *("check", "collectstatic", "diffsettings", "findstatic", "program"),
}


def leave(number: int, _frame: object) -> None:
    """End like any other exit, so that services started for this command are stopped."""
    sys.exit(128 + number)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    environment.load()
    from django.core.management import execute_from_command_line

    if len(sys.argv) < 2 or sys.argv[1] in WITHOUT_SERVICES:
        execute_from_command_line(sys.argv)
        return
    from config.embedded import Stack

    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, leave)
    with ExitStack() as ending:
        try:
            ending.enter_context(Stack.of(environment.data_dir()).running(insist=sys.argv[1] == "serve"))
        except (RuntimeError, OSError) as error:
            sys.exit(f"The embedded services cannot be started: {error}")
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    try:
        main()
    except ImproperlyConfigured as error:
        sys.exit(f"The settings cannot be used. {error}")

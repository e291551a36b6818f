"""One of the programs by itself, for whoever watches over them: a container, systemd, deploy/release.py."""

import os
from argparse import ArgumentParser

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.database import logins
from config.embedded import Stack
from config.environment import env, whole
from config.serving.programs import all_of_them

EMBEDDED = "One program alone starts no services: set {}, or let `manage.py serve` start everything."


class Command(BaseCommand):
    help = "Become one of the programs (web, beat, worker, fold) on services from outside; unnamed, check and list."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="?", default="")

    def handle(self, *, name: str, **_options: object) -> None:
        if name and (missing := [service.name for service in Stack.of(settings.DATA_DIR).services]):
            raise CommandError(EMBEDDED.format("DATABASE_URL" if "postgres" in missing else "REDIS_URL"))
        host, port = env.str("HOST", default="") or "127.0.0.1", whole("PORT", 8000, most=65535)
        login = web_login() if name == "web" else ""
        programs = {program.name: program for program in all_of_them(host, port, login)}
        if not name:
            self.check()
            self.stdout.write("\n".join(f"{program.name} {program.patience:g}" for program in programs.values()))
            return
        if name not in programs:
            raise CommandError(f"{name!r} is none of {', '.join(programs)}")
        program = programs[name]
        os.chdir(settings.BASE_DIR)
        os.execve(program.command[0], program.command, program.environment(settings.DATA_DIR, os.environ))  # noqa: S606


def web_login() -> str:
    """As which role the web server logs in: what is said, else the role of its own wherever that may."""
    said = env.str("DATABASE_LOGIN", default="").lower()
    return said or ("web" if logins.answers(settings.WEB_DATABASE_URL) else "owner")

import secrets
from argparse import ArgumentParser
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError

from config.database import roles
from config.database.grants import BI


class Command(BaseCommand):
    help = "Make a login for a BI tool and print its address once: it reads schema reporting and nothing else."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="small letters, digits and _, e.g. the tool's name")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["name"]
        if not (name.isascii() and name.isidentifier() and name.islower() and len(name) <= 63):
            raise CommandError("NAME wants small letters, digits and _, and begins with a letter.")
        if roles.known(name):
            raise CommandError(f"There is a role {name} already.")
        try:
            address = roles.make_reader(name, secrets.token_urlsafe(24))
        except psycopg.errors.InsufficientPrivilege:
            raise CommandError(
                f"The owner cannot. Let an administrator CREATE ROLE {name} LOGIN PASSWORD '…' IN ROLE {BI}."
            ) from None
        self.stdout.write(f"It is shown this once: {address}")

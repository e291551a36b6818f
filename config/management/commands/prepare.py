"""For those who start the programs themselves: what `serve` does to the database before its first page."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from config.database import migrating, roles
from config.serving import prepare


class Command(BaseCommand):
    help = (
        "Migrate without holding anybody up, make the roles and the first user, and erase again whom a restored "
        "database brought back. The schedule is `sync_schedule`'s."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tries", type=int, default=migrating.TRIES, help="for a table that is in use")

    def handle(self, *, tries: int, **_options: object) -> None:
        try:
            migrating.migrate(self.stdout.write, tries=tries)
            login = roles.prepare(self.stdout.write)
            prepare.erase_again(self.stdout.write)
        except (migrating.Blocked, roles.CannotLogIn, prepare.NotErased) as error:
            raise CommandError(str(error)) from None
        prepare.create_admin()
        self.stdout.write(f"The web server may start with DATABASE_LOGIN={login}.")

"""For those who start the programs themselves: what `serve` does about roles, after `migrate`."""

from django.core.management.base import BaseCommand, CommandError

from config.database import roles


class Command(BaseCommand):
    help = (
        "Make the database roles of the web server and of BI tools, with the privileges of config/database/grants.py."
    )

    def handle(self, **_options: object) -> None:
        try:
            login = roles.prepare(self.stdout.write)
        except roles.CannotLogIn as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"The web server may start with DATABASE_LOGIN={login}.")

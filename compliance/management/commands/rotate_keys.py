from typing import Any

from django.core.management.base import BaseCommand, CommandError

from compliance import rotation


class Command(BaseCommand):
    help = (
        "Encrypt everything with the first of IDENTITY_KEYS. To rotate: put a new key in front, restart all programs, "
        "run this, then take the old key away. It may be stopped and run again."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        unreadable = 0
        for column in rotation.rotate():
            self.stdout.write(f"{column.table}.{column.column}: {column.rows:,} encrypted anew")
            unreadable += column.unreadable
        if unreadable:
            raise CommandError(
                f"{unreadable:,} texts open with none of IDENTITY_KEYS; put the key back that is missing."
            )
        self.stdout.write("Nothing needs an older key any more, but copies that wait to be fetched: for seven days.")

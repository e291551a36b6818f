from typing import Any

from django.core.management.base import BaseCommand

from config import access


class Command(BaseCommand):
    help = "Print who may call what, as the README shows it."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(access.matrix())

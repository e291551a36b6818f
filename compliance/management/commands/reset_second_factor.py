from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from compliance import second_factor


class Command(BaseCommand):
    help = "Ask a user for no second factor any more, who has lost it; where one is required they set up a new one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="the user name")

    def handle(self, *args: Any, **options: Any) -> None:
        users = get_user_model()
        try:
            user = users.objects.get_by_natural_key(options["user"])
        except users.DoesNotExist:
            raise CommandError(f"There is no user {options['user']}.") from None
        if not second_factor.remove(user, None, timezone.now()):
            raise CommandError(f"{options['user']} has no second factor.")
        self.stdout.write(f"{options['user']} signs in by the password alone, and is signed out everywhere.")

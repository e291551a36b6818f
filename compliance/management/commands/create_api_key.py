from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError

from compliance import api_keys
from compliance.models import ApiKey

MOST_DAYS = 36_500


def days_of(given: int | None) -> int | None:
    if given is not None and not 0 <= given <= MOST_DAYS:
        raise CommandError(f"Days lie between 0 and {MOST_DAYS:,}.")
    return given


def ends_words(key: ApiKey) -> str:
    return f"It ends on {key.expiry_date:%Y-%m-%d}." if key.expiry_date else "It never ends."


class Command(BaseCommand):
    help = "Make an API key and print it once; it is stored as a hash, so note it now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        scopes = ", ".join(f"{scope.name} ({scope.why})" for scope in api_keys.SCOPES)
        parser.add_argument("name", help="what the key is for, at most 50 characters")
        parser.add_argument("--scopes", required=True, help=f"what it may do, comma-separated: {scopes}")
        parser.add_argument("--user", help="the user name for whom the key acts")
        parser.add_argument("--days", type=int, help="how long it holds, 0 for ever; else as API_KEY_DAYS says")
        parser.add_argument("--group", help="the role whose denied metrics the key is denied, too")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["name"].strip()
        if not name or len(name) > 50 or "\0" in name:
            raise CommandError("NAME wants 1 to 50 characters.")
        scopes = [scope.strip() for scope in options["scopes"].split(",") if scope.strip()]
        owner, group = self._owner(options["user"]), self._group(options["group"])
        try:
            key, secret = api_keys.create(name, scopes, owner, group, days=days_of(options["days"]))
        except api_keys.UnknownScope as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            f'The key "{name}" may: {", ".join(scopes)}. {ends_words(key)} It is shown this once: {secret}'
        )

    def _owner(self, username: str | None) -> Any:
        if username is None:
            return None
        users = get_user_model()
        try:
            return users.objects.get_by_natural_key(username)
        except users.DoesNotExist:
            raise CommandError(f"There is no user {username}.") from None

    def _group(self, name: str | None) -> Group | None:
        if name is None:
            return None
        group = Group.objects.filter(name=name).first()
        if group is None:
            known = ", ".join(Group.objects.order_by("name").values_list("name", flat=True))
            raise CommandError(f"There is no group {name}: choose from {known}.")
        return group

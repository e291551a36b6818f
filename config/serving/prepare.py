"""What has to be there before the first page: tables, static files, an admin, the schedule, a demo."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command, get_commands
from django.utils import timezone

from analytics.fold import fold_inbox
from compliance.sources import NotYet
from compliance.subjects import following, reapplying
from config import secrets
from config.apps import StaticFiles
from config.database import migrating, roles
from config.schedule import sync_schedule

ADMIN = "admin"
Say = Callable[[str], object]


class NotErased(Exception):
    """People who were erased are here again, or nobody can tell: nothing is to be served. The text says what to do."""


def all_of_it(say: Say) -> str:
    """Every step does nothing where it was done before; how the web server is to log in to the database."""
    migrating.migrate(say)
    web_login = roles.prepare(say)
    erase_again(say)
    sync_schedule()
    create_admin()
    collect_static(say)
    fill_demo(say)
    return web_login


def erase_again(say: Say) -> None:
    """A database that was restored from a backup lacks what was erased since: that is done before anybody is answered.

    Raises `NotErased`.
    """
    now = timezone.now()
    try:
        following.begin()
        reapplying.follow(now, count_all, say)
        following.catch_up(now)
    except (following.Unusable, NotYet) as error:
        raise NotErased(str(error)) from None


def count_all(at: datetime) -> None:
    """Count what waits in the inbox: an erasure comes after that."""
    while fold_inbox(at).batches:
        pass


def create_admin() -> None:
    """The first user; once there is one, passwords are the business of people."""
    users = get_user_model().objects
    if not users.filter(is_superuser=True).exists():
        users.create_superuser(ADMIN, password=secrets.read(settings.DATA_DIR, "ADMIN_PASSWORD"))


def admin_password() -> str | None:
    """The generated password, None once somebody has changed it or made do without that user."""
    password = secrets.read(settings.DATA_DIR, "ADMIN_PASSWORD")
    user = get_user_model().objects.filter(username=ADMIN, is_active=True).first()
    return password if user and user.check_password(password) else None


def collect_static(say: Say) -> None:
    """Copy, hash and compress only when a file differs from last time, for it takes seconds."""
    note = settings.STATIC_ROOT.with_name(f"{settings.STATIC_ROOT.name}.fingerprint")
    fingerprint = hashlib.sha256("\n".join(_static_files()).encode()).hexdigest()
    if not settings.STATIC_MANIFEST or (note.is_file() and note.read_text() == fingerprint):
        return
    say("Compressing static files …")
    note.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    note.write_text(fingerprint)


def _static_files() -> Iterator[str]:
    for finder in get_finders():
        for name, storage in finder.list(StaticFiles.ignore_patterns):
            state = Path(storage.path(name)).stat()
            yield f"{storage.location} {name} {state.st_size} {state.st_mtime_ns}"


def fill_demo(say: Say) -> None:
    """An empty installation shows a made-up company rather than twelve empty pages."""
    if settings.DEMO and "demo" in get_commands() and not apps.get_model("analytics", "Campaign").objects.exists():
        say("Filling the demo …")
        call_command("demo")

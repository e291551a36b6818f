"""The door for the web server."""

import gc
import os

from django.core.wsgi import get_wsgi_application

from config.serving import leaving

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application: leaving.Wsgi = get_wsgi_application()


def limit_statements() -> None:
    """Of this process alone, before its first connection: jobs and commands, which run elsewhere, may take longer."""
    from django.conf import settings
    from django.db import connection

    connection.settings_dict["OPTIONS"]["options"] += f" -c statement_timeout={settings.WEB_STATEMENT_SECONDS}s"


def count_levels() -> None:
    from config import levels

    levels.start()


def close_while_restored() -> None:
    from config import restored

    restored.start()


def come_in() -> None:
    """Everything is loaded before the first request, which then waits for nothing, and later ones for no look at it."""
    from django.urls import get_resolver

    assert get_resolver().url_patterns
    gc.collect()
    gc.freeze()
    leaving.tell_ready()


limit_statements()
count_levels()
close_while_restored()
if leaving.may_listen():
    application = leaving.politely(application)
    come_in()

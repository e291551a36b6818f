"""The door for the web server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()


def limit_statements() -> None:
    """Of this process alone, before its first connection: jobs and commands, which run elsewhere, may take longer."""
    from django.conf import settings
    from django.db import connection

    connection.settings_dict["OPTIONS"]["options"] += f" -c statement_timeout={settings.WEB_STATEMENT_SECONDS}s"


def count_levels() -> None:
    from config import levels

    levels.start()


limit_statements()
count_levels()

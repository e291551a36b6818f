"""What this project changes in the apps it composes."""

from typing import Any

import brotli
from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.contrib.staticfiles.apps import StaticFilesConfig
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage


class ConfigApp(AppConfig):
    name = "config"
    verbose_name = "Admin portal"

    def ready(self) -> None:
        """Bind shared tasks to our Celery app, also in the web server, name the admin, and check who may what."""
        from django.contrib import admin
        from django.core import checks

        from config import access, celery

        celery.app.set_default()
        checks.register(access.check_access)
        admin.site.site_header = admin.site.site_title = self.verbose_name


class Admin(AdminConfig):
    default_site = "config.portal.Portal"


class StaticFiles(StaticFilesConfig):
    """Leaves out what packages carry for others: plotly for notebooks (5 MB), the API docs a second viewer (5 MB)."""

    ignore_patterns = [
        *StaticFilesConfig.ignore_patterns,
        "widgetbundle.js",
        "datasets/*.gz",
        "templates/*.json",
        "redoc",
    ]


class FastBrotli(Compressor):
    """The best level takes 13 s for plotly.js, this one 0.5 s, for a file 11 % bigger."""

    @staticmethod
    def compress_brotli(data: bytes) -> bytes:
        return brotli.compress(data, quality=9)


class CompressedManifest(CompressedManifestStaticFilesStorage):
    def create_compressor(self, **kwargs: Any) -> Compressor:
        return FastBrotli(**kwargs)

from django.apps import AppConfig
from django.db.models.signals import post_migrate

from . import crypto, log_masks


class ComplianceConfig(AppConfig):
    """Who people are, who may look, who and what ran."""

    name = "compliance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Logs name nobody from here on. Keys that cannot be keys stop the start, not the first person who comes in.

        A migrate ends with the roles.
        """
        log_masks.install()
        crypto.check_keys()
        from . import roles

        post_migrate.connect(roles.after_migrate, dispatch_uid="compliance.roles")

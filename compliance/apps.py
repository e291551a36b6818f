from django.apps import AppConfig

from . import crypto


class ComplianceConfig(AppConfig):
    """Who people are, who may look, who and what ran."""

    name = "compliance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Keys that cannot be keys stop the start, not the first person who comes in."""
        crypto.check_keys()

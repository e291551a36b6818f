from django.apps import AppConfig


class ComplianceConfig(AppConfig):
    """Who people are, who may look, who and what ran."""

    name = "compliance"
    default_auto_field = "django.db.models.BigAutoField"

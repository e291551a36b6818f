from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    """What happened: data in, folded into totals, asked."""

    name = "analytics"
    verbose_name = "Marketing analytics"
    default_auto_field = "django.db.models.BigAutoField"

from django.apps import AppConfig


class RecommendationsConfig(AppConfig):
    """What to do next, and did it help."""

    name = "recommendations"
    default_auto_field = "django.db.models.BigAutoField"

from django.conf import settings
from django.db import models


class SavedView(models.Model):
    """A state of a page under a name of its owner's; `query` is the shortest query string of that state."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    page = models.CharField(max_length=60)
    name = models.CharField(max_length=80)
    query = models.TextField(blank=True)
    shared = models.BooleanField(default=False)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "saved_view"
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name"],
                name="saved_view_name",
                violation_error_message="This owner has a view of this name already.",
            )
        ]

    def __str__(self) -> str:
        return self.name

from django.contrib.postgres.fields import ArrayField
from django.db import models


class LevelSlot(models.Model):
    """What was counted of a series from `at` on, for `width` seconds: by step, and what failed (`analytics.levels`)."""

    pk = models.CompositePrimaryKey("series", "width", "at")
    series = models.CharField(max_length=20)
    width = models.IntegerField()
    at = models.DateTimeField()
    counts = ArrayField(models.IntegerField())
    bad = models.IntegerField()

    class Meta:
        db_table = "level_slot"

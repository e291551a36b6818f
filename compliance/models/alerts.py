"""What was unusual about looks at people, and how far the log was watched."""

from django.db import models
from django.db.models import Q


class AccessAlert(models.Model):
    """One thing that a rule found unusual about one person's looks between two moments.

    `usual` is what the rule compared `count` with, None where the person has no past. Users are named without a key, so
    that alerts outlive them.
    """

    id = models.BigAutoField(primary_key=True)
    rule = models.CharField(max_length=30)
    user_id = models.BigIntegerField(null=True)
    username = models.CharField("who", max_length=150)
    key_prefix = models.CharField("API key", max_length=8, default="", blank=True)
    starts_at = models.DateTimeField("from")
    ends_at = models.DateTimeField("to")
    count = models.IntegerField()
    usual = models.IntegerField(null=True)
    contact_id = models.BigIntegerField("contact", null=True)
    found_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.CharField(max_length=150, default="", blank=True)
    note = models.TextField(default="", blank=True)

    class Meta:
        db_table = "access_alert"
        verbose_name = "alert of unusual access"
        verbose_name_plural = "alerts of unusual access"
        indexes = [
            models.Index(fields=["rule", "user_id", "-ends_at"], name="access_alert_of"),
            models.Index(fields=["found_at"], name="access_alert_open", condition=Q(acknowledged_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.rule}, {self.username or self.key_prefix}, {self.ends_at:%Y-%m-%d %H:%M}"


class AccessWatch(models.Model):
    """Up to when the log was watched: one row, written with what was found."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    seen_until = models.DateTimeField()

    class Meta:
        db_table = "access_watch"

from django.db import models


class RuleSetting(models.Model):
    """What people changed of a rule, or of what rules share: thresholds, by name; and whether it is muted, and why."""

    rule = models.CharField(max_length=40, primary_key=True)
    thresholds = models.JSONField(default=dict, blank=True)
    muted = models.BooleanField(default=False)
    muted_because = models.TextField(default="", blank=True)
    muted_by_itself = models.BooleanField(default=False, editable=False)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "recommendation_rule"
        verbose_name = "rule"

    def __str__(self) -> str:
        return self.rule

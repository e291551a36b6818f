from django.db import models


class RetentionSetting(models.Model):
    """How long a policy of the table keeps, where somebody chose otherwise than its default."""

    policy = models.CharField(max_length=40, primary_key=True)
    days = models.PositiveIntegerField(null=True, blank=True, help_text="Empty for the default.")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "retention_setting"
        verbose_name = "retention policy"
        verbose_name_plural = "retention policies"

    def __str__(self) -> str:
        return self.policy

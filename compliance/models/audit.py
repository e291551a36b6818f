from django.db import models


class AuditEntry(models.Model):
    """One act of somebody, or of the system itself where `user_id` and `key_prefix` are empty; never changed."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    user_id = models.BigIntegerField(null=True)
    username = models.TextField()
    key_prefix = models.TextField("API key")
    ip = models.GenericIPAddressField(null=True)
    act = models.TextField()
    object_type = models.TextField()
    object_id = models.TextField()
    details = models.JSONField()

    class Meta:
        managed = False
        db_table = "audit_trail"
        verbose_name = "entry of the audit trail"
        verbose_name_plural = "audit trail"

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.username} {self.act} {self.object_type} {self.object_id}"

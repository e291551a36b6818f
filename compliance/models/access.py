"""Who may look at whom, and who did."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models


class ConsentGrant(models.Model):
    """A person's leave to see the people of one campaign for some minutes, and why: the reason stands here alone.

    `campaign` is a number that means something elsewhere. Users are named without a key, so that their grants outlive
    them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user_id = models.BigIntegerField()
    username = models.CharField(max_length=150)
    key_prefix = models.CharField("API key", max_length=8, default="", blank=True)
    campaign = models.BigIntegerField()
    purpose = models.CharField(max_length=40)
    reason = models.TextField()
    opened_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ip = models.GenericIPAddressField(null=True, blank=True)

    class Meta:
        db_table = "consent_grant"
        indexes = [models.Index(fields=["user_id", "campaign", "-opened_at"], name="consent_grant_of")]

    def __str__(self) -> str:
        return f"{self.username}, campaign {self.campaign}, {self.opened_at:%Y-%m-%d %H:%M}"


class PiiAccess(models.Model):
    """One act upon people's data, or a refused try; rows are added and never changed, which the database sees to.

    `reason_hash` is keyed: it tells whether two acts had the same reason, not which.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    act = models.CharField(max_length=20)
    user_id = models.BigIntegerField(null=True)
    username = models.TextField()
    key_prefix = models.TextField("API key")
    ip = models.GenericIPAddressField(null=True)
    user_agent = models.TextField()
    grant_id = models.UUIDField(null=True)
    campaign = models.BigIntegerField(null=True)
    purpose = models.TextField()
    reason_hash = models.BinaryField(null=True)
    contact_ids = ArrayField(models.BigIntegerField(), default=list)

    class Meta:
        managed = False
        db_table = "pii_access_log"
        verbose_name = "access to personal data"
        verbose_name_plural = "accesses to personal data"

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.username} {self.act}"

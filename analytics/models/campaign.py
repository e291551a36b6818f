from django.contrib.postgres.fields import ArrayField
from django.db import models

from ..channels import CHANNELS
from ..statuses import Status


class Campaign(models.Model):
    """One campaign, as the systems outside name it (`external_id`).

    `reports_deliveries` is false for a source that tells no deliveries: then delivered = sends - bounces. A stub is one
    that only its events or the reports of an ad platform told of.
    """

    id = models.AutoField(primary_key=True)
    external_id = models.CharField(max_length=200, unique=True)
    name = models.CharField(max_length=300)
    channel = models.CharField(max_length=20, choices=[(c.name, c.label) for c in CHANNELS])
    status = models.CharField(
        max_length=20, choices=[(s.value, s.value.capitalize()) for s in Status], default="running"
    )
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    budget = models.DecimalField(max_digits=20, decimal_places=4, null=True, blank=True)
    currency = models.CharField(max_length=3, default="", blank=True)
    tags = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    reports_deliveries = models.BooleanField(default=True)
    is_stub = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "campaign"
        indexes = [models.Index(fields=["channel"])]

    def __str__(self) -> str:
        return self.name

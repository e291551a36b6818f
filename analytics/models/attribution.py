from django.db import models


class CampaignAttribution(models.Model):
    """The ledger: to whom the money of each conversion and refund is credited, by model.

    The last-touch rows are written by the fold, one for each conversion and refund (`campaign_id` 0 = unattributed).
    `value` is in the reporting currency, null while its currency has no rate. Table: `sql/schema/attribution.sql`.
    """

    pk = models.CompositePrimaryKey("contact_id", "event_id", "model", "campaign_id")
    contact_id = models.BigIntegerField()
    event_id = models.UUIDField()
    model = models.SmallIntegerField()
    campaign_id = models.IntegerField()
    type = models.SmallIntegerField()
    occurred_at = models.DateTimeField()
    message = models.TextField()
    named_campaign_id = models.IntegerField()
    named_message = models.TextField()
    order_key = models.BigIntegerField(null=True)
    touch_type = models.SmallIntegerField(null=True)
    touch_at = models.DateTimeField(null=True)
    touch_event_id = models.UUIDField(null=True)
    sent_at = models.DateTimeField(null=True)
    clicked = models.BooleanField()
    weight = models.DecimalField(max_digits=12, decimal_places=10)
    amount = models.DecimalField(max_digits=30, decimal_places=10)
    currency = models.CharField(max_length=3)
    value = models.DecimalField(max_digits=30, decimal_places=10, null=True)

    class Meta:
        managed = False
        db_table = "campaign_attribution"


class ContactMonth(models.Model):
    """Conversions and revenue of one contact in one month of the reporting zone; cohorts stand on it."""

    pk = models.CompositePrimaryKey("contact_id", "month")
    contact_id = models.BigIntegerField()
    month = models.DateField()
    conversions = models.IntegerField()
    revenue = models.DecimalField(max_digits=30, decimal_places=10)

    class Meta:
        managed = False
        db_table = "contact_month"

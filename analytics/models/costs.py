from django.db import models

from .campaign import Campaign


class CampaignCost(models.Model):
    """What a campaign cost on a day, per source and item, below 0 for a credit; a repeat replaces the row.

    `value` is `amount` in the reporting currency by the rate of its day, null while there is none. Platforms split
    conversions: `conversions` are the whole ones, `conversion_fraction` is what is left of them. `time_zone` is the one
    that the platform cuts its days in, "" the reporting one.
    """

    campaign = models.ForeignKey(Campaign, models.PROTECT)
    date = models.DateField()
    source = models.CharField(max_length=100)
    item = models.CharField(max_length=200, default="", blank=True)
    amount = models.DecimalField(max_digits=24, decimal_places=9)
    currency = models.CharField(max_length=3)
    value = models.DecimalField(max_digits=24, decimal_places=9, null=True)
    impressions = models.BigIntegerField(null=True, blank=True)
    clicks = models.BigIntegerField(null=True, blank=True)
    conversions = models.BigIntegerField(null=True, blank=True)
    conversion_fraction = models.DecimalField(max_digits=10, decimal_places=9, default=0, db_default=0)
    time_zone = models.CharField(max_length=60, default="", db_default="", blank=True)
    import_id = models.BigIntegerField(null=True, blank=True)  # the file that wrote it last; null = it came otherwise
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "campaign_costs"
        indexes = [
            models.Index(fields=["source", "date"], name="campaign_costs_source"),
            models.Index(fields=["date", "source"], name="campaign_costs_by_day"),
            models.Index(fields=["import_id"], condition=models.Q(value=None), name="campaign_costs_no_rate"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "date", "source", "item"], name="campaign_costs_once"),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.date} {self.source}"


class ColumnMapping(models.Model):
    """What a person said once of files with the same header: which column is which field, and how cells are read."""

    kind = models.CharField(max_length=20)  # as of an import
    header = models.CharField(max_length=64)  # sha256 of the names of its columns, in their order
    mapping = models.JSONField()  # their column → our field
    reading = models.JSONField()  # as `ingest.cells.Reading`
    used_at = models.DateTimeField()

    class Meta:
        db_table = "column_mapping"
        constraints = [models.UniqueConstraint(fields=["kind", "header"], name="column_mapping_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.header[:8]}"


class CurrencyRate(models.Model):
    """One unit of `currency` is worth `rate` of the reporting currency on `day` and until the next known day."""

    currency = models.CharField(max_length=3)
    day = models.DateField()
    rate = models.DecimalField(max_digits=28, decimal_places=16)

    class Meta:
        db_table = "currency_rate"
        constraints = [
            models.UniqueConstraint(fields=["currency", "day"], name="currency_rate_once"),
            models.CheckConstraint(condition=models.Q(rate__gt=0), name="currency_rate_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.day}"

from django.db import models

from .campaign import Campaign


class CampaignCost(models.Model):
    """What a campaign cost on a day, per source and item; a repeat replaces the row.

    `value` is `amount` in the reporting currency by the rate of its day, null while there is none.
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
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "campaign_costs"
        indexes = [models.Index(fields=["date", "source"], name="campaign_costs_by_day")]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "date", "source", "item"], name="campaign_costs_once"),
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="campaign_costs_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.date} {self.source}"


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

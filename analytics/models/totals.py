"""Running totals by campaign and slot on both date bases; the tables stand in `sql/schema/totals.sql`."""

from django.db import models


class Basis(models.IntegerChoices):
    """On which day an event counts: the day its message was sent, or its own."""

    SEND = 0, "send"
    EVENT = 1, "event"


class Totals(models.Model):
    """The measures that the fold keeps, each additive over slots and campaigns. `campaign_id` 0 = unattributed."""

    basis = models.SmallIntegerField(choices=Basis)
    campaign_id = models.IntegerField()
    sends = models.BigIntegerField()
    delivered = models.BigIntegerField()
    bounces = models.BigIntegerField()
    opens = models.BigIntegerField()
    unique_opens = models.BigIntegerField()
    machine_opens = models.BigIntegerField()
    clicks = models.BigIntegerField()
    unique_clicks = models.BigIntegerField()
    machine_clicks = models.BigIntegerField()
    unsubscribes = models.BigIntegerField()
    complaints = models.BigIntegerField()
    impressions = models.BigIntegerField()
    conversions = models.BigIntegerField()
    converters = models.BigIntegerField()
    click_converters = models.BigIntegerField()
    revenue = models.DecimalField(max_digits=30, decimal_places=10)
    refunds = models.DecimalField(max_digits=30, decimal_places=10)

    class Meta:
        abstract = True


class CampaignHourly(Totals):
    pk = models.CompositePrimaryKey("basis", "campaign_id", "hour")
    hour = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "campaign_hourly"


class CampaignDaily(Totals):
    """Days also bear what ad platforms report per day; those have no hour and no send date."""

    pk = models.CompositePrimaryKey("basis", "campaign_id", "day")
    day = models.DateField()
    cost = models.DecimalField(max_digits=30, decimal_places=10)
    platform_impressions = models.BigIntegerField()
    platform_clicks = models.BigIntegerField()
    platform_conversions = models.BigIntegerField()  # whole ones; `platform_fraction` is what is left of the day's sum
    platform_fraction = models.DecimalField(max_digits=10, decimal_places=9, default=0, db_default=0)

    class Meta:
        managed = False
        db_table = "campaign_daily"

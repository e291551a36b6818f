"""Marketing alerts: what was found, how far was looked, and what people set."""

from django.db import models
from django.db.models import Q

from .campaign import Campaign


class AlertRule(models.Model):
    """What people changed of a rule of the code (`rule`, and `metric` if there is one for each), or a line they drew.

    `value` is what the rule compares with, None for the default. A line is of all, a channel or a campaign, by hour or
    by day of the event, in the unit of its metric.
    """

    LINE = "line"

    id = models.AutoField(primary_key=True)
    rule = models.CharField(max_length=20)
    metric = models.CharField(max_length=60, default="", blank=True)
    channel = models.CharField(max_length=20, default="", blank=True)
    campaign = models.ForeignKey(Campaign, models.CASCADE, null=True, blank=True)
    over = models.BooleanField(default=True)
    value = models.DecimalField(max_digits=24, decimal_places=6, null=True, blank=True)
    span = models.CharField(max_length=10, default="", blank=True)
    muted = models.BooleanField(default=False)
    made_by = models.CharField(max_length=150, default="", blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "alert_rule"
        verbose_name = "rule of alerts"
        verbose_name_plural = "rules of alerts"
        constraints = [
            models.UniqueConstraint(fields=["rule", "metric"], condition=~Q(rule="line"), name="alert_rule_once")
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.metric}".strip()


class MarketingAlert(models.Model):
    """One cause that moved one or several figures; it is named for the first of its `parts`, whose scope stands in
    columns, too.

    `parts` are findings as they were last seen, each with the currency of its amounts, `series` the hours before it was
    last judged, each as what was and what was usual. `since` is the beginning of what was found first, `seen_at` the
    end of what was last judged.
    """

    id = models.BigAutoField(primary_key=True)
    rule = models.CharField(max_length=30)
    metric = models.CharField(max_length=60)
    channel = models.CharField(max_length=20, default="", blank=True)
    campaign = models.ForeignKey(Campaign, models.CASCADE, null=True, blank=True)
    over = models.BooleanField()
    parts = models.JSONField(default=list)
    series = models.JSONField(default=list, blank=True)
    since = models.DateTimeField()
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.CharField(max_length=150, default="", blank=True)
    snoozed_until = models.DateTimeField(null=True, blank=True)
    snoozed_by = models.CharField(max_length=150, default="", blank=True)

    class Meta:
        db_table = "marketing_alert"
        verbose_name = "marketing alert"
        indexes = [
            models.Index(fields=["opened_at"], name="marketing_alert_open", condition=Q(closed_at=None)),
            models.Index(fields=["-closed_at"], name="marketing_alert_closed"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.metric}, {self.opened_at:%Y-%m-%d %H:%M}"


class AlertWatch(models.Model):
    """Up to which hour everything was judged: one row, written with what was found."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    judged_until = models.DateTimeField()

    class Meta:
        db_table = "alert_watch"


class SpendReading(models.Model):
    """What a running day was known to have cost when an hour of it ended, in the reporting currency, by channel.

    Costs are kept by day; what a day's cost grew by from reading to reading is what was spent in an hour. The channel
    "" is all of them, and there even where nothing was spent: an hour without it was not read.
    """

    id = models.BigAutoField(primary_key=True)
    hour = models.DateTimeField()
    channel = models.CharField(max_length=20, default="", blank=True)
    spent = models.DecimalField(max_digits=30, decimal_places=10)

    class Meta:
        db_table = "spend_reading"
        constraints = [models.UniqueConstraint(fields=["hour", "channel"], name="spend_reading_once")]

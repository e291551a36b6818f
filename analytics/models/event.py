"""What happened, by opaque contact; the tables themselves stand in `sql/schema/events.sql`."""

from django.db import models
from django.db.models.functions import Now


class Source(models.Model):
    """Where events come from; outside event ids are unique within one source."""

    id = models.AutoField(primary_key=True)
    name = models.CharField(max_length=100, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "source"

    def __str__(self) -> str:
        return self.name


class UserAgent(models.Model):
    """A user agent once, however many events bear it; `is_machine` by the rules of `rules_version`."""

    id = models.AutoField(primary_key=True)
    text = models.CharField(max_length=500, unique=True)
    is_machine = models.BooleanField()
    rules_version = models.SmallIntegerField()

    class Meta:
        db_table = "user_agent"

    def __str__(self) -> str:
        return self.text


class Contact(models.Model):
    """A person as an opaque number; who it is stands in `compliance` alone."""

    id = models.BigIntegerField(primary_key=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "contact"

    def __str__(self) -> str:
        return str(self.id)


class Event(models.Model):
    """One event, written by the fold alone. `campaign_id` 0 = names no campaign; `machine` 0 = human."""

    pk = models.CompositePrimaryKey("contact_id", "campaign_id", "message", "occurred_at", "event_id")
    contact_id = models.BigIntegerField()
    campaign_id = models.IntegerField()
    occurred_at = models.DateTimeField()
    event_id = models.UUIDField()
    type = models.SmallIntegerField()
    machine = models.SmallIntegerField()
    rules_version = models.SmallIntegerField()
    message = models.TextField()
    order_key = models.BigIntegerField(null=True)
    amount = models.DecimalField(max_digits=30, decimal_places=10, null=True)
    currency = models.CharField(max_length=3, null=True)
    value = models.DecimalField(max_digits=30, decimal_places=10, null=True)
    user_agent_id = models.IntegerField(null=True)
    flagged = models.BooleanField()
    link = models.BigIntegerField(null=True)
    network = models.BigIntegerField(null=True)
    source_id = models.IntegerField()
    import_id = models.BigIntegerField(null=True)
    received_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "event"


class Engagement(models.Model):
    """What one contact did with one message of one campaign, for whoever saw it, reacted or left.

    `first_open_at` counts an implied open too: a human click implies an open.
    """

    pk = models.CompositePrimaryKey("campaign_id", "contact_id", "message")
    campaign_id = models.IntegerField()
    contact_id = models.BigIntegerField()
    message = models.TextField()
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    first_open_at = models.DateTimeField(null=True)
    first_click_at = models.DateTimeField(null=True)
    bounced_at = models.DateTimeField(null=True)
    unsubscribed_at = models.DateTimeField(null=True)
    complained_at = models.DateTimeField(null=True)
    first_converted_at = models.DateTimeField(null=True)
    opens = models.IntegerField()
    clicks = models.IntegerField()
    machine_opens = models.IntegerField()
    machine_clicks = models.IntegerField()
    impressions = models.IntegerField()
    conversions = models.IntegerField()

    class Meta:
        managed = False
        db_table = "engagement"

"""What each source sent, by day: kept for good, whatever becomes of events and of rejected rows."""

from django.db import models

from .event import Source


class SourceDay(models.Model):
    """How many events of a type came from a source on a day (UTC), written by the fold alone.

    `live` of those `taken` came through a door and not in a file; over them are summed how old they were when they came
    and how long they waited to be counted.
    """

    pk = models.CompositePrimaryKey("source_id", "day", "type")
    source = models.ForeignKey(Source, models.PROTECT)
    day = models.DateField()
    type = models.SmallIntegerField()
    taken = models.BigIntegerField()
    known = models.BigIntegerField()
    live = models.BigIntegerField()
    aged_seconds = models.FloatField()
    waited_seconds = models.FloatField()
    last_at = models.DateTimeField()

    class Meta:
        db_table = "source_day"


class RejectedItems(models.Model):
    """How many items of a source were rejected on a day (UTC): the sum over its slots. Each connection has one
    of them, so that requests do not wait for one another.
    """

    pk = models.CompositePrimaryKey("source_id", "day", "slot")
    source = models.ForeignKey(Source, models.PROTECT)
    day = models.DateField()
    slot = models.SmallIntegerField()
    items = models.BigIntegerField()
    last_at = models.DateTimeField()

    class Meta:
        db_table = "rejected_items"

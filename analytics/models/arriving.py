"""When events arrive, and what is still to come of those that happened (`analytics.arriving`)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Arrival(models.Model):
    """How many events of one hour (UTC) a source reported in a quarter of an hour, numbered from the hour's beginning.

    `kind` is one of `arriving.span.KINDS`, `import_file_id` 0 without a file. What came two weeks late is not here.
    Counted by the fold, kept for six weeks.
    """

    pk = models.CompositePrimaryKey("hour", "source_id", "kind", "quarter", "import_file_id")
    hour = models.DateTimeField()
    source_id = models.IntegerField()
    kind = models.SmallIntegerField()
    quarter = models.SmallIntegerField()
    import_file_id = models.BigIntegerField()
    events = models.IntegerField()

    class Meta:
        db_table = "arrival"


class SourceForecast(models.Model):
    """How late a source usually is and what it is to report yet, as of `at`.

    `usual` are the shares that are here so many hours after an hour's end (`arriving.span.SHOWN`), of `seen` events;
    empty where those are too few, then `to_come` and `of_day` are null. `of_day` is the share of yesterday that is
    usually here by now, `day_events` what is here of it.
    """

    source_id = models.IntegerField(primary_key=True)
    at = models.DateTimeField()
    usual = ArrayField(models.FloatField())
    seen = models.BigIntegerField()
    to_come = models.FloatField(null=True)
    of_day = models.FloatField(null=True)
    day_events = models.BigIntegerField()

    class Meta:
        db_table = "source_forecast"


class HourForecast(models.Model):
    """What is here and what is to come of one kind of event of one hour, from all sources.

    `unknown` is what is here from sources of which nobody knows how late they are; nothing else is of those. `share` of
    the `usual` events of such an hour are usually here when they are as old.
    """

    pk = models.CompositePrimaryKey("hour", "kind")
    hour = models.DateTimeField()
    kind = models.SmallIntegerField()
    arrived = models.BigIntegerField()
    unknown = models.BigIntegerField()
    to_come = models.FloatField()
    usual = models.FloatField()
    share = models.FloatField()

    class Meta:
        db_table = "hour_forecast"


class MissingCosts(models.Model):
    """A day of which a source that usually has told its costs by now has told none."""

    pk = models.CompositePrimaryKey("source", "day")
    source = models.CharField(max_length=100)
    day = models.DateField()

    class Meta:
        db_table = "missing_costs"
        verbose_name_plural = "missing costs"

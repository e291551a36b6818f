from django.db import models


class DataVersion(models.Model):
    """One row: raised by every transaction that changes figures; also how the totals were cut."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    version = models.BigIntegerField(default=0)
    changed_at = models.DateTimeField()
    last_event_at = models.DateTimeField(null=True)
    time_zone = models.CharField(max_length=60)
    currency = models.CharField(max_length=3)
    window_days = models.SmallIntegerField()

    class Meta:
        db_table = "data_version"
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="data_version_one_row")]

    def __str__(self) -> str:
        return str(self.version)


class ChangedDay(models.Model):
    """A (basis, day) whose totals changed since the views were last refreshed."""

    pk = models.CompositePrimaryKey("basis", "day")
    basis = models.SmallIntegerField()
    day = models.DateField()
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "changed_day"


class ViewRefresh(models.Model):
    """When a materialized view was refreshed, from which data version, and how long it took."""

    name = models.CharField(max_length=60, primary_key=True)
    refreshed_at = models.DateTimeField()
    data_version = models.BigIntegerField()
    seconds = models.FloatField()

    class Meta:
        db_table = "view_refresh"

    def __str__(self) -> str:
        return self.name

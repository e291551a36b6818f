"""What is counted for ever, though the rows go that it was counted from."""

from django.db import models


class JobTotal(models.Model):
    """The runs of a job that ended in one way. The database counts them, as it takes a run's end (migration 0025)."""

    pk = models.CompositePrimaryKey("name", "outcome")
    name = models.CharField(max_length=100)
    outcome = models.CharField(max_length=20)
    runs = models.BigIntegerField()
    seconds = models.FloatField()
    last_seconds = models.FloatField()
    last_at = models.DateTimeField()

    class Meta:
        db_table = "job_total"


class LookTotal(models.Model):
    """The sealed rows of the access log by what was done, and the contacts in them."""

    act = models.CharField(max_length=20, primary_key=True)
    acts = models.BigIntegerField()
    contacts = models.BigIntegerField()

    class Meta:
        db_table = "look_total"

from django.db import models


class JobRun(models.Model):
    """One run of a job: what, why, when, how long, how many rows, what error."""

    name = models.CharField(max_length=100)
    reason = models.CharField(max_length=200, default="", blank=True)
    slot = models.DateTimeField(null=True, blank=True)  # the tick of the schedule that it stands for
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=20, default="running")
    rows = models.BigIntegerField(null=True, blank=True)
    error = models.TextField(default="", blank=True)

    class Meta:
        db_table = "marketing_job_runs"
        indexes = [models.Index(fields=["name", "-started_at"])]

    def __str__(self) -> str:
        return f"{self.name} {self.started_at:%Y-%m-%d %H:%M:%S}"


class SchedulerTick(models.Model):
    """One tick of the schedule: when it was due, when it was sent."""

    name = models.CharField(max_length=100)
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField()
    missed = models.IntegerField(default=0)

    class Meta:
        db_table = "marketing_scheduler_log"
        indexes = [models.Index(fields=["name", "-due_at"])]

    def __str__(self) -> str:
        return f"{self.name} {self.due_at:%Y-%m-%d %H:%M:%S}"

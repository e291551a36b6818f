from django.db import models


class JobRun(models.Model):
    """One run of a job: what, why, when, how long, how many rows, what error.

    `slot` is what it stands for: the tick of the schedule, or the moment when somebody asked for it; all its attempts
    share it. A run that waits for its begin has started when it was asked for.
    """

    name = models.CharField(max_length=100)
    reason = models.CharField(max_length=200, default="", blank=True)
    slot = models.DateTimeField(null=True, blank=True)
    attempt = models.PositiveSmallIntegerField(default=1)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=20, default="running")
    rows = models.BigIntegerField(null=True, blank=True)
    error = models.TextField(default="", blank=True)

    class Meta:
        db_table = "marketing_job_runs"
        permissions = [("run_job", "Can start a job now")]
        indexes = [
            models.Index(fields=["name", "-started_at"]),
            models.Index(fields=["name"], condition=models.Q(outcome__in=("waiting", "running")), name="job_run_going"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.started_at:%Y-%m-%d %H:%M:%S}"

    @property
    def seconds(self) -> float | None:
        """How long it took; None until it has ended, and when it died."""
        return (self.finished_at - self.started_at).total_seconds() if self.finished_at else None


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

from django.db import models


class JobRun(models.Model):
    """One run of a job: what, why, when, how long, how many rows, what error.

    `slot` is what it stands for: the tick of the schedule, or the moment when somebody asked for it; all its attempts
    share it, and one of them at most runs or did its work. A `final` one is the last. A run that waits for its begin
    has started when it was asked for; a lost one has an end where it was ended for taking too long. `runs` are those of
    a minute that found nothing, of a job that comes more often; the row tells of the last of them. `request_id` is that
    of the request that brought it about, empty for one that the schedule did.
    """

    name = models.CharField(max_length=100)
    reason = models.CharField(max_length=200, default="", blank=True)
    slot = models.DateTimeField(null=True, blank=True)
    attempt = models.PositiveSmallIntegerField(default=1)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=20, default="running")
    rows = models.BigIntegerField(null=True, blank=True)
    runs = models.PositiveIntegerField(default=1)
    error = models.TextField(default="", blank=True)
    final = models.BooleanField(default=False)
    request_id = models.CharField(max_length=64, default="", db_default="", blank=True)

    class Meta:
        db_table = "marketing_job_runs"
        constraints = [
            models.UniqueConstraint(
                fields=["name", "slot"],
                condition=models.Q(outcome__in=("running", "done", "nothing to do")),
                name="job_run_once",
            )
        ]
        permissions = [("run_job", "Can start a job now")]
        indexes = [
            models.Index(fields=["name", "-started_at"]),
            models.Index(fields=["name"], condition=models.Q(outcome__in=("waiting", "running")), name="job_run_going"),
            models.Index(
                fields=["name", "-started_at"], condition=~models.Q(outcome="nothing to do"), name="job_run_did"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.started_at:%Y-%m-%d %H:%M:%S}"

    @property
    def seconds(self) -> float | None:
        """How long it took; None until it has ended, and when it died."""
        return (self.finished_at - self.started_at).total_seconds() if self.finished_at else None


class SchedulerTick(models.Model):
    """One tick of the schedule: when it was due, when it was sent, how many were missed before it.

    Of a job that comes more often than every minute all ticks of a minute are one row: due as the first of them, sent
    as the last.
    """

    name = models.CharField(max_length=100)
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField()
    missed = models.IntegerField(default=0)
    ticks = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "marketing_scheduler_log"
        indexes = [models.Index(fields=["name", "-due_at"])]

    def __str__(self) -> str:
        return f"{self.name} {self.due_at:%Y-%m-%d %H:%M:%S}"

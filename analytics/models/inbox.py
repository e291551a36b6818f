from django.conf import settings
from django.db import models


class ImportFile(models.Model):
    """One file on its way in: how far it was read, and what became of its rows.

    One that was uploaded is `uploading`, then `waiting` until somebody says what is in it and starts it (`asked_at`);
    `begun_at` is when a worker took it. A cancelled one may have rows: `finished_at` says when the last of them was
    counted, and until then its worker has not stopped.
    """

    class State(models.TextChoices):
        UPLOADING = "uploading"
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"
        UNDOING = "undoing"
        UNDONE = "undone"

    kind = models.CharField(max_length=20, blank=True)  # events, campaigns, costs, rates
    name = models.CharField(max_length=300)
    fingerprint = models.CharField(max_length=64)  # sha256 of size, mapping, source and the first and last megabyte
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    reason = models.TextField(default="", blank=True)
    lines_done = models.BigIntegerField(default=0)
    read = models.BigIntegerField(default=0)
    taken = models.BigIntegerField(default=0)
    known = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    suppressed = models.BigIntegerField(default=0)
    totals = models.BigIntegerField(default=0, db_default=0)  # rows that sum up others, left out
    replaced = models.BigIntegerField(default=0, db_default=0)  # rows that a later one of the same batch replaced
    unreported = models.BigIntegerField(default=0, db_default=0)  # rows that report nothing, left out
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    source = models.CharField(max_length=100, default="", db_default="", blank=True)
    options = models.JSONField(default=dict, db_default={})  # how to read it, as `ingest.chosen` has it
    size = models.BigIntegerField(default=0, db_default=0)  # bytes, of what was uploaded
    bytes_done = models.BigIntegerField(default=0, db_default=0)
    started_at = models.DateTimeField(auto_now_add=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    begun_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    first_day = models.DateField(null=True, blank=True)  # UTC, of the events that it brought
    last_day = models.DateField(null=True, blank=True)
    undone = models.BigIntegerField(default=0, db_default=0)  # events or changes taken back
    final = models.BooleanField(default=False, db_default=True)  # what undoing it asks for is not kept, or not any more
    left_as_stubs = models.IntegerField(default=0, db_default=0)  # campaigns of an undone file that others refer to

    class Meta:
        db_table = "import_file"
        indexes = [models.Index(fields=["fingerprint"])]

    def __str__(self) -> str:
        return self.name

    @property
    def has_stopped(self) -> bool:
        """Whether nobody is at it any more, so that what it has recorded is all there will be."""
        ended = self.state in (self.State.DONE, self.State.FAILED, self.State.CANCELLED)
        return ended and (self.asked_at is None or self.finished_at is not None)


class ImportPart(models.Model):
    """So many bytes of an uploaded file (`uploads.PART`, the last one fewer), from part 0 on: zlib, then encrypted."""

    import_file = models.ForeignKey(ImportFile, models.CASCADE)
    number = models.IntegerField()
    content = models.BinaryField()

    class Meta:
        db_table = "import_part"
        constraints = [models.UniqueConstraint(fields=["import_file", "number"], name="import_part_once")]

    def __str__(self) -> str:
        return f"part {self.number} of {self.import_file_id}"


class InboxBatch(models.Model):
    """Accepted events that wait for the fold; a dead one could not be folded and waits for a person.

    A batch that fails for one of its rows is halved until that row stands alone: `line` is then where its first row
    stood in the file or request. `attempts` is how often it failed by itself, `reason` what the database said last,
    `failing_since` when it first failed for what may be the database's fault.

    `payload` is zlib over PostgreSQL's COPY text format, columns as in `ingest.batch.COLUMNS`; contacts stand in it
    as opaque ids only.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        DEAD = "dead"

    received_at = models.DateTimeField()
    source = models.ForeignKey("analytics.Source", models.PROTECT)
    import_file = models.ForeignKey(ImportFile, models.PROTECT, null=True)
    rows = models.IntegerField()
    line = models.BigIntegerField(null=True, blank=True)
    payload = models.BinaryField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    reason = models.TextField(default="", blank=True)
    attempts = models.IntegerField(default=0)
    failing_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "inbox"
        verbose_name_plural = "inbox batches"
        indexes = [models.Index(fields=["state", "id"])]

    def __str__(self) -> str:
        return f"batch {self.pk}"


class DeadLetterRow(models.Model):
    """A rejected row of a file, or a rejected item of a request: where it stood, why, and what it said (encrypted)."""

    import_file = models.ForeignKey(ImportFile, models.CASCADE, null=True)
    source_name = models.CharField(max_length=100)
    line = models.BigIntegerField()
    field = models.CharField(max_length=60)
    reason = models.TextField()
    content = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "dead_letter_row"
        indexes = [
            models.Index(fields=["import_file", "line"]),
            models.Index(fields=["source_name", "id"], name="dead_letter_row_source"),
        ]

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


class SuppressedEvents(models.Model):
    """How many events of a source came on a day (UTC) for people who are on the suppression list, and were dropped."""

    day = models.DateField()
    source = models.ForeignKey("analytics.Source", models.PROTECT)
    events = models.BigIntegerField()

    class Meta:
        db_table = "suppressed_events"
        verbose_name_plural = "suppressed events"
        constraints = [models.UniqueConstraint(fields=["day", "source"], name="suppressed_events_once")]

    def __str__(self) -> str:
        return f"{self.day} {self.events}"


class OtherEvents(models.Model):
    """How many messages of a source came on a day (UTC) of which no event of ours is made, by name."""

    day = models.DateField()
    source = models.ForeignKey("analytics.Source", models.PROTECT)
    name = models.CharField(max_length=60)
    events = models.BigIntegerField()

    class Meta:
        db_table = "other_events"
        verbose_name_plural = "other events"
        constraints = [models.UniqueConstraint(fields=["day", "source", "name"], name="other_events_once")]

    def __str__(self) -> str:
        return f"{self.day} {self.name}: {self.events}"

"""What makes a change of the logs show: see `logs/chain.py`."""

from django.db import models


class AuditSeal(models.Model):
    """A row of a log (`row_id`, `row_at`) at its `position` in the log's chain; never changed.

    `content` is a keyed hash of the row, `hash` one of this seal and the hash before it.
    """

    id = models.BigAutoField(primary_key=True)
    log = models.TextField()
    position = models.BigIntegerField()
    at = models.DateTimeField("sealed at")
    row_id = models.BigIntegerField("row")
    row_at = models.DateTimeField("row of")
    content = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        managed = False
        db_table = "audit_seal"
        verbose_name = "seal of a log"
        verbose_name_plural = "seals of logs"

    def __str__(self) -> str:
        return f"{self.log} {self.position}"


class LogFinding(models.Model):
    """What a check found in a log that is not as it was written: first, and last. It stays, also once somebody looked
    into it and accepted that it is so.

    `position` is a place in the log's chain, `row_id` and `row_at` a row, as far as it is about one.
    """

    id = models.BigAutoField(primary_key=True)
    log = models.CharField(max_length=40)
    what = models.CharField("what is wrong", max_length=300)
    position = models.BigIntegerField(null=True, blank=True)
    row_id = models.BigIntegerField("row", null=True, blank=True)
    row_at = models.DateTimeField("row of", null=True, blank=True)
    found_at = models.DateTimeField("found")
    seen_at = models.DateTimeField("last found")
    accepted_at = models.DateTimeField("accepted", null=True, blank=True)
    accepted_by = models.CharField(max_length=150, default="", blank=True)
    reason = models.TextField(default="", blank=True)

    class Meta:
        db_table = "log_finding"
        verbose_name = "finding in a log"
        verbose_name_plural = "findings in logs"
        constraints = [
            models.UniqueConstraint(
                fields=["log", "what", "position", "row_id", "row_at"], name="log_finding_once", nulls_distinct=False
            )
        ]
        permissions = [("accept_logfinding", "Can accept a finding in a log that was looked into")]

    def __str__(self) -> str:
        return f"{self.log}: {self.what}"


class AnchorKind(models.TextChoices):
    END = "end", "End of the chain"
    START = "start", "Start of the chain"


class AuditAnchor(models.Model):
    """A place of a chain as it was at a moment, signed; never changed.

    An end was the last there was; behind a start checking begins, for retention took the rows from `before`.
    """

    id = models.BigAutoField(primary_key=True)
    log = models.TextField()
    kind = models.TextField(choices=AnchorKind)
    at = models.DateTimeField()
    position = models.BigIntegerField()
    hash = models.BinaryField()
    before = models.DateTimeField(null=True)
    signature = models.BinaryField()

    class Meta:
        managed = False
        db_table = "audit_anchor"
        verbose_name = "anchor of a log"
        verbose_name_plural = "anchors of logs"

    def __str__(self) -> str:
        return f"{self.log} {self.position}, {self.at:%Y-%m-%d %H:%M}"

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

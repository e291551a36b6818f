from django.db import models

from .inbox import ImportFile


class ImportChange(models.Model):
    """What a file changed of one row (a cost, a campaign) and what stood there before: so it can be undone.

    The changes of one row, by id, are a chain: each `before` is what the change ahead of it left. A write that no file
    made ends it. `before` are columns by name; of a row that the file made, what it would have without the file's word.
    """

    class Kind(models.TextChoices):
        COST = "cost"
        CAMPAIGN = "campaign"

    import_file = models.ForeignKey(ImportFile, models.CASCADE)
    kind = models.CharField(max_length=10, choices=Kind)
    target = models.BigIntegerField()
    is_new = models.BooleanField()
    before = models.JSONField()
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "import_change"
        indexes = [
            models.Index(fields=["kind", "target", "id"]),
            models.Index(fields=["import_file", "kind", "id"]),
            models.Index(fields=["changed_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.target}"

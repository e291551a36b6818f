from django.db import models


class LedgerFollowed(models.Model):
    """One row: up to which line of the ledger of erasures, a file, this database has done what stands there.

    A database that was restored is behind the file, and that is how it is known.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    line = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64)

    class Meta:
        db_table = "ledger_followed"
        verbose_name = "place in the ledger of erasures"

    def __str__(self) -> str:
        return str(self.line)

from django.db import models


class Hook(models.Model):
    """An address that one mail provider reports to. `secret_hash` is SHA-256 of the last part of the address, which is
    random; an earlier one holds until `earlier_until`. `key` is what its reports are signed with, encrypted.
    `refused_at`: when a report was last refused for its signature.
    """

    name = models.CharField(max_length=60, unique=True)
    provider = models.CharField(max_length=20)
    secret_hash = models.BinaryField(max_length=32, unique=True)
    earlier_hash = models.BinaryField(max_length=32, null=True)
    earlier_until = models.DateTimeField(null=True, blank=True)
    key = models.BinaryField(default=b"")
    made_at = models.DateTimeField()
    last_at = models.DateTimeField(null=True, blank=True)
    refused_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "hook"

    def __str__(self) -> str:
        return self.name

from django.db import models
from django.db.models.functions import Now


class Identity(models.Model):
    """Who a contact is: the only table that knows. Fields are encrypted; rows are found by keyed hash."""

    contact_id = models.BigAutoField(primary_key=True)
    outside_id_hash = models.BinaryField(max_length=16, unique=True)
    outside_id = models.BinaryField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "identity"
        verbose_name_plural = "identities"

    def __str__(self) -> str:
        return str(self.contact_id)

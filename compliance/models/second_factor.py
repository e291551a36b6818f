from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models


class SecondFactor(models.Model):
    """An app that shows somebody codes: its secret, encrypted, and the last step of 30 s that a code was taken of.

    `recovery` has the hashes, all with one `salt`, of those codes on paper that are not used yet.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True)
    secret = models.BinaryField()
    since = models.DateTimeField()
    last_step = models.BigIntegerField()
    salt = models.BinaryField()
    recovery = ArrayField(models.BinaryField())

    class Meta:
        db_table = "second_factor"

    def __str__(self) -> str:
        return f"second factor of {self.user_id}"

from django.db import models


class KeptAnswer(models.Model):
    """The answer to a call that came with an `Idempotency-Key`. Without people's data in clear: `id` is a keyed hash of
    asker and key, `fingerprint` one of what was asked, `answer` is encrypted, and null only within its transaction.
    """

    id = models.BinaryField(max_length=16, primary_key=True)
    fingerprint = models.BinaryField(max_length=16)
    at = models.DateTimeField(db_index=True)
    answer = models.BinaryField(null=True)

    class Meta:
        db_table = "kept_answer"

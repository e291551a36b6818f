from django.db import models


class LoggedRequest(models.Model):
    """One request that might change something, whatever came of it; never changed.

    `route` is the name of the address, `at` when it came; `written_by` the transaction that wrote the row.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    user_id = models.BigIntegerField(null=True)
    username = models.TextField()
    key_prefix = models.TextField("API key")
    ip = models.GenericIPAddressField(null=True)
    method = models.TextField()
    route = models.TextField()
    status = models.SmallIntegerField()
    duration_ms = models.IntegerField("ms")
    request_id = models.TextField("request")

    class Meta:
        managed = False
        db_table = "api_request_log"
        verbose_name = "request"
        verbose_name_plural = "request log"

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.username} {self.method} {self.route} {self.status}"

from django.db import models


class Heartbeat(models.Model):
    """When a program last said that it lives."""

    program = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "heartbeat"

    def __str__(self) -> str:
        return f"{self.program} {self.at:%Y-%m-%d %H:%M:%S}"

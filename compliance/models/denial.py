from django.contrib.auth.models import Group
from django.db import models


class MetricDenial(models.Model):
    """A group is shown no figure of a metric, nor of any other that it could be worked out from.

    `metric` is a name that means something elsewhere.
    """

    group = models.ForeignKey(Group, models.CASCADE)
    metric = models.CharField(max_length=100)

    class Meta:
        db_table = "metric_denial"
        constraints = [models.UniqueConstraint(fields=["group", "metric"], name="one_denial_of_a_metric")]

    def __str__(self) -> str:
        return f"{self.group}: {self.metric}"

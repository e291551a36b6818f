from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from rest_framework_api_key.models import AbstractAPIKey


class ApiKey(AbstractAPIKey):
    """A key for machines: what it may do (`scopes`), and for whom it acts, if for anybody."""

    scopes = ArrayField(models.CharField(max_length=40), default=list)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True)

    class Meta(AbstractAPIKey.Meta):
        db_table = "api_key"
        verbose_name = "API key"

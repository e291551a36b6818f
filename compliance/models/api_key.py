from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.postgres.fields import ArrayField
from django.db import models
from rest_framework_api_key.models import AbstractAPIKey


class ApiKey(AbstractAPIKey):
    """A key for machines: what it may do (`scopes`), and for whom it acts, if for anybody.

    What `group` is denied is denied to the key, beside what its owner is denied.
    """

    scopes = ArrayField(models.CharField(max_length=40), default=list)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True)
    group = models.ForeignKey(Group, models.PROTECT, null=True, blank=True)
    last_used_on = models.DateField("last used", null=True, blank=True, editable=False)  # a day of UTC

    class Meta(AbstractAPIKey.Meta):
        db_table = "api_key"
        verbose_name = "API key"

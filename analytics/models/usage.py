"""Use of the pages, counted without personal data."""

from django.db import models


class PageViews(models.Model):
    """How often a page was looked at on a day."""

    pk = models.CompositePrimaryKey("day", "page")
    day = models.DateField()
    page = models.CharField(max_length=60)
    views = models.IntegerField()

    class Meta:
        db_table = "page_views"


class PageSession(models.Model):
    """One visitor of one day; `visitor` is a hash keyed by that day, so days cannot be joined to a person."""

    pk = models.CompositePrimaryKey("day", "visitor", "first_at")
    day = models.DateField()
    visitor = models.UUIDField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    views = models.IntegerField()

    class Meta:
        db_table = "page_session"

"""Who is one with whom, since when, and by whose word; what waits to be done, and why. Numbers alone, no name."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone
from django.utils.timesince import timesince

from . import merging
from .models import IdentityAlias, MergeWaiting
from .read_only import Bounded, ReadOnly

# One row for each contact of the outer one: how many numbers lead to it.
_LEADING = (
    IdentityAlias.objects.filter(contact_id=OuterRef("contact_id"))
    .order_by()
    .values("contact_id")
    .annotate(n=Count("pk"))
)


@admin.register(IdentityAlias)
class IdentityAliasAdmin(ReadOnly):
    """Searched by a number: what it leads to, and what leads to it."""

    list_display = ("former_id", "contact_id", "since", "door", "ids")
    readonly_fields = ("ids",)
    list_filter = ("door",)
    search_fields = ("=former_id", "=contact_id")
    search_help_text = "The number of a contact: finds what it leads to, and all that lead to it."
    date_hierarchy = "since"
    ordering = ("-since", "-former_id")
    paginator = Bounded

    def get_queryset(self, request: HttpRequest) -> QuerySet[IdentityAlias]:
        leading = Coalesce(Subquery(_LEADING.values("n"), output_field=IntegerField()), 0)
        return super().get_queryset(request).annotate(leading=leading)

    @admin.display(description=f"Ids of the contact, {merging.MOST_NUMBERS} at most")
    def ids(self, row: Any) -> int:
        return int(row.leading) + 1


@admin.register(MergeWaiting)
class MergeWaitingAdmin(ReadOnly):
    list_display = ("contact_id", "into_id", "door", "told_at", "waits", "due_at")
    readonly_fields = ("waits", "why")
    list_filter = ("door",)
    search_fields = ("=contact_id", "=into_id")
    search_help_text = "The number of a contact."
    ordering = ("told_at", "id")
    paginator = Bounded

    @admin.display(description="Waits for")
    def waits(self, row: MergeWaiting) -> str:
        return timesince(row.told_at, timezone.now())

    @admin.display(description="Why")
    def why(self, row: MergeWaiting) -> str:
        return _why(row, timezone.now())


def _why(row: MergeWaiting, at: datetime) -> str:
    kept = merging.kept_apart(row, at)
    if kept:
        return f"One of the two {kept.value}; they are made one once that is over."
    if row.due_at > row.told_at:
        return "It could not be done before, and is tried again when it is due; the job that folds the inbox says why."
    return "It is done in a moment, once all events that wait are counted."

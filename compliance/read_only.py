"""What the admin's lists to look at have in common."""

from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils.functional import cached_property


class Bounded(Paginator):
    """Pages of the first rows alone: no count and no jump slows as a log grows; a search reaches the rest."""

    most = 10_000

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows[: self.most].count())


class ReadOnly(admin.ModelAdmin):
    """A list to look at: what it shows is written elsewhere."""

    show_full_result_count = False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Nothing is found by what is not shown: whoever may ask for rows by it has it, letter by letter."""
        hidden = self.get_exclude(request) or ()
        return lookup.partition("__")[0] not in hidden and super().lookup_allowed(lookup, value, request)

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

"""The admin of keys and jobs."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from rest_framework_api_key.admin import APIKeyModelAdmin
from rest_framework_api_key.models import APIKey

from .models import ApiKey, JobRun, SchedulerTick

admin.site.unregister(APIKey)  # the package's own keys, which nothing here accepts


@admin.register(ApiKey)
class ApiKeyAdmin(APIKeyModelAdmin):
    """Keys are made by `manage.py create_api_key`, which shows them once; here they are looked up and revoked."""

    list_display = ("name", "prefix", "scopes", "owner", "created", "expiry_date", "revoked")  # type: ignore[assignment]
    list_filter = ("revoked",)
    search_fields = ("name", "prefix")
    readonly_fields = ("prefix", "name", "scopes", "owner")
    list_select_related = ("owner",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


class ReadOnly(admin.ModelAdmin):
    """A list to look at: what it shows is written elsewhere."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(JobRun)
class JobRunAdmin(ReadOnly):
    list_display = ("name", "outcome", "started_at", "finished_at", "rows", "reason", "error")
    list_filter = ("name", "outcome")
    date_hierarchy = "started_at"


@admin.register(SchedulerTick)
class SchedulerTickAdmin(ReadOnly):
    list_display = ("name", "due_at", "sent_at", "missed")
    list_filter = ("name",)
    date_hierarchy = "due_at"

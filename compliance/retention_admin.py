"""The table of retention policies in the admin: what is kept how long and why, and how long it shall be."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from . import retention
from .acting import actor_of
from .models import RetentionSetting


@admin.register(RetentionSetting)
class RetentionAdmin(admin.ModelAdmin):
    """Every policy has a row, made when somebody first looks."""

    list_display = ("policy", "what", "kept", "why")
    fields = ("policy", "what", "why", "default", "days", "goes")
    readonly_fields = ("policy", "what", "why", "default", "goes")
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[RetentionSetting]:
        names = [policy.name for policy in retention.policies()]
        RetentionSetting.objects.bulk_create([RetentionSetting(policy=name) for name in names], ignore_conflicts=True)
        return super().get_queryset(request).filter(policy__in=names)

    def _policy(self, row: RetentionSetting) -> retention.Policy:
        return next(policy for policy in retention.policies() if policy.name == row.policy)

    @admin.display(description="What")
    def what(self, row: RetentionSetting) -> str:
        return self._policy(row).what

    @admin.display(description="Why")
    def why(self, row: RetentionSetting) -> str:
        return self._policy(row).why

    @admin.display(description="Default (days)")
    def default(self, row: RetentionSetting) -> int:
        return self._policy(row).days

    @admin.display(description="Kept (days)")
    def kept(self, row: RetentionSetting) -> int:
        return self._policy(row).days if row.days is None else row.days

    @admin.display(description="Would go tonight")
    def goes(self, row: RetentionSetting) -> str:
        """The dry run of this policy."""
        now = timezone.now()
        return f"{retention.would_go_by(self._policy(row), now).rows:,}"

    def save_model(self, request: HttpRequest, obj: RetentionSetting, form: Any, change: bool) -> None:
        try:
            retention.choose(obj.policy, form.cleaned_data["days"], by=actor_of(request), at=timezone.now())
        except retention.CannotKeep as error:
            self.message_user(request, str(error), messages.ERROR)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

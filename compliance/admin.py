"""The admin of roles and jobs, and what a compliance officer reads: grants, accesses, the audit trail."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from . import accounts_admin, merging_admin, retention_admin, roles, working_hours  # noqa: F401  three register their own
from .logs import findings
from .models import (
    AuditAnchor,
    AuditEntry,
    AuditSeal,
    ConsentGrant,
    JobRun,
    LogFinding,
    LoggedRequest,
    PiiAccess,
    SchedulerTick,
)
from .notices import admin as notices_admin  # noqa: F401  registers its own
from .read_only import Bounded, ReadOnly
from .reviews import admin as reviews_admin  # noqa: F401  registers its own
from .subjects import admin as subjects_admin  # noqa: F401  registers its own
from .watching import admin as watching_admin  # noqa: F401  registers its own

admin.site.unregister(Group)


@admin.register(Group)
class RoleAdmin(GroupAdmin):
    """What a role may is a table in the code; whoever needs more is given a group of their own beside it."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not (obj and obj.name in roles.NAMES)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and obj.name in roles.NAMES)


@admin.register(JobRun)
class JobRunAdmin(ReadOnly):
    list_display = ("name", "outcome", "attempt", "runs", "started_at", "finished_at", "rows", "reason", "error")
    list_filter = ("name", "outcome")
    date_hierarchy = "started_at"


@admin.register(SchedulerTick)
class SchedulerTickAdmin(ReadOnly):
    list_display = ("name", "due_at", "sent_at", "ticks", "missed")
    list_filter = ("name",)
    date_hierarchy = "due_at"


@admin.register(ConsentGrant)
class ConsentGrantAdmin(ReadOnly):
    list_display = ("opened_at", "username", "key_prefix", "campaign", "purpose", "reason", "expires_at", "ended_at")
    list_filter = ("purpose",)
    search_fields = ("username", "=campaign")
    date_hierarchy = "opened_at"
    ordering = ("-opened_at",)


class HoursFilter(admin.SimpleListFilter):
    title = "hours"
    parameter_name = "hours"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("outside", "Outside working hours")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return working_hours.outside(queryset) if self.value() == "outside" else queryset


@admin.register(PiiAccess)
class PiiAccessAdmin(ReadOnly):
    """Searched by whom, by grant or campaign; `contact:17` finds who looked at a contact."""

    list_display = ("at", "act", "username", "key_prefix", "ip", "campaign", "purpose", "contacts")
    list_filter = ("act", "purpose", HoursFilter)
    search_fields = ("username", "=campaign", "=grant_id")
    search_help_text = (
        "A user name, the number of a campaign, the id of a grant, or contact: and the number of a contact."
    )
    date_hierarchy = "at"
    ordering = ("-id",)
    paginator = Bounded

    @admin.display(description="Contacts")
    def contacts(self, row: PiiAccess) -> str:
        return f"{len(row.contact_ids)}: {', '.join(map(str, row.contact_ids[:5]))}" if row.contact_ids else "–"

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        prefix, _, number = search_term.strip().partition("contact:")
        if not prefix and number.strip().isdecimal() and int(number) < 2**63:
            return queryset.filter(contact_ids__contains=[int(number)]), False
        return super().get_search_results(request, queryset, search_term)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly):
    list_display = ("at", "username", "act", "object_type", "object_id", "said", "key_prefix", "ip")
    list_filter = ("act", "object_type")
    search_fields = ("username", "=object_id")
    date_hierarchy = "at"
    ordering = ("-id",)
    paginator = Bounded

    @admin.display(description="Details")
    def said(self, row: AuditEntry) -> str:
        told = (f"{name.replace('_', ' ')}: {'–' if value is None else value}" for name, value in row.details.items())
        return "; ".join(told) or "–"


@admin.register(LoggedRequest)
class LoggedRequestAdmin(ReadOnly):
    list_display = (
        "at", "username", "key_prefix", "ip", "method", "route", "status", "duration_ms", "request_id"
    )  # fmt: skip
    search_fields = ("=username", "=key_prefix", "=route", "=status", "=request_id")
    search_help_text = "A whole user name, key, name of an address, status, or id of a request."
    date_hierarchy = "at"
    ordering = ("-at",)
    paginator = Bounded


class Hashed(ReadOnly):
    """Rows with a hash: its beginning in the list, all of it on a row's page."""

    readonly_fields = ("whole_hash",)
    paginator = Bounded

    @admin.display(description="Hash")
    def hash_begins(self, row: Any) -> str:
        return f"{bytes(row.hash).hex()[:16]}…"

    @admin.display(description="Hash")
    def whole_hash(self, row: Any) -> str:
        return bytes(row.hash).hex()


@admin.register(AuditSeal)
class AuditSealAdmin(Hashed):
    list_display = ("log", "position", "at", "row_id", "row_at", "hash_begins")
    search_fields = ("=log", "=position", "=row_id")
    search_help_text = "A log, a position in its chain, or the number of a row."
    ordering = ("-id",)


@admin.register(LogFinding)
class LogFindingAdmin(ReadOnly):
    """What checks of the logs found; accepting one is a page of its own, which asks again who it is."""

    list_display = ("found_at", "state", "log", "what", "position", "row_id", "seen_at")
    readonly_fields = ("state",)
    ordering = ("-seen_at", "-pk")

    @admin.display(description="State")
    def state(self, row: LogFinding) -> SafeString | str:
        if findings.is_accepted(row):
            return f"accepted by {row.accepted_by}"
        return format_html('<a href="{}">Accept</a>', reverse("admin:accept_finding", args=[row.pk]))


@admin.register(AuditAnchor)
class AuditAnchorAdmin(Hashed):
    list_display = ("log", "kind", "at", "position", "before", "hash_begins")
    list_filter = ("kind",)
    search_fields = ("=log", "=position")
    search_help_text = "A log, or a position in its chain."
    date_hierarchy = "at"
    ordering = ("-id",)

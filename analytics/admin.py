"""The admin of what comes in: campaigns, sources, batches, files, costs and rates; and of saved views. What people did
is never shown.
"""

from collections import Counter
from itertools import islice

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from compliance.acting import actor_of
from compliance.read_only import ReadOnly

from . import retrying, undoing
from .admin_figures import Figures
from .fold import retry_dead
from .ingest.values import Rejection
from .models import (
    Campaign,
    CampaignCost,
    ColumnMapping,
    CurrencyRate,
    DeadLetterRow,
    Hook,
    ImportFile,
    InboxBatch,
    OtherEvents,
    SavedView,
    Source,
    SuppressedEvents,
)

MOST_RETRIED = 500  # rows at once, in seconds
MOST_REASONS = 10


@admin.register(Campaign)
class CampaignAdmin(Figures):
    list_display = ("name", "external_id", "channel", "status", "starts_at", "ends_at", "budget", "currency")
    figures = {"budget": ("cost",)}  # what is to be spent tells what is
    list_filter = ("channel", "status", "is_stub")
    search_fields = ("name", "external_id")


@admin.register(SavedView)
class SavedViewAdmin(admin.ModelAdmin):
    """Views are saved on their page; here they are looked up, renamed, shared or deleted for others."""

    list_display = ("name", "owner", "shared", "page", "changed_at")
    list_filter = ("shared", "page")
    search_fields = ("name", "owner__username")
    list_select_related = ("owner",)
    readonly_fields = ("owner", "page", "query")
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(Source)
class SourceAdmin(ReadOnly):
    list_display = ("name", "created_at")
    search_fields = ("name",)


@admin.register(InboxBatch)
class InboxBatchAdmin(ReadOnly):
    """Batches that wait for the fold, and those that could not be folded: mostly single rows of a batch that could."""

    list_display = ("id", "state", "source", "rows", "line", "received_at", "attempts", "import_file", "reason")
    list_filter = ("state", "source")
    list_select_related = ("source", "import_file")
    exclude = ("payload",)
    actions = ("retry",)

    @admin.action(description="Retry the selected dead batches", permissions=["retry"])
    def retry(self, request: HttpRequest, batches: QuerySet[InboxBatch]) -> None:
        retried = retry_dead(list(batches.values_list("id", flat=True)))
        self.message_user(request, f"{retried} of the selected batches wait for the fold again.", messages.SUCCESS)

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("analytics.change_inboxbatch")


@admin.register(ImportFile)
class ImportFileAdmin(ReadOnly):
    list_display = (
        "name",
        "kind",
        "state",
        "read",
        "taken",
        "known",
        "rejected",
        "suppressed",
        "totals",
        "unreported",
        "started_at",
        "finished_at",
        "reason",
    )
    list_filter = ("kind", "state")
    search_fields = ("name",)
    exclude = ("fingerprint",)
    readonly_fields = ("can_be_undone",)
    actions = ("undo",)

    @admin.display(description="Can be undone")
    def can_be_undone(self, record: ImportFile) -> str:
        return undoing.fault(record, timezone.now()) or f"Until {undoing.until(record):%Y-%m-%d %H:%M} UTC."

    @admin.action(description="Undo the selected imports: all that they brought is taken back", permissions=["undo"])
    def undo(self, request: HttpRequest, records: QuerySet[ImportFile]) -> None:
        for record in records:
            try:
                undoing.ask(record.pk, actor_of(request), timezone.now())
            except undoing.CannotUndo as error:
                self.message_user(request, f'"{record.name}": {error}', messages.ERROR)
            else:
                self.message_user(request, f'"{record.name}" is being undone.', messages.SUCCESS)

    def has_undo_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("analytics.change_importfile")


@admin.register(DeadLetterRow)
class DeadLetterRowAdmin(ReadOnly):
    """Rejected rows and items, with their reasons; what they said stays encrypted."""

    list_display = ("created_at", "source_name", "import_file", "line", "field", "reason")
    list_filter = ("source_name", "field")
    search_fields = ("=import_file__name",)
    list_select_related = ("import_file",)
    exclude = ("content",)
    show_full_result_count = False
    actions = ("retry",)

    @admin.action(description="Retry the selected rows: each goes through its door again", permissions=["retry"])
    def retry(self, request: HttpRequest, rows: QuerySet[DeadLetterRow]) -> None:
        results = list(islice(retrying.retry_rows(rows, timezone.now(), actor_of(request)), MOST_RETRIED))
        rejected = [result.reason for result in results if isinstance(result, Rejection)]
        taken = f"{len(results) - len(rejected):,} of {len(results):,} rows were taken."
        self.message_user(request, taken, messages.WARNING if rejected else messages.SUCCESS)
        for reason, times in Counter(rejected).most_common(MOST_REASONS):
            self.message_user(request, f"{times:,} rejected: {reason}", messages.WARNING)
        if len(results) == MOST_RETRIED:
            self.message_user(request, "So many at once; select the others again.", messages.WARNING)

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("analytics.change_inboxbatch")


@admin.register(CampaignCost)
class CampaignCostAdmin(Figures):
    figures = {
        "amount": ("cost",),
        "value": ("cost",),
        "impressions": ("impressions",),
        "clicks": ("clicks",),
        "conversions": ("platform_conversions",),
        "conversion_fraction": ("platform_conversions",),
    }
    list_display = (
        "campaign",
        "date",
        "time_zone",
        "source",
        "item",
        "amount",
        "currency",
        "value",
        "impressions",
        "clicks",
        "conversions",
    )
    list_filter = ("source", "currency")
    search_fields = ("=campaign__external_id",)
    list_select_related = ("campaign",)
    date_hierarchy = "date"
    show_full_result_count = False


@admin.register(ColumnMapping)
class ColumnMappingAdmin(ReadOnly):
    """What was said of the columns of files and is used again, until another mapping is told for the same header."""

    list_display = ("kind", "columns", "used_at")
    list_filter = ("kind",)

    @admin.display
    def columns(self, kept: ColumnMapping) -> str:
        return ", ".join(f"{theirs.strip()} is {ours}" for theirs, ours in kept.mapping.items())


@admin.register(CurrencyRate)
class CurrencyRateAdmin(ReadOnly):
    """Rates are only shown here: a change must revalue the days it touches."""

    list_display = ("currency", "day", "rate")
    list_filter = ("currency",)
    date_hierarchy = "day"


@admin.register(SuppressedEvents)
class SuppressedEventsAdmin(ReadOnly):
    """How much was dropped because it was of people who were erased."""

    list_display = ("day", "source", "events")
    list_filter = ("source",)
    list_select_related = ("source",)
    date_hierarchy = "day"
    ordering = ("-day",)


@admin.register(OtherEvents)
class OtherEventsAdmin(ReadOnly):
    """What clients told that no figure is made of, so that nothing goes missing silently."""

    list_display = ("day", "source", "name", "events")
    list_filter = ("source",)
    search_fields = ("=name",)
    list_select_related = ("source",)
    date_hierarchy = "day"
    ordering = ("-day", "-events")


@admin.register(Hook)
class HookAdmin(ReadOnly):
    """Addresses that providers report to; the Data page makes them, for their secrets are shown once."""

    list_display = ("name", "provider", "made_at", "last_at", "refused_at", "earlier_until")
    list_filter = ("provider",)
    exclude = ("secret_hash", "earlier_hash", "key")

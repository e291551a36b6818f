"""Alerts of unusual access in the admin: what waits, the rules in words, and acknowledging with a note."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ..acting import actor_of
from ..models import AccessAlert, Notice
from ..officers import OfficersAdmin
from . import alerts
from .alerts import CannotAcknowledge
from .rules import BY_NAME, RULES
from .words import key_of, words_of


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        count = alerts.open_ones().count()
        return [("open", f"Open ({count})"), ("acknowledged", "Acknowledged")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AccessAlert]) -> QuerySet[AccessAlert]:
        wanted = {"open": True, "acknowledged": False}.get(self.value() or "")
        return queryset if wanted is None else queryset.filter(acknowledged_at__isnull=wanted)


class RuleFilter(admin.SimpleListFilter):
    title = "rule"
    parameter_name = "rule"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        counts = dict(AccessAlert.objects.values_list("rule").annotate(Count("pk")))
        return [(rule.name, f"{rule.title} ({counts.get(rule.name, 0)})") for rule in RULES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AccessAlert]) -> QuerySet[AccessAlert]:
        return queryset.filter(rule=self.value()) if self.value() in BY_NAME else queryset


class NoteForm(ActionForm):
    note = forms.CharField(required=False, label="Note", widget=forms.TextInput(attrs={"size": 40, "maxlength": 1000}))


class AlertForm(forms.ModelForm):
    words = forms.CharField(
        required=False,
        label="What it was",
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Acknowledges it. It names nobody whom campaigns reach.",
    )

    class Meta:
        model = AccessAlert
        fields = ()


@admin.register(AccessAlert)
class AccessAlertAdmin(OfficersAdmin):
    """Found by the job; officers say what it was."""

    change_list_template = "compliance/alerts.html"
    form = AlertForm
    action_form = NoteForm
    list_display = (
        "found_at",
        "what",
        "username",
        "key_prefix",
        "count",
        "usual",
        "state",
        "acknowledged_by",
    )
    list_filter = (StateFilter, RuleFilter)
    search_fields = ("=username", "=key_prefix")
    date_hierarchy = "found_at"
    ordering = ("-found_at", "-pk")
    actions = ("acknowledge",)
    readonly_fields = (
        "what", "meaning", "username", "key_prefix", "count", "usual", "contact_id", "starts_at", "ends_at", "rows",
        "found_at", "state", "acknowledged_at", "acknowledged_by", "note", "told",
    )  # fmt: skip

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        waits = obj and obj.acknowledged_at is None and self.has_change_permission(request, obj)
        fields = self.told_of(obj) if obj else self.readonly_fields
        return [(None, {"fields": fields}), *([("Next", {"fields": ["words"]})] if waits else [])]

    class Media:
        css = {"all": ("css/requests.css", "css/review.css")}

    @admin.display(description="What", ordering="rule")
    def what(self, row: AccessAlert) -> str:
        return BY_NAME[row.rule].title if row.rule in BY_NAME else row.rule

    @admin.display(description="The rule")
    def meaning(self, row: AccessAlert) -> str:
        return words_of(row.rule) if row.rule in BY_NAME else "It is not in use any more."

    @admin.display(description="State")
    def state(self, row: AccessAlert) -> SafeString:
        known, word = ("closed", "acknowledged") if row.acknowledged_at else ("late", "open")
        return format_html('<span class="due {}">{}</span>', known, word)

    @admin.display(description="Told")
    def told(self, row: AccessAlert) -> str:
        """Through which channels, and what became of it."""
        notices = Notice.objects.filter(key=key_of(row.pk)).order_by("pk")
        said = (f"{one.channel_name}: {one.get_state_display()} {one.error}".strip() for one in notices)
        return "; ".join(said) or "nobody"

    @admin.display(description="Rows of the log")
    def rows(self, row: AccessAlert) -> SafeString:
        who = {"user_id__exact": row.user_id} if row.user_id is not None else {"key_prefix__exact": row.key_prefix}
        bounds = {"at__gte": row.starts_at.isoformat(), "at__lte": row.ends_at.isoformat()}
        address = f"{reverse('admin:compliance_piiaccess_changelist')}?{urlencode(who | bounds)}"
        return format_html('<a href="{}">Show</a>', address)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """With every rule in words above the list."""
        known = [(rule.title, words_of(rule.name)) for rule in RULES]
        return super().changelist_view(request, {"rules": known} | (extra_context or {}))

    def save_model(self, request: HttpRequest, obj: AccessAlert, form: Any, change: bool) -> None:
        if words := form.cleaned_data.get("words"):
            self._acknowledge(request, obj.pk, words)

    @admin.action(description="Acknowledge, with the note beside", permissions=["change"])
    def acknowledge(self, request: HttpRequest, rows: QuerySet[AccessAlert]) -> None:
        for pk in rows.order_by("pk").values_list("pk", flat=True):
            self._acknowledge(request, pk, request.POST.get("note", ""))

    def _acknowledge(self, request: HttpRequest, pk: int, note: str) -> None:
        try:
            alerts.acknowledge(pk, note, by=actor_of(request), at=timezone.now())
        except CannotAcknowledge as error:
            self.message_user(request, f"Alert {pk}: {error}", messages.ERROR)
        else:
            self.message_user(request, f"Alert {pk}: acknowledged.", messages.SUCCESS)

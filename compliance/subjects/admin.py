"""What compliance officers work in: requests of people with their deadlines, and legal holds."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from .. import audit
from ..acting import actor_of
from ..masks import mask
from ..models import DataSubjectRequest, IdentityCheck, LegalHold
from ..officers import OfficersAdmin
from . import clocks, copies, holds, requests
from .clocks import Urgency
from .requests import CannotDo

ONE_A_LINE = "What the person is known by, one in a line: ids in other systems, addresses, numbers, the name."


class IdentifiersField(forms.CharField):
    """A list of texts, one in a line."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off"}), help_text=ONE_A_LINE, **options
        )

    def clean(self, value: Any) -> Any:
        return [line.strip() for line in super().clean(value).splitlines() if line.strip()]


class EnterForm(forms.ModelForm):
    """A request that came by letter, mail or telephone."""

    identifiers = IdentifiersField()

    class Meta:
        model = DataSubjectRequest
        fields = ("kind", "regime", "received_at")


class ActForm(forms.ModelForm):
    """What is done with a request next."""

    ACTS = (
        ("", "Nothing, only look"),
        ("acknowledge", "Note that the person was told that it is here"),
        ("confirm", "Note how it was found that they are who they say"),
        ("approve", "Approve the erasure, as the second person"),
        ("link", "Make a link by which the person fetches the copy, once"),
        ("extend", "Take the longer time, for the reason below"),
        ("complete", "Close it as done by hand, as said below"),
        ("refuse", "Refuse it, for the reason below"),
    )
    act = forms.ChoiceField(choices=ACTS, required=False, label="Next")
    check = forms.ChoiceField(choices=[("", "–"), *IdentityCheck.choices], required=False, label="How it was found")
    words = forms.CharField(
        required=False,
        label="Reason or outcome",
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="It names nobody.",
    )

    class Meta:
        model = DataSubjectRequest
        fields = ()


class DeadlineFilter(admin.SimpleListFilter):
    """The overview of deadlines: how many are late, due within a week, in time, and closed."""

    title = "deadline"
    parameter_name = "deadline"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        wanted = {urgency.name: Count("pk", filter=self._of(urgency, timezone.now())) for urgency in Urgency}
        counts = DataSubjectRequest.objects.aggregate(**wanted)
        return [(urgency.name, f"{urgency.value.capitalize()} ({counts[urgency.name]})") for urgency in Urgency]

    def queryset(self, request: HttpRequest, queryset: QuerySet[DataSubjectRequest]) -> QuerySet[DataSubjectRequest]:
        chosen = Urgency.__members__.get(self.value() or "")
        return queryset.filter(self._of(chosen, timezone.now())) if chosen else queryset

    def _of(self, urgency: Urgency, at: datetime) -> Q:
        if urgency is Urgency.CLOSED:
            return Q(closed_at__isnull=False)
        last, first = {
            Urgency.LATE: (at, None),
            Urgency.SOON: (at + clocks.SOON, at),
            Urgency.IN_TIME: (None, at + clocks.SOON),
        }[urgency]
        before = Q(due_at__lte=last) if last else Q()
        return Q(closed_at=None) & before & (Q(due_at__gt=first) if first else Q())


@admin.register(DataSubjectRequest)
class DataSubjectRequestAdmin(OfficersAdmin):
    list_display = ("kind", "regime", "state", "deadline", "received_at", "extended", "asked_by", "waits_for")
    list_filter = (DeadlineFilter, "kind", "state", "regime")
    date_hierarchy = "due_at"
    ordering = ("-closed_at", "due_at")  # the open ones first: theirs is null
    actions = ("acknowledge", "approve")
    readonly_fields = (
        "kind", "regime", "state", "deadline", "known_by", "covers", "received_at", "acknowledged_at", "extended_at",
        "extension_reason", "identity_check", "identity_checked_at", "identity_checked_by", "asked_by", "approved_at",
        "approved_by", "waits_for", "erased", "closed_at", "outcome", "signed", "copy_until", "fetched_at",
    )  # fmt: skip

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **(kwargs | {"form": ActForm if change else EnterForm}))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.readonly_fields if obj else ()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return [(None, {"fields": ["kind", "regime", "received_at", "identifiers"]})]
        acts = self.has_change_permission(request, obj) and (obj.closed_at is None or obj.copy_name)
        next_one = [("Next", {"fields": ["act", "check", "words"]})] if acts else []
        empty = {"covers": obj.subject is None, "erased": not obj.progress, "signed": obj.receipt is None}
        return [(None, {"fields": [name for name in self.told_of(obj) if not empty.get(name)]}), *next_one]

    @admin.display(description="Due", ordering="due_at")
    def deadline(self, row: DataSubjectRequest) -> SafeString:
        urgency = clocks.urgency(row.due_at, row.closed_at, timezone.now())
        said = "" if urgency in (Urgency.CLOSED, Urgency.IN_TIME) else f" ({urgency})"
        day = f"{row.due_at:%Y-%m-%d}{said}"
        return format_html('<span class="due {}">{}</span>', urgency.name.lower(), day)

    @admin.display(boolean=True)
    def extended(self, row: DataSubjectRequest) -> bool:
        return row.extended_at is not None

    @admin.display(description="Known by")
    def known_by(self, row: DataSubjectRequest) -> str:
        """Masked: whoever has the letter can tell, and nobody else."""
        if row.subject is None:
            return "Nobody knows any more: erased."
        return ", ".join(map(mask, requests.person_of(row).identifiers))

    @admin.display(description="Covers")
    def covers(self, row: DataSubjectRequest) -> str:
        """The numbers of all that we know them by, whichever id they gave; Merged contacts says why they are one."""
        numbers = requests.whole_person(row).contact_ids
        if not numbers:
            return "Nobody whom we know by any of these."
        ids = "1 id" if len(numbers) == 1 else f"{len(numbers)} ids"
        return f"{ids} that we know, by number: {', '.join(map(str, numbers))}"

    @admin.display(description="Progress")
    def erased(self, row: DataSubjectRequest) -> str:
        """What went so far, by source; those that had nothing are left out."""
        told = (
            f"{source}: {', '.join(f'{count:,} {what}' for what, count in counts.items())}"
            for source, counts in row.progress.items()
            if counts
        )
        return "; ".join(told) or "–"

    @admin.display(description="Receipt")
    def signed(self, row: DataSubjectRequest) -> SafeString | str:
        if row.receipt is None:
            return "–"
        return format_html('<a href="{}">Download</a>', reverse("admin:compliance_dsar_receipt", args=[row.pk]))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Whoever opens a request sees masked ids, so that is noted before the page goes out."""
        row = self.get_object(request, object_id)
        if row is not None and self.has_view_permission(request, row) and request.method == "GET":
            audit.note("looked at", requests.OBJECT, str(row.pk), actor_of(request), timezone.now())
        return super().change_view(request, object_id, form_url, extra_context)

    def save_model(self, request: HttpRequest, obj: DataSubjectRequest, form: Any, change: bool) -> None:
        if change:
            self._act(request, obj, form.cleaned_data)
            return
        entered, new = requests.receive(**form.cleaned_data, by=actor_of(request), at=timezone.now())
        obj.pk = entered.pk
        obj.refresh_from_db()
        words = "It is entered; the clock runs." if new else "This person's request of that kind is open already."
        self.message_user(request, words, messages.SUCCESS if new else messages.WARNING)

    def _act(self, request: HttpRequest, row: DataSubjectRequest, said: dict[str, Any]) -> None:
        act: str = said["act"]
        context: dict[str, Any] = {"by": actor_of(request), "at": timezone.now()}
        if act in ("extend", "complete", "refuse"):
            getattr(requests, act)(row, said["words"], **context)
        elif act == "confirm":
            requests.confirm_identity(row, said["check"], **context)
        elif act in ("acknowledge", "approve"):
            getattr(requests, act)(row, **context)
        elif act == "link":
            self._show_link(request, row)
            return
        else:
            return
        self.message_user(request, "Noted.", messages.SUCCESS)

    def _show_link(self, request: HttpRequest, row: DataSubjectRequest) -> None:
        """Shown this once: whoever has it can fetch the copy."""
        try:
            address = reverse("my-data", args=[copies.link_of(row)])
        except copies.Gone as error:
            raise CannotDo(str(error)) from None
        audit.note("linked", requests.OBJECT, str(row.pk), actor_of(request), timezone.now())
        self.message_user(
            request, f"Send the person this link: {request.build_absolute_uri(address)}", messages.SUCCESS
        )

    @admin.action(description="Note that the person was told that it is here", permissions=["change"])
    def acknowledge(self, request: HttpRequest, rows: QuerySet[DataSubjectRequest]) -> None:
        for row in rows:
            requests.acknowledge(row, by=actor_of(request), at=timezone.now())
        self.message_user(request, f"Noted for {len(rows)}.", messages.SUCCESS)

    @admin.action(description="Approve these erasures, as the second person", permissions=["approve"])
    def approve(self, request: HttpRequest, rows: QuerySet[DataSubjectRequest]) -> None:
        for row in rows:
            try:
                requests.approve(row, by=actor_of(request), at=timezone.now())
            except CannotDo as error:
                self.message_user(request, f"{row}: {error}", messages.ERROR)
            else:
                self.message_user(request, f"{row}: approved; it begins within a minute.", messages.SUCCESS)

    def has_approve_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(requests.APPROVE)

    def get_urls(self) -> list[URLPattern]:
        receipt = self.admin_site.admin_view(self.receipt_view)
        return [path("<uuid:pk>/receipt/", receipt, name="compliance_dsar_receipt"), *super().get_urls()]

    def receipt_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = DataSubjectRequest.objects.filter(pk=pk, receipt__isnull=False).first()
        if row is None:
            raise Http404
        text = json.dumps(row.receipt, indent=2, ensure_ascii=False)
        disposition = f'attachment; filename="receipt-{row.pk}.json"'
        return HttpResponse(text, "application/json", headers={"Content-Disposition": disposition})


class HoldForm(forms.ModelForm):
    identifiers = IdentifiersField()

    class Meta:
        model = LegalHold
        fields = ("reason", "reviewer", "expires_at")


@admin.register(LegalHold)
class LegalHoldAdmin(OfficersAdmin):
    """Holds are placed and lifted; who it is about stands in them by keyed hash alone."""

    form = HoldForm
    list_display = ("placed_at", "reason", "reviewer", "placed_by", "expires_at", "lifted_at", "stands")
    ordering = ("-placed_at",)
    actions = ("lift",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        names = ["reason", "reviewer", "expires_at"]
        return [*names, "placed_at", "placed_by", "lifted_at"] if obj else ["identifiers", *names]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.get_fields(request, obj) if obj else ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None and super().has_change_permission(request, obj)

    @admin.display(boolean=True)
    def stands(self, row: LegalHold) -> bool:
        return row.lifted_at is None and row.expires_at > timezone.now()

    def save_model(self, request: HttpRequest, obj: LegalHold, form: Any, change: bool) -> None:
        obj.pk = holds.place(**form.cleaned_data, by=actor_of(request), at=timezone.now()).pk
        obj.refresh_from_db()

    @admin.action(description="Lift these holds", permissions=["change"])
    def lift(self, request: HttpRequest, rows: QuerySet[LegalHold]) -> None:
        for row in rows:
            holds.lift(row, by=actor_of(request), at=timezone.now())
        self.message_user(request, f"{len(rows)} lifted.", messages.SUCCESS)

"""Channels in the admin: made, changed, tried, switched off; and the log of what was told, to look at."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from ..acting import Actor, actor_of
from ..models import ChannelKind, Notice, NoticeChannel, NoticeState
from . import channels, sending, topics
from .channels import CannotChange, Wanted

COLOUR = {NoticeState.SENT: "closed", NoticeState.WAITING: "soon", NoticeState.GIVEN_UP: "late"}  # css/requests.css
CSS = {"all": ("css/requests.css", "css/review.css")}


def _state(state: str) -> SafeString:
    return format_html('<span class="due {}">{}</span>', COLOUR[NoticeState(state)], state)


class ChannelForm(forms.ModelForm):
    """Says what a channel shall be. The address goes in and does not come out again."""

    by: Actor  # of the request, set by the admin
    about = forms.MultipleChoiceField(
        label="Tells of",
        choices=[(topic.name, topic.title) for topic in topics.TOPICS],
        widget=forms.CheckboxSelectMultiple,
    )
    where = forms.CharField(
        label="Address",
        required=False,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 80, "autocomplete": "off", "spellcheck": "false"}),
        help_text="E-mail: one address a line. Webhook, Slack, Teams: the one URL, beginning with https://. "
        "It is kept encrypted and not shown again; left empty it stays as it is.",
    )

    class Meta:
        model = NoticeChannel
        fields = ("name", "kind", "about", "enabled")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors:
            try:
                channels.check(self.instance if self.instance.pk else None, self.wanted(given), by=self.by)
            except CannotChange as error:
                self.add_error(error.field if error.field in self.fields else None, str(error))
        return given

    def wanted(self, given: dict[str, Any]) -> Wanted:
        name, kind = given.get("name", self.instance.name), given.get("kind", self.instance.kind)
        return Wanted(name, kind, given["about"], given["enabled"], given.get("where", ""))


@admin.register(NoticeChannel)
class ChannelAdmin(admin.ModelAdmin):
    """Changed by verbs, each of which leaves its row in the audit trail."""

    form = ChannelForm
    change_list_template = "compliance/channels.html"
    change_form_template = "compliance/channel.html"
    list_display = ("name", "kind", "leads_to", "told_of", "enabled", "latest")
    ordering = ("name",)
    show_full_result_count = False
    actions = None

    class Media:
        css = CSS

    def get_queryset(self, request: HttpRequest) -> QuerySet[NoticeChannel]:
        channels.ensure_built_in(timezone.now())
        return channels.with_latest(super().get_queryset(request))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.by = actor_of(request)
        return form

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            return ("name", "kind", "about", "where", "enabled")
        where = () if obj.built_in or not self.has_change_permission(request, obj) else ("where",)
        signed = ("signed",) if obj.kind == ChannelKind.WEBHOOK else ()
        about = ("about",) if self.has_change_permission(request, obj) else ("told_of",)
        return ("name", "kind", *about, "leads_to", *where, *signed, "enabled", "latest")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        shown = ("told_of", "leads_to", "signed", "latest")
        return (*shown, "kind", *(["name"] if obj.built_in else [])) if obj else shown

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not of one that tells what somebody may not hear."""
        return super().has_change_permission(request, obj) and not (obj and channels.why_not(request.user, obj.about))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        hears = not (obj and (obj.built_in or channels.why_not(request.user, obj.about)))
        return super().has_delete_permission(request, obj) and hears

    @admin.display(description="Leads to")
    def leads_to(self, row: NoticeChannel) -> str:
        return channels.shown(row)

    @admin.display(description="Tells of")
    def told_of(self, row: NoticeChannel) -> str:
        return ", ".join(row.about)

    @admin.display(description="Signed")
    def signed(self, row: NoticeChannel) -> str:
        known = len(channels.signing(row))
        return "by its secret" if known < channels.MOST_SECRETS else "by two secrets: the newest, and the one before it"

    @admin.display(description="Last try")
    def latest(self, row: Any) -> SafeString | str:
        if not row.last_state:
            return "none"
        return format_html("{} {} {}", _state(row.last_state), f"{row.last_at:%Y-%m-%d %H:%M}", row.last_error)

    def save_model(self, request: HttpRequest, obj: NoticeChannel, form: Any, change: bool) -> None:
        by, at, wanted = actor_of(request), timezone.now(), form.wanted(form.cleaned_data)
        made = channels.change(obj.pk, wanted, by=by, at=at) if change else channels.make(wanted, by=by, at=at)
        obj.pk = made.pk

    def delete_model(self, request: HttpRequest, obj: NoticeChannel) -> None:
        channels.remove(obj.pk, by=actor_of(request), at=timezone.now())

    def response_add(self, request: HttpRequest, obj: NoticeChannel, post_url_continue: str | None = None) -> Any:
        """To its page, where it can be tried; of a webhook by way of its secret."""
        return self._new_secret(request, obj) if obj.kind == ChannelKind.WEBHOOK else self._back(obj)

    def response_change(self, request: HttpRequest, obj: NoticeChannel) -> Any:
        """What else was asked for by the button."""
        if "_new_secret" in request.POST and obj.kind == ChannelKind.WEBHOOK:
            return self._new_secret(request, obj)
        if "_end_old_secret" in request.POST:
            ended = channels.end_old_secret(obj.pk, by=actor_of(request), at=timezone.now())
            self.message_user(request, "The newest secret alone signs now." if ended else "There is no older one.")
            return self._back(obj)
        return super().response_change(request, obj)

    def _back(self, obj: NoticeChannel) -> HttpResponse:
        return redirect(reverse("admin:compliance_noticechannel_change", args=[obj.pk]))

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(require_POST(self.test))
        return [path("<int:pk>/test/", view, name="compliance_noticechannel_test"), *super().get_urls()]

    def test(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send a test, outside of any transaction, and say what came back."""
        if not super().has_change_permission(request):
            raise PermissionDenied
        channel = get_object_or_404(NoticeChannel, pk=pk)
        if not self.has_change_permission(request, channel):
            raise PermissionDenied
        said = sending.test(pk, by=actor_of(request), at=timezone.now())
        words = f"The test did not arrive. {said.error}" if said.error else f"The test was sent. {said.words}"
        self.message_user(request, words, messages.ERROR if said.error else messages.SUCCESS)
        return self._back(channel)

    def _new_secret(self, request: HttpRequest, obj: NoticeChannel) -> HttpResponse:
        """It stands in the answer alone, which nobody keeps."""
        secret = channels.new_secret(obj.pk, by=actor_of(request), at=timezone.now())
        context = {"title": f"Secret of {obj}", "channel": obj, "secret": secret}
        return TemplateResponse(
            request, "compliance/channel_secret.html", self.admin_site.each_context(request) | context
        )


@admin.register(Notice)
class NoticeAdmin(admin.ModelAdmin):
    """What was told: written by whoever tells and by the job that sends."""

    list_display = ("told_at", "title", "channel_name", "sent", "tries", "came_back")
    list_filter = ("state", "about", "channel_name")
    date_hierarchy = "told_at"
    ordering = ("-told_at", "-pk")
    show_full_result_count = False
    fields = (
        "title", "text", "path", "about", "key", "channel_name", "told_at", "sent", "tries", "tried_at", "next_try",
        "status", "error",
    )  # fmt: skip

    class Media:
        css = CSS

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notice]:
        """What somebody may hear of."""
        return super().get_queryset(request).filter(about__in=topics.heard_by(request.user))

    @admin.display(description="State", ordering="state")
    def sent(self, row: Notice) -> SafeString:
        return _state(row.state)

    @admin.display(description="What came back")
    def came_back(self, row: Notice) -> str:
        return row.error or (f"Answered {row.status}." if row.status else "–")

    @admin.display(description="Next try")
    def next_try(self, row: Notice) -> str:
        return f"{row.due_at:%Y-%m-%d %H:%M}" if row.state == NoticeState.WAITING else "–"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

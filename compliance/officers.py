"""What the lists that officers work in have in common: verbs, no deletion, and refusals said on the same page."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from .subjects.holds import CannotHold
from .subjects.requests import CannotDo


class OfficersAdmin(admin.ModelAdmin):
    """Rows are entered and acted upon by verbs that leave their row in the audit trail; none is deleted."""

    show_full_result_count = False

    class Media:
        css = {"all": ("css/requests.css",)}

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def told_of(self, obj: Any) -> list[str]:
        """What a row has to say: its fields that are filled in, and what is worked out."""
        return [str(name) for name in self.readonly_fields if getattr(obj, str(name), name) not in (None, "", {})]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """What a verb refuses is said on the same page; nothing of it happened then."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except (CannotDo, CannotHold) as error:
            self.message_user(request, str(error), messages.ERROR)
            return redirect(request.path)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Back to the same page, which says what became of it."""
        return redirect(reverse(f"admin:compliance_{self.opts.model_name}_change", args=[obj.pk]))

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        return self.response_change(request, obj)

"""The admin of users and of keys: who is signed in, whose second factor is reset, which key ends when."""

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from rest_framework_api_key.admin import APIKeyModelAdmin
from rest_framework_api_key.models import APIKey

from . import api_keys, audit, second_factor, sessions
from .acting import actor_of
from .models import ApiKey, SecondFactor

OVERLAP = timedelta(days=7)

admin.site.unregister(APIKey)  # the package's own keys, which nothing here accepts
admin.site.unregister(User)


@admin.register(User)
class AccountAdmin(UserAdmin):
    """Django's, with what an administrator does when a phone or a laptop is lost."""

    list_display = ("username", "email", "is_active", "is_staff", "is_superuser", "second_factor", "signed_in")
    actions = ("end_sessions", "reset_second_factor")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return (
            super().get_queryset(request).annotate(has_factor=Exists(SecondFactor.objects.filter(user=OuterRef("pk"))))
        )

    @admin.display(description="Last login", ordering="last_login")
    def signed_in(self, user: User) -> str:
        return f"{user.last_login:%Y-%m-%d %H:%M}" if user.last_login else "–"

    @admin.display(boolean=True, ordering="has_factor")
    def second_factor(self, user: Any) -> bool:
        return bool(user.has_factor)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Whoever is disabled, or no staff any more, is signed out, and stays so should that be taken back."""
        super().save_model(request, obj, form, change)
        if change and not (obj.is_active and obj.is_staff):
            sessions.end(obj.pk, actor_of(request), timezone.now())

    @admin.action(description="End all their sessions", permissions=["change"])
    def end_sessions(self, request: HttpRequest, users: QuerySet[User]) -> None:
        counts = [sessions.end(user.pk, actor_of(request), timezone.now()) for user in users]
        self.message_user(request, f"{sum(counts)} sessions ended.", messages.SUCCESS)

    @admin.action(description="Reset their second factor", permissions=["change"])
    def reset_second_factor(self, request: HttpRequest, users: QuerySet[User]) -> None:
        done = [second_factor.remove(user, actor_of(request), timezone.now()) for user in users]
        self.message_user(request, f"{sum(done)} reset; they are signed out everywhere.", messages.SUCCESS)


class EndFilter(admin.SimpleListFilter):
    title = "end"
    parameter_name = "end"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("soon", f"Within {api_keys.SOON.days} days"), ("over", "Revoked or expired")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> QuerySet[ApiKey]:
        now = timezone.now()
        if self.value() == "soon":
            return queryset.filter(revoked=False, expiry_date__gt=now, expiry_date__lte=now + api_keys.SOON)
        over = Q(revoked=True) | Q(expiry_date__lte=now)
        return queryset.filter(over) if self.value() == "over" else queryset


@admin.register(ApiKey)
class ApiKeyAdmin(APIKeyModelAdmin):
    """Keys are made by `manage.py create_api_key`, which shows them once; here they are looked up, revoked, rotated."""

    list_display = (
        "name", "prefix", "scopes", "owner", "group", "created", "last_used_on", "left", "revoked"
    )  # type: ignore[assignment]  # fmt: skip
    list_filter = (EndFilter, "revoked")  # type: ignore[assignment]
    search_fields = ("name", "prefix")
    list_select_related = ("owner", "group")
    actions = ("rotate",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """No key is found by the hash of its secret."""
        return not lookup.startswith("hashed_key") and super().lookup_allowed(lookup, value, request)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """What a key may, and for whom, stays as it was made; when it ends may be said until it is revoked."""
        fixed = ("prefix", "name", "scopes", "owner", "group", "last_used_on")
        return (*fixed, "revoked", "expiry_date") if obj and obj.revoked else fixed

    def has_rotate_permission(self, request: HttpRequest) -> bool:
        """Whoever rotates a key gets to see one, so it takes the right to make keys."""
        return request.user.has_perm("compliance.add_apikey")

    @admin.display(description="Days left", ordering="expiry_date")
    def left(self, key: ApiKey) -> str:
        days = api_keys.days_left(key, timezone.now())
        return "no end" if days is None else str(days)

    def save_model(self, request: HttpRequest, obj: Any, form: Any = None, change: bool = False) -> None:
        super().save_model(request, obj, form, change)
        if form.changed_data:
            ends = obj.expiry_date.isoformat() if obj.expiry_date else None
            act = "revoked" if obj.revoked else "changed"
            audit.note(act, api_keys.OBJECT, obj.prefix, actor_of(request), timezone.now(), ends=ends)

    @admin.action(description="Rotate: make another that may the same, end this one in a week", permissions=["rotate"])
    def rotate(self, request: HttpRequest, keys: QuerySet[ApiKey]) -> HttpResponse | None:
        """The new keys stand in the answer alone, which nobody keeps."""
        made = []
        for old in keys:
            try:
                key, secret = api_keys.rotate(old, OVERLAP, actor_of(request), timezone.now())
            except api_keys.CannotRotate as error:
                self.message_user(request, f"{old.name} {old.prefix}: {error}", messages.ERROR)
            else:
                made.append((old.prefix, key, secret))
        if not made:
            return None
        context = {**self.admin_site.each_context(request), "title": "New keys", "made": made, "overlap": OVERLAP.days}
        return TemplateResponse(request, "admin/new_keys.html", context)

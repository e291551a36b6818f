"""The admin portal: Django's, with a login that cannot be tried for ever, and a second step."""

import unicodedata
from ipaddress import IPv6Address, ip_address
from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from compliance import audit, duties, sessions
from compliance.acting import actor_of

from . import limits, signing_in


class LoginForm(AdminAuthenticationForm):
    """Each try counts before its password is looked at, so those made at once count too."""

    wait = 0  # seconds, once there were too many tries

    def clean(self) -> dict[str, Any]:
        assert self.request is not None
        buckets = password_buckets(self.cleaned_data.get("username", ""), self.request)
        self.wait = signing_in.too_many(*buckets)
        if self.wait:
            raise ValidationError(signing_in.wait_words(self.wait), code="throttled")
        cleaned = super().clean()
        for name, who, _rate in buckets[:2]:
            limits.forget(name, who)
        return cleaned


def password_buckets(username: str, request: HttpRequest) -> tuple[tuple[str, str, limits.Rate], ...]:
    """Few for an account from one place, more from everywhere: so nobody locks others out from a single place."""
    account, network = unicodedata.normalize("NFKC", username).casefold(), _network(request)
    many = limits.Rate(settings.LOGIN_TRIES_IN_ALL, settings.LOGIN_TRIES_SECONDS)
    return (
        ("login", f"{account} {network}", signing_in.few()),
        ("login-account", account, many),
        ("login-network", network, many),
    )


class PasswordStep(LoginView):
    """The first step; whoever needs no second is in."""

    authentication_form = LoginForm
    template_name = "admin/login.html"
    next_page = "admin:index"

    def form_valid(self, form: Any) -> HttpResponseRedirect:
        return HttpResponseRedirect(signing_in.after_password(self.request, form.get_user(), self.get_success_url()))

    def form_invalid(self, form: Any) -> HttpResponse:
        response = super().form_invalid(form)
        return told_to_wait(response, form.wait)


def told_to_wait(response: HttpResponse, seconds: int) -> HttpResponse:
    """The same answer, with the status of too many tries where there were."""
    if seconds:
        response.status_code = 429
        response.headers["Retry-After"] = str(seconds)
    return response


class Portal(AdminSite):
    def get_urls(self) -> list[URLPattern | URLResolver]:
        from . import accepting, account, second_step

        def own(view: Any) -> Any:
            return self.admin_view(view)

        return [
            path("login/code/", second_step.second_step, name="second_step"),
            path("second-factor/", second_step.enrol, name="enrol"),
            path("second-factor/recovery-codes/", own(account.recovery_codes), name="recovery_codes"),
            path("second-factor/remove/", own(account.remove), name="remove_second_factor"),
            path("account/", own(account.account), name="account"),
            path("log-findings/<int:pk>/accept/", own(accepting.accept), name="accept_finding"),
            path("account/end-sessions/", own(account.end_sessions), name="end_sessions"),
            *super().get_urls(),
        ]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """With what waits for whoever looks."""
        waiting = duties.of(request.user, timezone.now())
        return super().index(request, {"waiting": waiting} | (extra_context or {}))

    @method_decorator(never_cache)
    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        if request.method == "GET" and self.has_permission(request):
            return redirect("admin:index")
        context = {
            **self.each_context(request),
            "title": "Log in",
            "subtitle": None,
            "app_path": request.get_full_path(),
            "username": request.user.get_username(),
            **(extra_context or {}),
        }
        request.current_app = self.name
        return PasswordStep.as_view(extra_context=context)(request)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """A new password ends what began with the old one, but for this session."""
        with transaction.atomic():
            response: Any = super().password_change(request, extra_context)
            if request.method == "POST" and isinstance(response, HttpResponseRedirect):
                pk, by, now = request.user.pk, actor_of(request), timezone.now()
                assert pk is not None
                audit.note("changed password", sessions.OBJECT, pk, by, now)
                sessions.end(pk, by, now, but=sessions.this_of(request))
        return response


def _network(request: HttpRequest) -> str:
    """An IPv4 address, or the network of 64 bits that one subscriber has of IPv6."""
    address = actor_of(request).ip
    if address and isinstance(found := ip_address(address), IPv6Address) and not found.ipv4_mapped:
        return str(int(found) >> 64)
    return str(address)

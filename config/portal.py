"""The admin portal: Django's, with a login that cannot be tried for ever."""

import unicodedata
from ipaddress import IPv6Address, ip_address
from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from compliance import duties
from compliance.acting import actor_of

from . import limits


class LoginForm(AdminAuthenticationForm):
    """Each try counts before its password is looked at, so those made at once count too."""

    wait = 0  # seconds, once there were too many tries

    def clean(self) -> dict[str, Any]:
        assert self.request is not None
        account = unicodedata.normalize("NFKC", self.cleaned_data.get("username", "")).casefold()
        buckets = _buckets(account, _network(self.request))
        self.wait = next(filter(None, (limits.take(*bucket) for bucket in buckets)), 0)
        if self.wait:
            minutes = -(-self.wait // 60)
            raise ValidationError(f"Too many tries. Wait {minutes} min, then try again.", code="throttled")
        cleaned = super().clean()
        for name, who, _rate in buckets[:2]:
            limits.forget(name, who)
        return cleaned


def _buckets(account: str, network: str) -> tuple[tuple[str, str, limits.Rate], ...]:
    """Few for an account from one place, more from everywhere: so nobody locks others out from a single place."""
    few = limits.Rate(settings.LOGIN_TRIES, settings.LOGIN_TRIES_SECONDS)
    many = limits.Rate(settings.LOGIN_TRIES_IN_ALL, settings.LOGIN_TRIES_SECONDS)
    return (
        ("login", f"{account} {network}", few),
        ("login-account", account, many),
        ("login-network", network, many),
    )


class Portal(AdminSite):
    login_form = LoginForm

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """With what waits for whoever looks."""
        waiting = duties.of(request.user, timezone.now())
        return super().index(request, {"waiting": waiting} | (extra_context or {}))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response = super().login(request, extra_context)
        form = (getattr(response, "context_data", None) or {}).get("form")
        if isinstance(form, LoginForm) and form.wait:
            response.status_code = 429
            response.headers["Retry-After"] = str(form.wait)
        return response


def _network(request: HttpRequest) -> str:
    """An IPv4 address, or the network of 64 bits that one subscriber has of IPv6."""
    address = actor_of(request).ip
    if address and isinstance(found := ip_address(address), IPv6Address) and not found.ipv4_mapped:
        return str(int(found) >> 64)
    return str(address)

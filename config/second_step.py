"""The second step of signing in, and enrolling for it, which is where somebody who needs one is led first."""

import base64
from collections.abc import Sequence
from typing import Any

import segno
from django import forms
from django.contrib.admin import site
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from compliance import crypto, second_factor, sessions
from compliance.second_factor import WrongCode

from . import limits, signing_in
from .portal import password_buckets, told_to_wait
from .signed_in import PASSED

ENROLLING = "enrolling"  # the secret that a session shows, encrypted
DEFAULT = "admin:index"


class CodeForm(forms.Form):
    """A code; each try counts before it is looked at."""

    code = forms.CharField(
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false", "autofocus": True}
        ),
    )
    wait = 0  # seconds, once there were too many tries

    def __init__(self, request: HttpRequest, user: User) -> None:
        super().__init__(request.POST if request.method == "POST" else None)
        self.request, self.user, self.way = request, user, ""

    def clean_code(self) -> str:
        self.wait = signing_in.too_many(("code", str(self.user.pk), signing_in.few()))
        if self.wait:
            raise ValidationError(signing_in.wait_words(self.wait), code="throttled")
        said: str = self.cleaned_data["code"]
        try:
            self.pass_by(said)
        except WrongCode as error:
            raise ValidationError(str(error), code="wrong") from None
        limits.forget("code", str(self.user.pk))
        return said

    def pass_by(self, said: str) -> None:
        by = signing_in.acting(self.request, self.user)
        self.way = second_factor.check(self.user, said, by, timezone.now())


class PasswordForm(CodeForm):
    """A code, and before it the password of whoever is signed in."""

    password = forms.CharField(widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}))
    field_order: tuple[str, ...] = ("password", "code")

    def clean_password(self) -> str:
        buckets = password_buckets(self.user.get_username(), self.request)
        self.wait = signing_in.too_many(*buckets)
        if self.wait:
            raise ValidationError(signing_in.wait_words(self.wait), code="throttled")
        if not self.user.check_password(self.cleaned_data["password"]):
            raise ValidationError("This is not your password.", code="wrong")
        for name, who, _rate in buckets[:2]:
            limits.forget(name, who)
        return ""

    def clean_code(self) -> str:
        """Not looked at where something before it is wrong: a code opens once, and a secret that is taken none."""
        return "" if self.errors else super().clean_code()


class EnrolForm(PasswordForm):
    """The first code of a new secret; of somebody who is signed in their password, too, before that."""

    def __init__(self, request: HttpRequest, user: User, secret: bytes, *, password: bool) -> None:
        super().__init__(request, user)
        self.secret, self.recovery_codes = secret, list[str]()
        if not password:
            del self.fields["password"]

    def pass_by(self, said: str) -> None:
        by, session = signing_in.acting(self.request, self.user), sessions.this_of(self.request)
        at = timezone.now()
        self.recovery_codes = second_factor.enrol(self.user, self.secret, said, by, at, session=session)


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    """A code of the app, or one from paper; for whoever has given their password."""
    found = signing_in.waiting(request)
    if found is None:
        return _back(request)
    form = CodeForm(request, found.user)
    if form.is_valid():
        signing_in.sign_in(request, found.user, form.way)
        return redirect(found.then)
    return told_to_wait(_page(request, "admin/second_step.html", form=form), form.wait)


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def enrol(request: HttpRequest) -> HttpResponse:
    """A picture of a new secret, and the first code that shows that it arrived; for whoever has no second factor."""
    found = signing_in.waiting(request)
    known = site.has_permission(request)
    if not known and found is None:
        return _back(request)
    user, then = (found.user, found.then) if found and not known else (request.user, DEFAULT)
    assert isinstance(user, User)
    if second_factor.of(user):
        return redirect("admin:account" if known else "admin:second_step")
    secret = _secret(request)
    form = EnrolForm(request, user, secret, password=known)
    if not form.is_valid():
        picture = segno.make(second_factor.address(secret, user.get_username()), error="m").svg_data_uri(scale=5)
        page = _page(
            request, "admin/enrol.html", form=form, picture=picture, secret=second_factor.typed(secret), known=known
        )
        return told_to_wait(page, form.wait)
    del request.session[ENROLLING]
    if known:
        request.session.cycle_key()
        request.session[PASSED] = True
    else:
        signing_in.sign_in(request, user, second_factor.BY_CODE)
    return show_codes(request, form.recovery_codes, then)


def show_codes(request: HttpRequest, codes: Sequence[str], then: str) -> HttpResponse:
    """Codes on paper, this once."""
    half = second_factor.RECOVERY_LENGTH // 2
    spaced = [f"{code[:half]}-{code[half:]}" for code in codes]
    return _page(request, "admin/recovery_codes.html", codes=spaced, then=then)


def _secret(request: HttpRequest) -> bytes:
    """The secret that this session shows, the same until it is confirmed: the page may be loaded anew."""
    try:
        return crypto.decrypt(base64.b64decode(request.session[ENROLLING]))
    except (KeyError, crypto.CannotDecrypt):
        secret = second_factor.new_secret()
        request.session[ENROLLING] = base64.b64encode(crypto.encrypt(secret)).decode()
        return secret


def _page(request: HttpRequest, template: str, **context: Any) -> HttpResponse:
    return render(request, template, {**site.each_context(request), **context})


def _back(request: HttpRequest) -> HttpResponse:
    return redirect(DEFAULT if site.has_permission(request) else "admin:login")

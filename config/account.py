"""Everybody's own account: where they are signed in, and their second factor."""

from django.contrib import messages
from django.contrib.admin import site
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from compliance import second_factor, sessions
from compliance.acting import actor_of

from .second_step import CodeForm, show_codes
from .signed_in import PASSED

OTHERS = "others"


@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """The page."""
    user, now = _user(request), timezone.now()
    context = {
        "title": "Your account",
        "sessions": sessions.of(user.pk, now),
        "this": sessions.this_of(request),
        "factor": second_factor.of(user),
        "required": second_factor.required_of(user),
    }
    return render(request, "admin/account.html", {**site.each_context(request), **context})


@require_POST
def end_sessions(request: HttpRequest) -> HttpResponse:
    """End one of one's own sessions, or all others."""
    which, this = request.POST.get("session", ""), sessions.this_of(request)
    only = None if which == OTHERS else [which.replace("\0", "")]  # the database refuses to look for NUL
    count = sessions.end(_user(request).pk, actor_of(request), timezone.now(), only=only, but=this)
    messages.success(request, f"{count} ended." if count else "It had ended already.")
    return redirect("admin:account")


@sensitive_post_parameters()
@require_POST
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Ten other codes on paper, for a code of the app."""
    user = _user(request)
    form = CodeForm(request, user)
    if not form.is_valid():
        return _refused(request, form)
    codes = second_factor.new_recovery_codes(user, actor_of(request), timezone.now())
    return show_codes(request, codes, resolve_url("admin:account"))


@sensitive_post_parameters()
@require_POST
def remove(request: HttpRequest) -> HttpResponse:
    """No second factor any more, for a code of it. Whoever needs one enrols anew, for another phone say."""
    user = _user(request)
    form = CodeForm(request, user)
    if not form.is_valid():
        return _refused(request, form)
    second_factor.remove(user, actor_of(request), timezone.now(), session=sessions.this_of(request))
    request.session.pop(PASSED, None)
    messages.success(request, "Your second factor is removed.")
    return redirect("admin:account")


def _refused(request: HttpRequest, form: CodeForm) -> HttpResponse:
    messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    return redirect("admin:account")


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user

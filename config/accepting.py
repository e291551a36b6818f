"""Accepting a finding in a log: a page that asks again who it is, by the password and, of whoever has one, a code."""

from django import forms
from django.contrib import messages
from django.contrib.admin import site
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from compliance import second_factor
from compliance.acting import actor_of
from compliance.logs import findings
from compliance.models import LogFinding
from compliance.reasons import fault

from .portal import told_to_wait
from .second_step import PasswordForm

LIST = "admin:compliance_logfinding_changelist"


class AcceptForm(PasswordForm):
    """Why it is accepted; then the password, and a code of whoever has a second factor."""

    reason = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), help_text="It names nobody.")
    field_order = ("reason", "password", "code")

    def __init__(self, request: HttpRequest, user: User) -> None:
        super().__init__(request, user)
        if not second_factor.of(user):
            del self.fields["code"]

    def clean_reason(self) -> str:
        reason: str = self.cleaned_data["reason"]
        if wrong := fault(reason, what="reason"):
            raise forms.ValidationError(wrong)
        return reason


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """The page, and the act."""
    if not request.user.has_perm(findings.PERMISSION):
        raise PermissionDenied
    assert isinstance(request.user, User)
    finding = get_object_or_404(LogFinding, pk=pk)
    form = AcceptForm(request, request.user)
    if form.is_valid():
        try:
            findings.accept(pk, form.cleaned_data["reason"], by=actor_of(request), at=timezone.now())
        except findings.CannotAccept as error:
            messages.error(request, str(error))
        else:
            messages.success(request, "Accepted. The next check of the logs, tonight or started by hand, says so.")
        return redirect(LIST)
    context = {"title": "Accept a finding", "finding": finding, "form": form}
    page = render(request, "admin/accept_finding.html", {**site.each_context(request), **context})
    return told_to_wait(page, form.wait)

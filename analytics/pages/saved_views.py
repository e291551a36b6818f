"""Saved views of the ranking: save, open, rename, share, delete."""

from typing import Any, cast

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, TooManyFieldsSent
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from .. import saved_views
from ..allowed import EVERYTHING, Allowed
from ..asker import allowed_of
from ..models import SavedView
from ..scope import echo
from . import fields
from .access import PageRequest, staff_act, staff_page
from .campaign import Crumb, campaigns_crumb
from .frame import BAD_REQUEST, read_query
from .links import address
from .navigation import page_context

PAGE = "campaigns"
CHIPS = 12  # views that the ranking shows; all stand on a page of their own
LONGEST_QUERY = 8_000
ERRORS = 3  # so many filters that there are not are named


class ViewForm(forms.Form):
    name = forms.CharField(
        max_length=80,
        error_messages={
            "required": "Give the view a name.",
            "max_length": "A name has at most %(limit_value)d characters; this one has %(show_value)d.",
        },
    )
    shared = forms.BooleanField(required=False)

    is_taken = False

    def taken(self, way_out: str) -> None:
        self.is_taken = True
        self.add_error("name", f"There is a view “{self.cleaned_data['name']}” already; {way_out}.")


class NewViewForm(ViewForm):
    query = forms.CharField(
        required=False,
        max_length=LONGEST_QUERY,
        error_messages={"max_length": "They take %(show_value)d characters; at most %(limit_value)d are kept."},
    )
    replace = forms.BooleanField(required=False)

    def __init__(self, given: QueryDict | None = None, allowed: Allowed = EVERYTHING) -> None:
        """`allowed` are the metrics that whoever saves may see."""
        super().__init__(given)
        self.allowed = allowed

    def clean_query(self) -> str:
        """As short as it goes. What the ranking would not show as asked is refused, not saved as something else."""
        try:
            given = QueryDict(self.cleaned_data["query"])
        except TooManyFieldsSent as error:
            raise forms.ValidationError("They are too many.") from error
        known = {field.name for field in fields.CAMPAIGNS}
        unknown = [f"There is no filter “{echo(name)}”." for name in given if name not in known]
        asked = read_query(given, fields.CAMPAIGNS, timezone.now(), self.allowed)
        wrong = [f"{problem.field}: {problem.message}" for problem in asked.problems]
        wrong += [f"{asked.unseen_words}: not shown to your role."] if asked.unseen else []
        if unknown or wrong:
            raise forms.ValidationError([*unknown[:ERRORS], *wrong])
        return asked.with_(cursor="")


def views_context(request: PageRequest, query: str, form: NewViewForm | None = None) -> dict[str, Any]:
    """The views that one may open, which of them shows the state of `query`, and the form that saves it."""
    views = saved_views.visible(_user(request), PAGE)
    return {
        "views": views[:CHIPS],
        "more_views": max(0, len(views) - CHIPS),
        "current_view": next((view.pk for view in views if view.query == query), None),
        "view_query": query,
        "view_form": form or NewViewForm(),
    }


@staff_page
def views(request: PageRequest) -> HttpResponse:
    return _list(request)


@staff_page
def view(request: PageRequest, pk: int) -> HttpResponse:
    """The page in the state that was saved."""
    return redirect(address(reverse("analytics:campaigns"), _find(request, pk).query))


@staff_act
def save(request: PageRequest) -> HttpResponse:
    """The state that the form was sent with, under the name in it."""
    form = NewViewForm(request.POST, allowed_of(request))
    if form.is_valid():
        try:
            saved = saved_views.save(_user(request), PAGE, **form.cleaned_data)
            return _chips(request, saved.query) if request.htmx else redirect("analytics:view", saved.pk)
        except saved_views.NameTaken:
            form.taken("choose another name, or replace it")
    if request.htmx:
        return _chips(request, form.cleaned_data.get("query", ""), form)
    return _list(request, new=form)


@staff_act
def change(request: PageRequest, pk: int) -> HttpResponse:
    """Rename, share, or take back."""
    found, form = _own(request, pk), ViewForm(request.POST)
    if form.is_valid():
        try:
            saved_views.change(found, **form.cleaned_data)
            return _list(request) if request.htmx else redirect("analytics:views")
        except saved_views.NameTaken:
            form.taken("choose another name")
    return _list(request, changed=(pk, form))


@staff_act
def delete(request: PageRequest, pk: int) -> HttpResponse:
    _own(request, pk).delete()
    return _list(request) if request.htmx else redirect("analytics:views")


def _chips(request: PageRequest, query: str, form: NewViewForm | None = None) -> HttpResponse:
    """What stands on the ranking; errors are put in by changing only what differs, so that the form stays open."""
    response = render(request, "analytics/_views.html", views_context(request, query, form))
    if form:
        response.status_code = BAD_REQUEST
        response["HX-Reswap"] = "morph"
    return response


def _list(
    request: PageRequest, new: NewViewForm | None = None, changed: tuple[int, ViewForm] | None = None
) -> HttpResponse:
    """All views that one may open, with forms for those that one may change."""
    user = _user(request)
    failed = dict([changed] if changed else [])
    found = [(view, failed.get(view.pk)) for view in saved_views.visible(user, PAGE)]
    context: dict[str, Any] = {
        "own": [(view, form) for view, form in found if view.owner_id == user.pk],
        "others": [(view, form) for view, form in found if view.owner_id != user.pk],
        "view_form": new,
        "crumbs": (*campaigns_crumb(), Crumb("Saved views")),
    }
    status = BAD_REQUEST if new or changed else 200
    if request.htmx:
        return render(request, "analytics/_saved_views.html", context, status=status)
    frame = page_context(request, "analytics:campaigns")
    return render(request, "analytics/views.html", context | frame, status=status)


def _find(request: PageRequest, pk: int) -> SavedView:
    try:
        return saved_views.find(_user(request), pk)
    except SavedView.DoesNotExist as error:
        raise Http404(f"There is no view {pk} that you may open.") from error


def _own(request: PageRequest, pk: int) -> SavedView:
    found = _find(request, pk)
    if not saved_views.may_change(_user(request), found):
        raise PermissionDenied("Only its owner changes a view.")
    return found


def _user(request: PageRequest) -> User:
    return cast(User, request.user)

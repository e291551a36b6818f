"""Setting the rules of alerts: their values, and lines that people draw; in place by HTMX, else the list comes back."""

from collections.abc import Callable
from http import HTTPStatus

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from compliance.acting import actor_of

from ..alerts import setting
from ..alerts.rules import BY_SLUG
from ..alerts.setting import CannotSet, Drawn
from ..asker import allowed_of
from ..models import AlertRule
from .access import PageRequest, staff_act, wants_fragment
from .alert_rules import Form
from .alerts import MAY_SET, TAB, rules_context, show_list

FIELDS = ("metric", "side", "value", "span", "channel", "campaign")


@staff_act
def set_rule(request: PageRequest, name: str) -> HttpResponse:
    _check(request)
    rule = BY_SLUG.get(name)
    if rule is None or (rule.metric and not allowed_of(request).sees(rule.metric)):
        raise Http404(f"There is no rule {name}.")
    by, value, muted = actor_of(request), request.POST.get("value", ""), "muted" in request.POST
    return _set(request, name, lambda: setting.set_rule(rule, by, timezone.now(), value=value, muted=muted))


@staff_act
def draw(request: PageRequest) -> HttpResponse:
    by, allowed = actor_of(request), allowed_of(request)
    return _set(request, "new", lambda: setting.draw(_given(request), by, timezone.now(), allowed))


@staff_act
def redraw(request: PageRequest, pk: int) -> HttpResponse:
    by, allowed = actor_of(request), allowed_of(request)
    return _set(request, str(pk), lambda: setting.redraw(pk, _given(request), by, timezone.now(), allowed))


@staff_act
def remove(request: PageRequest, pk: int) -> HttpResponse:
    by, allowed = actor_of(request), allowed_of(request)
    return _set(request, str(pk), lambda: setting.remove(pk, by, timezone.now(), allowed))


def _check(request: PageRequest) -> None:
    if not request.user.has_perm(MAY_SET):
        raise PermissionDenied("This needs the permission to change rules of alerts.")


def _given(request: PageRequest) -> Drawn:
    return Drawn(
        **{name: request.POST.get(name, "").strip() for name in FIELDS},
        muted="muted" in request.POST,
    )


def _set(request: PageRequest, of: str, act: Callable[[], object]) -> HttpResponse:
    """Sets, and shows the rules as they stand then, or which field of which is wrong."""
    _check(request)
    try:
        act()
    except AlertRule.DoesNotExist as error:
        raise Http404("There is no such line; the list has those there are.") from error
    except CannotSet as error:
        form = Form({name: request.POST.get(name, "") for name in FIELDS}, error.errors)
        return _answer(request, of, form)
    return _answer(request)


def _answer(request: PageRequest, of: str = "", form: Form | None = None) -> HttpResponse:
    status = HTTPStatus.BAD_REQUEST if form else HTTPStatus.OK
    if wants_fragment(request):
        return render(request, "analytics/_alert_rules.html", rules_context(request, of=of, form=form), status=status)
    return show_list(request, of=of, form=form, status=status) if form else redirect(TAB)

"""What a person does about what was set apart: once more through its door, or given up."""

from collections.abc import Callable
from http import HTTPStatus

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from compliance.acting import actor_of

from ..models import Source
from ..sources import apart
from ..sources.apart import NoGroup
from .access import PageRequest, staff_act, wants_fragment
from .data import MAY_DISCARD, MAY_RETRY, apart_context, show

TRIED = "tried"  # in a session: the group that was tried last, and its last row that was


@staff_act
def retry_rejected(request: PageRequest, key: str) -> HttpResponse:
    """A click goes on where the one before ended, on whatever page and without scripts too."""

    def act() -> str:
        group, last = request.session.get(TRIED, ("", 0))
        done = apart.retry_rejected(key, actor_of(request), timezone.now(), last if group == key else 0)
        request.session[TRIED] = (key, done.last)
        said = f"{done.taken:,} of {done.tried:,} rows are taken in now."
        wait = "waits" if done.left == 1 else "wait"
        return f"{said} {done.left:,} more of them {wait} for another try." if done.left else said

    return _act(request, MAY_RETRY, act)


@staff_act
def discard_rejected(request: PageRequest, key: str) -> HttpResponse:
    def act() -> str:
        rows = apart.discard(key, actor_of(request), timezone.now())
        return f"{rows:,} row{' was' if rows == 1 else 's were'} given up; their count stays."

    return _act(request, MAY_DISCARD, act)


@staff_act
def retry_batches(request: PageRequest, key: str) -> HttpResponse:
    def act() -> str:
        batches = apart.retry_batches(key, actor_of(request), timezone.now())
        return f"{batches:,} batch{' waits' if batches == 1 else 'es wait'} to be counted again."

    return _act(request, MAY_RETRY, act)


def _act(request: PageRequest, permission: str, act: Callable[[], str]) -> HttpResponse:
    """Acts, and shows what is set apart then; without scripts in its page."""
    if not request.user.has_perm(permission):
        raise PermissionDenied(f"This needs the permission {permission}; an administrator can give it to you.")
    try:
        said, status = act(), HTTPStatus.OK
    except NoGroup as error:
        said, status = str(error), HTTPStatus.CONFLICT
    more = {"said": said, "refused": status != HTTPStatus.OK}
    if wants_fragment(request):
        of = Source.objects.filter(pk=_number(request.POST.get("source", ""))).first()
        context = apart_context(request, of.name if of else None) | {"of": of.pk if of else None} | more
        return render(request, "analytics/_apart.html", context, status=status)
    return show(request, status, **more)


def _number(text: str) -> int:
    """The source whose page it is; 0 on the page of all."""
    return int(text) if text.isdecimal() and len(text) < 10 else 0

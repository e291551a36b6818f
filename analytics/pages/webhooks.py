"""Webhooks of mail providers: made, tried, ended, given another address or key. An address is shown once."""

import re
from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from compliance.acting import actor_of

from ..hooks import addresses
from ..hooks.addresses import OVERLAP, CannotMake
from ..hooks.guides import GUIDES
from ..hooks.providers import BY_NAME
from ..hooks.trying import Finding
from ..hooks.trying import findings as of_hook
from ..models import Hook, Source
from ..presentation import ago
from ..sources.trying import findings as of_doors
from .access import PageRequest, staff_act, wants_fragment
from .data import MAY_CHANGE, MAY_MAKE, TAB, show
from .job_rows import BAD, CAUTION, WELL, Mark
from .navigation import page_context
from .source import address_form, show_source

BETWEEN = re.compile(r"[\s_-]+")  # words of a name: written with hyphens; nothing else of it is changed
THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


@staff_act
def make(request: PageRequest) -> HttpResponse:
    """The new address, or the form again with what is wrong in it."""
    _asked(request, MAY_MAKE)
    given = {name: request.POST.get(name, "").strip() for name in ("name", "provider", "key")}
    name = BETWEEN.sub("-", given["name"].lower())
    try:
        hook, path = addresses.make(**given | {"name": name}, at=timezone.now(), by=actor_of(request))
    except CannotMake as error:
        field, _, reason = str(error).partition(": ")
        again = {name: said for name, said in given.items() if name != "key"}
        return show(request, HTTPStatus.BAD_REQUEST, given=again, errors={field: reason})
    return _once(request, hook, path, new=True)


@staff_act
def rotate(request: PageRequest, pk: int) -> HttpResponse:
    """Another address, and another key where one is given; those before hold for a day."""
    _asked(request, MAY_CHANGE)
    hook, key = _find(pk), request.POST.get("key", "").strip()
    try:
        hook, path = addresses.rotate(hook.name, OVERLAP, timezone.now(), key, by=actor_of(request))
    except CannotMake as error:
        return _refused(request, hook, error)
    return _once(request, hook, path, new=False)


@staff_act
def set_key(request: PageRequest, pk: int) -> HttpResponse:
    """Another key; the address stays, so that one can be entered that a provider shows only once it has the address."""
    _asked(request, MAY_CHANGE)
    hook = _find(pk)
    try:
        addresses.set_key(hook.name, request.POST.get("key", "").strip(), timezone.now(), by=actor_of(request))
    except CannotMake as error:
        return _refused(request, hook, error)
    return redirect("analytics:source", Source.objects.get(name=hook.name).pk)


@staff_act
def end(request: PageRequest, pk: int) -> HttpResponse:
    _asked(request, MAY_CHANGE)
    addresses.end(_find(pk).name, timezone.now(), by=actor_of(request))
    return redirect(TAB)


@staff_act
def test(request: PageRequest, pk: int) -> HttpResponse:
    """What works of a source and what does not; nothing of it is recorded."""
    _asked(request, MAY_CHANGE)
    source = Source.objects.filter(pk=pk).first()
    if source is None:
        raise Http404(f"There is no source {pk}; the Data page has those there are.")
    now = timezone.now()
    hook = Hook.objects.filter(name=source.name).first()
    found = [*(_of_webhook(request, hook, now) if hook else ()), *of_doors(now)]
    context: dict[str, Any] = {"tried": [(_mark(one), one) for one in found]}
    if wants_fragment(request):
        return render(request, "analytics/_tried.html", context)
    return show_source(request, pk, **context)


def _find(pk: int) -> Hook:
    hook = Hook.objects.filter(pk=pk).first()
    if hook is None:
        raise Http404("This webhook is there no more: it was ended. The Data page has those there are.")
    return hook


def _asked(request: PageRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied(f"This needs the permission {permission}; an administrator can give it to you.")


def _refused(request: PageRequest, hook: Hook, error: CannotMake) -> HttpResponse:
    source = Source.objects.get(name=hook.name)
    return show_source(request, source.pk, HTTPStatus.BAD_REQUEST, key_error=str(error).partition(": ")[2])


def _once(request: PageRequest, hook: Hook, path: str, *, new: bool) -> HttpResponse:
    """The only answer with the address in it; nobody keeps it."""
    context = {
        "hook": hook,
        "provider": BY_NAME[hook.provider],
        "guide": GUIDES[hook.provider],
        "unreachable": _of_address(request, hook).works is not True,
        "address": request.build_absolute_uri(path),
        "source": Source.objects.get(name=hook.name),
        "new": new,
    }
    return render(request, "analytics/webhook_address.html", context | page_context(request, TAB))


def _of_webhook(request: PageRequest, hook: Hook, now: datetime) -> list[Finding]:
    url = request.build_absolute_uri(addresses.path_of(hook, "secret"))
    return [_of_address(request, hook), *of_hook(hook, url, now), _of_reports(hook, now)]


def _of_address(request: PageRequest, hook: Hook) -> Finding:
    host = request.get_host().rpartition(":")[0] or request.get_host()
    form = address_form(request, hook)
    if host in THIS_MACHINE:
        return Finding("Address", False, f"{host} is this machine alone: a provider cannot reach it")
    if not request.is_secure():
        return Finding("Address", None, f"this page came without https; most providers report to https alone ({form})")
    return Finding("Address", True, f"reports go to {form}")


def _of_reports(hook: Hook, now: datetime) -> Finding:
    """Whether real ones came."""
    refused = hook.refused_at
    if refused and (hook.last_at is None or refused > hook.last_at):
        told = f"{ago((now - refused).total_seconds())} ago one came that was not signed with the key of this webhook"
        return Finding("Reports", False, told)
    if hook.last_at is None:
        return Finding("Reports", None, "none ever came; have the provider send one of its own tests to the address")
    return Finding("Reports", True, f"the last one came {ago((now - hook.last_at).total_seconds())} ago")


def _mark(found: Finding) -> Mark:
    return CAUTION if found.works is None else WELL if found.works else BAD

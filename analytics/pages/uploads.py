"""Uploading a file to be imported: the page with its form, and the one request that brings the file without scripts."""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import cast

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from compliance.acting import actor_of

from .. import imports, uploading
from ..ingest.uploads import KEPT, Elsewhere
from . import usage
from .access import PageRequest, staff_act, staff_page, wants_fragment
from .campaign import Crumb
from .import_rows import size
from .imports import MAY_ADD, NEEDS_ADD, TAB, crumbs
from .navigation import page_context
from .receiving import FIELD, HEAD, PART, IntoParts, Received, place, refusal

BUSY = "Other files are being uploaded just now; try again when one of them is here."
NONE = "No file came with the form; choose one."
EMPTY = "The file is empty; its first line must name the columns."
CUT = "The file did not arrive as a whole; upload it again. Nothing of it was kept."


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An upload that was cut; bytes as people say them, and when it goes by itself."""

    pk: int
    name: str
    here: str
    size: str
    goes_at: datetime


@staff_page
def upload(request: PageRequest) -> HttpResponse:
    may_add(request)
    usage.count("upload", str(request.user.pk), timezone.now())
    return _shown(request)


@csrf_exempt  # for it would read the body before it is known where to; `_received` checks, as soon as that is set
@staff_act
def send(request: PageRequest) -> HttpResponse:
    """Takes a file in while it arrives. Who may not send one, or one like it, is told before any of it is read."""
    user = may_add(request)
    if problem := refusal(request):
        return _shown(request, problem, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    with place(user.pk) as free:
        if not free:
            return _shown(request, BUSY, HTTPStatus.SERVICE_UNAVAILABLE)
        handler = IntoParts(request)
        request.upload_handlers = [handler]
        try:
            return _received(request)
        except (OSError, Elsewhere):  # whoever sends it went away
            return _shown(request, CUT, HTTPStatus.BAD_REQUEST)
        finally:
            handler.forget()


@csrf_protect
def _received(request: PageRequest) -> HttpResponse:
    """The body was read when this is called."""
    given = request.FILES.get(FIELD)
    if not isinstance(given, Received):
        return _shown(request, NONE, HTTPStatus.BAD_REQUEST)
    if not given.size:
        return _shown(request, EMPTY, HTTPStatus.BAD_REQUEST)
    imports.note_upload(given.record, actor_of(request), timezone.now())
    request.upload_handlers[0].kept = True  # type: ignore[attr-defined]
    return redirect("analytics:import", given.record.pk)


def may_add(request: PageRequest) -> User:
    """Who asks. Raises `PermissionDenied`."""
    if not request.user.has_perm(MAY_ADD):
        raise PermissionDenied(NEEDS_ADD)
    return cast(User, request.user)


def _shown(request: PageRequest, problem: str = "", status: int = HTTPStatus.OK) -> HttpResponse:
    context = {
        "problem": problem,
        "most": settings.LARGEST_UPLOAD,
        "largest": size(settings.LARGEST_UPLOAD),
        "part": PART,
        "head": HEAD,
        "unfinished": _unfinished(cast(User, request.user).pk),
        "crumbs": crumbs(Crumb("Import a file")),
    }
    template = "analytics/_upload.html" if wants_fragment(request) else "analytics/upload.html"
    return render(request, template, context | page_context(request, TAB), status=status)


def _unfinished(by: int) -> list[Unfinished]:
    return [
        Unfinished(record.pk, record.name, size(uploading.here(record)), size(record.size), record.started_at + KEPT)
        for record in uploading.unfinished(by)
    ]

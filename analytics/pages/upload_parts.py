"""A file that a script sends in parts, each a request of its own: one that is lost is sent again, and no more than it.

All answer with where the file stands: `at`, the bytes that are here; `part`, where the next ones go; and once all is
here `to`, its page. Else with the `problem`.
"""

from http import HTTPStatus
from typing import cast

from django.contrib.auth.models import User
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from compliance.acting import actor_of

from .. import imports, uploading
from ..ingest.in_clear import file_name
from ..models import ImportFile
from ..uploading import Given, NotHere
from .access import PageRequest, staff_act, staff_page
from .receiving import HEAD, pieces, place, too_large, too_many
from .uploads import BUSY, EMPTY, may_add

MOST_UNFINISHED = 5  # of one person
OFFSET = "Upload-Offset"
DIGITS = 16  # of a number that somebody may give
UNKNOWN = "The file was not said: its name, its size, when it was changed and its first bytes are needed."
ENOUGH = f"{MOST_UNFINISHED} of your uploads are not finished; go on with one of them, or discard it below."
NOT_WHOLE = "The part did not arrive as a whole."
NO_OFFSET = f"{OFFSET} is needed: from which byte on the part is, which ends where the file ends at the latest."


@staff_act
def begin(request: PageRequest) -> HttpResponse:
    """Where a file stands that is to be sent: at nothing, or where it was cut."""
    user = may_add(request)
    given = _given(request)
    if given is None:
        return _problem(UNKNOWN, HTTPStatus.BAD_REQUEST)
    if not given.size:
        return _problem(EMPTY, HTTPStatus.BAD_REQUEST)
    if problem := too_large(given.size):
        return _problem(problem, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    if record := uploading.find(given, user.pk):
        return _stands(record)
    if problem := too_many() or (ENOUGH if uploading.unfinished(user.pk).count() >= MOST_UNFINISHED else ""):
        return _problem(problem, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return _stands(uploading.begin(given, user.pk), HTTPStatus.CREATED)


@staff_page
def stands(request: PageRequest, pk: int) -> HttpResponse:
    return _stands(_own(may_add(request), pk))


@staff_act
def send(request: PageRequest, pk: int) -> HttpResponse:
    """Takes in the bytes from the offset on. One that stands elsewhere is told where, with 409."""
    user = may_add(request)
    record = _own(user, pk)
    start, length = request.headers.get(OFFSET, ""), request.META.get("CONTENT_LENGTH") or "0"
    if not (start.isdecimal() and len(start) <= DIGITS and int(start) + int(length) <= record.size):
        return _problem(NO_OFFSET, HTTPStatus.BAD_REQUEST)
    if record.state != ImportFile.State.UPLOADING:
        return _stands(record)  # the answer to its last part was lost
    with place(user.pk) as free:
        if not free:
            return _problem(BUSY, HTTPStatus.SERVICE_UNAVAILABLE)
        try:
            uploading.go_on(record, int(start), pieces(request, int(length)), actor_of(request), timezone.now())
        except NotHere:
            return _stands(_own(request.user, pk), HTTPStatus.CONFLICT)
        except OSError:  # whoever sends it went away; what came is kept
            return _problem(NOT_WHOLE, HTTPStatus.REQUEST_TIMEOUT)
    return _stands(_own(request.user, pk))


@staff_act
def drop(request: PageRequest, pk: int) -> HttpResponse:
    """Take back what is here of it; a script is told so, a form comes back to its page."""
    _own(may_add(request), pk)
    try:
        imports.drop_upload(pk, actor_of(request), timezone.now())
    except imports.CannotAct as error:
        return _problem(str(error), HTTPStatus.CONFLICT)
    return HttpResponse(status=HTTPStatus.NO_CONTENT) if request.htmx else redirect("analytics:upload")


def _given(request: PageRequest) -> Given | None:
    head, name = request.FILES.get("head"), file_name(request.POST.get("name", ""))
    size, modified = request.POST.get("size", ""), request.POST.get("modified", "")
    if not (name and size.isdecimal() and modified.isdecimal() and max(len(size), len(modified)) <= DIGITS):
        return None
    return Given(name, int(size), int(modified), head.read(HEAD) if head else b"")


def _own(user: object, pk: int) -> ImportFile:
    record = ImportFile.objects.filter(pk=pk, uploaded_by=cast(User, user).pk).first()
    if record is None:
        raise Http404(f"You are not uploading a file {pk}.")
    return record


def _stands(record: ImportFile, status: int = HTTPStatus.OK) -> JsonResponse:
    ends = record.state != ImportFile.State.UPLOADING
    said = {
        "at": uploading.here(record),
        "part": reverse("analytics:send_part", args=[record.pk]),
        "stands": reverse("analytics:upload_stands", args=[record.pk]),
        "drop": reverse("analytics:drop_upload", args=[record.pk]),
        "to": reverse("analytics:import", args=[record.pk]) if ends else "",
    }
    return JsonResponse(said, status=status)


def _problem(problem: str, status: int) -> JsonResponse:
    return JsonResponse({"problem": problem}, status=status)

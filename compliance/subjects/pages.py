"""Where a person fetches their copy: a page with a button, for programs that look at links in mails press none."""

from http import HTTPStatus

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from .. import exports
from . import copies


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def fetch(request: HttpRequest, token: str) -> HttpResponse | FileResponse:
    now = timezone.now()
    try:
        if request.method == "POST":
            content = copies.fetch(token, now)
            exports.count(exports.COPY)
            headers = {"Content-Disposition": 'attachment; filename="my-data.zip"'}
            return HttpResponse(content, "application/zip", headers=headers)
        waiting = copies.waiting(token, now)
    except copies.Gone:
        return render(request, "compliance/fetch.html", {"waiting": None}, status=HTTPStatus.NOT_FOUND)
    return render(request, "compliance/fetch.html", {"waiting": waiting})

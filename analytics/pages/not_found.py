"""An address below ours at which there is nothing: what is missing, and ways on."""

from django.contrib.admin import site
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, reverse

from .access import PageRequest
from .navigation import page_context

NOT_FOUND = 404
NOWHERE = "There is no page at this address."


def answers_for(request: PageRequest) -> bool:
    """Whether the portal's frame may be shown around what is missing: below our pages, to staff."""
    return request.path.startswith(reverse("analytics:overview")) and site.has_permission(request)


def not_found(request: PageRequest, exception: Exception) -> HttpResponse:
    """`exception` is what a view raised, whose words are shown, or the resolver."""
    said = isinstance(exception, Http404) and not isinstance(exception, Resolver404)
    context = {"missing": str(exception) if said and exception.args else NOWHERE}
    frame = page_context(request, "analytics:campaigns")
    return render(request, "analytics/not_found.html", context | frame, status=NOT_FOUND)

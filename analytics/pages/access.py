"""Who may see a page: staff, by the portal's own login. And what a request of such a page is."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlsplit, urlunsplit

from django.contrib.admin import site
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import resolve_url
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

POLL = "refresh"  # the id of the element that polls


class PageRequest(HttpRequest):
    """What the middleware makes of a request."""

    htmx: HtmxDetails


P = ParamSpec("P")
View = Callable[Concatenate[PageRequest, P], HttpResponseBase]


def staff_page(view: View[P]) -> View[P]:
    """A page, or its fragment, for staff alone; never kept by a browser or a proxy, since figures are private.

    A fragment asked for after the session ended sends the whole page to the login, and back here afterwards.
    """
    return never_cache(require_safe(_guarded(view)))


def staff_act(view: View[P]) -> View[P]:
    """What a form of a page does, for staff alone; kept by nobody. After a login it is the page that comes back."""
    return never_cache(require_POST(_guarded(view)))


def _guarded(view: View[P]) -> View[P]:
    @wraps(view)
    def guarded(request: PageRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if site.has_permission(request):
            response = view(request, *args, **kwargs)
        elif request.htmx:
            response = HttpResponseClientRedirect(redirect_to_login(_here(request), _login()).url)
        else:
            response = redirect_to_login(_here(request), _login())
        patch_vary_headers(response, ["HX-Request", "HX-History-Restore-Request"])
        return response

    return guarded


def _here(request: PageRequest) -> str:
    """The page that somebody looks at, by its path."""
    referer = urlsplit(request.headers.get("Referer", ""))
    sent_from = urlunsplit(("", "", referer.path, referer.query, "")) if request.method == "POST" else ""
    return request.htmx.current_url_abs_path or sent_from or request.get_full_path()


def _login() -> str:
    return resolve_url("admin:login")


def wants_fragment(request: PageRequest) -> bool:
    """Whether a part of the page is asked for; going back in history wants the whole page."""
    return bool(request.htmx) and not request.htmx.history_restore_request


def is_poll(request: PageRequest) -> bool:
    """Whether the page itself asks for newer figures, and nobody did anything."""
    return wants_fragment(request) and request.htmx.trigger == POLL

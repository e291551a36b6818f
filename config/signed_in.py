"""Who a request comes from: which session, whether it is in use, and whether it has passed all that is asked."""

import logging

from django.contrib.auth.middleware import AuthenticationMiddleware, get_user
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from analytics.pages.access import POLL
from compliance import second_factor
from compliance.sessions import SessionStore

BY_ITSELF = {POLL, "watch", "watch-imports"}  # the elements of a page that ask without anybody's doing
PASSED = "second_factor"  # in a session that began with one

logger = logging.getLogger(__name__)


class Sessions(SessionMiddleware):
    """Django's, and what somebody asks for keeps their session. What an open page asks by itself does not."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        if isinstance(request.session, SessionStore):
            request.session.request = request

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        response = super().process_response(request, response)
        session = getattr(request, "session", None)
        if isinstance(session, SessionStore) and request.headers.get("HX-Trigger") not in BY_ITSELF:
            try:
                session.touch(timezone.now())
            except (DatabaseError, InterfaceError):  # pages are read on a full disk, too
                logger.warning("It could not be noted that a session is in use.", exc_info=True)
        return response


class Users(AuthenticationMiddleware):
    """Django's, but that nobody is known who has yet to pass a second factor that is asked of them."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: _user(request))  # type: ignore[assignment]


def _user(request: HttpRequest) -> object:
    user = get_user(request)
    if user.is_authenticated and not request.session.get(PASSED) and second_factor.required_of(user):
        return AnonymousUser()
    return user

"""The way in: a password, then a code where somebody has a second factor, or needs one. Until then nobody is known."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import get_backends, login
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from compliance import audit, second_factor, sessions
from compliance.acting import Actor, actor_of

from . import limits
from .signed_in import PASSED

WAITING = "waiting"  # in the session of somebody who has given a password
BY_PASSWORD = "password"  # noqa: S105  what it is called, not one


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who has given the right password, and where they wanted to go."""

    user: User
    then: str


def after_password(request: HttpRequest, user: User, then: str) -> str:
    """Where somebody goes on with the right password: `then`, or the step that is still to be taken."""
    enrolled = second_factor.of(user) is not None
    if not enrolled and not second_factor.required_of(user):
        sign_in(request, user, BY_PASSWORD)
        return then
    request.session.flush()
    request.session[WAITING] = {
        "user": user.pk,
        "password": user.get_session_auth_hash(),
        "since": timezone.now().isoformat(),
        "then": then,
    }
    return resolve_url("admin:second_step" if enrolled else "admin:enrol")


def waiting(request: HttpRequest) -> Waiting | None:
    """Whoever has given a password in this browser, in time, and may still sign in with it."""
    said = request.session.get(WAITING)
    if said is None or timezone.now() - datetime.fromisoformat(said["since"]) > settings.SESSION_UNKNOWN:
        return None
    user: Any = get_backends()[0].get_user(said["user"])
    if user is None or not user.is_staff or not constant_time_compare(said["password"], user.get_session_auth_hash()):
        return None
    return Waiting(user, said["then"])


def sign_in(request: HttpRequest, user: User, way: str) -> None:
    """From here on the browser is theirs, in a session of its own."""
    with transaction.atomic():
        request.session.pop(WAITING, None)
        login(request, user)
        request.session[PASSED] = way != BY_PASSWORD
        audit.note("signed in", sessions.OBJECT, user.pk, actor_of(request), timezone.now(), way=way)


def acting(request: HttpRequest, user: User) -> Actor:
    """Somebody who is about to be known."""
    return replace(actor_of(request), user=user)


def too_many(*buckets: tuple[str, str, limits.Rate]) -> int:
    """Take one try of each bucket; the seconds to wait, 0 where there is one left in all."""
    return next(filter(None, (limits.take(*bucket) for bucket in buckets)), 0)


def wait_words(seconds: int) -> str:
    return f"Too many tries. Wait {-(-seconds // 60)} min, then try again."


def few() -> limits.Rate:
    return limits.Rate(settings.LOGIN_TRIES, settings.LOGIN_TRIES_SECONDS)

"""Keys for machines: what they may do, how a request shows one, and who may pass."""

import base64
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import DatabaseError, transaction
from django.db.models import Q
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException, AuthenticationFailed, PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from . import audit, roles
from .acting import Actor
from .models import ApiKey

ALL = "all"
OBJECT = "API key"
SOON = timedelta(days=30)  # before its end a key is among those that end soon

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Scope:
    name: str
    why: str


SCOPES: tuple[Scope, ...] = (
    Scope("events:write", "send events"),
    Scope("campaigns:write", "create and change campaigns"),
    Scope("costs:write", "send costs"),
    Scope("kpi:read", "read figures: KPIs, time series, funnels"),
    Scope("campaigns:read", "read campaigns and their figures"),
    Scope("contacts:read", "see people by a grant, as far as the owner of the key may"),
    Scope("contacts:write", "say what contacts are known by: addresses, numbers, names"),
    Scope("metrics:read", "read the catalogue of metrics and query any of them"),
    Scope("metrics:write", "define metrics"),
    Scope("metrics:scrape", "read what is measured of the installation, as Prometheus does"),
    Scope("recommendations:read", "read recommendations"),
    Scope("recommendations:write", "accept and dismiss recommendations"),
    Scope("jobs:read", "see the jobs of the schedule and their runs"),
    Scope("jobs:run", "start a job now"),
    Scope("dsar:write", "enter requests of people about their data, and see how far they are"),
    Scope("exports:write", "ask for exports and fetch them"),
    Scope(ALL, "everything that keys may do"),
)
NAMES: frozenset[str] = frozenset(scope.name for scope in SCOPES)


class Machine:
    """Who asks when a key acts for nobody: known by its key, never staff."""

    is_authenticated = True
    is_active = True
    is_anonymous = is_staff = is_superuser = False
    pk = id = None

    def __init__(self, key: ApiKey) -> None:
        self.username = f"key {key.name}"

    def __str__(self) -> str:
        return self.username

    def get_username(self) -> str:
        return self.username

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return False


class UnknownScope(ValueError):
    """A scope was asked for that does not exist."""


class CannotRotate(ValueError):
    """The key is over, so nothing can overlap with it; the text is for whoever asked."""


def create(
    name: str,
    scopes: Iterable[str],
    owner: User | None = None,
    group: Group | None = None,
    *,
    days: int | None = None,
    by: Actor | None = None,
    at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """A new key and its secret text, which is kept only as a hash: show it once. Raises `UnknownScope`.

    It holds for `days`, 0 for ever, and where none are said as long as `API_KEY_DAYS`. `by` is None for the operator.
    """
    wanted = sorted(set(scopes))
    unknown = [scope for scope in wanted if scope not in NAMES]
    if unknown or not wanted:
        raise UnknownScope(f"{', '.join(unknown) or 'no scope given'}: choose from {', '.join(sorted(NAMES))}")
    at = at or timezone.now()
    days = settings.API_KEY_DAYS if days is None else days
    ends = at + timedelta(days=days) if days else None
    key = ApiKey(name=name, scopes=wanted, owner=owner, group=group, expiry_date=ends)
    secret = ApiKey.objects.assign_key(key)
    with transaction.atomic():
        key.save(force_insert=True)
        audit.note("made", OBJECT, key.prefix, by, at, scopes=" ".join(wanted), days=days)
    return key, secret


def rotate(
    old: ApiKey, overlap: timedelta, by: Actor | None, at: datetime, *, days: int | None = None
) -> tuple[ApiKey, str]:
    """Another key that is and may the same, as `create`; the old one ends after `overlap`. Raises `CannotRotate`."""
    with transaction.atomic():
        old = ApiKey.objects.select_related("owner", "group").select_for_update(of=("self",)).get(pk=old.pk)
        if over := why_over(old, at):
            raise CannotRotate(f"{over} Make a new one.")
        key, secret = create(old.name, old.scopes, old.owner, old.group, days=days, by=by, at=at)
        old.expiry_date = min(filter(None, (old.expiry_date, at + overlap)))
        old.save(update_fields=["expiry_date"])
        audit.note("rotated", OBJECT, old.prefix, by, at, into=key.prefix, overlap_days=overlap.days)
    return key, secret


def why_over(key: ApiKey, at: datetime) -> str:
    """Why a key opens nothing any more, empty while it does."""
    if key.revoked:
        return "This key was revoked."
    if key.expiry_date and key.expiry_date <= at:
        return f"This key expired on {key.expiry_date:%Y-%m-%d}."
    if key.owner and not key.owner.is_active:
        return "The owner of this key is disabled."
    return ""


def days_left(key: ApiKey, at: datetime) -> int | None:
    """Whole days until its end, 0 once it is over; None where it has none."""
    if key.revoked or key.expiry_date is None:
        return 0 if key.revoked else None
    return max(0, (key.expiry_date - at).days)


def used(key: ApiKey, at: datetime) -> None:
    """Note the day, by the first call of a day alone. That a note cannot be written keeps nobody out."""
    today = at.astimezone(UTC).date()
    if key.last_used_on and key.last_used_on >= today:
        return
    before = Q(last_used_on=None) | Q(last_used_on__lt=today)
    try:
        with transaction.atomic():
            ApiKey.objects.filter(before, pk=key.pk).update(last_used_on=today)
    except DatabaseError:
        logger.warning("The use of key %s could not be noted.", key.prefix, exc_info=True)


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Api-Key …`: one query and one SHA-512, for keys are random and need no slow hash."""

    keyword = "Api-Key"
    _shape = re.compile(r"[A-Za-z0-9]{1,8}\.[A-Za-z0-9]{1,100}")

    def authenticate(self, request: Request) -> tuple[Any, ApiKey] | None:
        secret = self._shown(request)
        if secret is None:
            return None
        key = self._find(secret, for_figures=_shows_figures(request))
        if key is None:
            raise AuthenticationFailed("This key is unknown; ask an administrator for one.")
        now = timezone.now()
        if over := why_over(key, now):
            raise AuthenticationFailed(f"{over} Ask an administrator for a new one.")
        used(key, now)
        return key.owner or Machine(key), key

    def authenticate_header(self, request: Request) -> str:
        return self.keyword

    def _shown(self, request: Request) -> str | None:
        """The secret of a request, None of one that shows none in this way."""
        keyword, _, secret = request.headers.get("Authorization", "").strip().partition(" ")
        return secret.strip() if keyword.lower() == self.keyword.lower() else None

    def _find(self, secret: str, *, for_figures: bool) -> ApiKey | None:
        """The key, also one that is over: whoever has its secret may know."""
        if not self._shape.fullmatch(secret):
            return None
        keys = ApiKey.objects.select_related("owner").filter(prefix=secret.partition(".")[0])
        key = next(iter(roles.with_denials(keys) if for_figures else keys), None)  # a prefix is one key's
        return key if key and key.is_valid(secret) else None


def _shows_figures(request: Request) -> bool:
    """Of a view that shows none nobody asks what is denied; to look that up costs more than to find the key."""
    return getattr(request.parser_context.get("view"), "shows_figures", True)


class WriteKeyAuthentication(ApiKeyAuthentication):
    """A key as clients of Segment show theirs: as the user name of HTTP Basic without a password, or in the body."""

    keyword = "Basic"

    def _shown(self, request: Request) -> str | None:
        secret = super()._shown(request)
        if secret is not None:
            try:
                return base64.b64decode(secret, validate=True).decode("ascii").partition(":")[0]
            except ValueError:
                return ""
        if request.headers.get("Authorization"):
            return None
        try:
            named = request.data.get("writeKey") if isinstance(request.data, dict) else None
        except APIException:  # a body that cannot be read shows no key
            return None
        return named if isinstance(named, str) else None


def scope_required(scope: str, permission: str = "") -> type[BasePermission]:
    """The permission of a view: a key with `scope` (or `all`), or the session of an active staff user.

    Of the user, and of a key's owner who signs in, too, Django's `permission` is asked for, if one is named. Somebody
    known who may not gets 403 naming the scope or the permission; a stranger gets 401.
    """
    if scope not in NAMES:
        raise UnknownScope(scope)

    class ScopePermission(BasePermission):
        def has_permission(self, request: Request, view: object) -> bool:
            if not request.user or not request.user.is_authenticated:
                return False
            if isinstance(request.auth, ApiKey):
                if scope not in request.auth.scopes and ALL not in request.auth.scopes:
                    raise PermissionDenied(f"This key lacks the scope {scope}; have one made with it.")
                if permission and not _owner_may(request.auth, permission):
                    raise PermissionDenied(
                        f"The owner of this key lacks the permission {permission}; an administrator can give it."
                    )
                return True
            if not (request.user.is_active and request.user.is_staff):
                raise PermissionDenied(f"This needs a member of staff, or a key with the scope {scope}.")
            if permission and not request.user.has_perm(permission):
                raise PermissionDenied(f"This needs the permission {permission}; an administrator can give it to you.")
            return True

    ScopePermission.scope = scope  # type: ignore[attr-defined]
    return ScopePermission


def _owner_may(key: ApiKey, permission: str) -> bool:
    """Whoever owns keys alone has no permissions: what those may is their scopes."""
    owner = key.owner
    return owner is None or owner.has_perm(permission) or not roles.signs_in(owner)


class ApiKeyScheme(OpenApiAuthenticationExtension):
    """How the OpenAPI description shows keys."""

    target_class = "compliance.api_keys.ApiKeyAuthentication"
    name = "ApiKey"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Api-Key followed by the key"}


class WriteKeyScheme(OpenApiAuthenticationExtension):
    """The same for clients of Segment."""

    target_class = "compliance.api_keys.WriteKeyAuthentication"
    name = "WriteKey"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "basic", "description": "The key as user name, without a password"}

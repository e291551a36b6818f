"""Addresses that providers report to: made, rotated, and found again by what only the provider knows."""

import hashlib
import re
import secrets
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse

from compliance import audit, crypto
from compliance.acting import Actor

from ..ingest import lookups
from ..models import Hook
from .providers import BY_NAME

OBJECT = "webhook of a provider"
SECRET_BYTES = 24
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
SEEN_EVERY = timedelta(minutes=1)  # how often a hook's row notes that it is in use
OVERLAP = timedelta(days=1)  # how long an address holds once there is another


class CannotMake(ValueError):
    """The text names what is wrong, and the way out."""


def make(name: str, provider: str, key: str, at: datetime, by: Actor | None = None) -> tuple[Hook, str]:
    """A new hook, a source from now on, and its path, which is shown once. `by` is None for the operator.

    Raises `CannotMake`.
    """
    known = BY_NAME.get(provider)
    if known is None:
        raise CannotMake(f"provider: there is none called {provider!r}; choose one of {', '.join(BY_NAME)}")
    if not _NAME.fullmatch(name):
        raise CannotMake("name: use 1 to 60 small letters, digits and hyphens")
    if known.needs_key and not key:
        raise CannotMake(f"key: {known.label} signs its reports; give the key that it shows beside its webhooks")
    if key and not known.signed_by:
        raise CannotMake(f"key: {known.label} signs no reports; leave it out")
    secret = secrets.token_urlsafe(SECRET_BYTES)
    hook = Hook(name=name, provider=provider, secret_hash=_hash(secret), made_at=at, key=_sealed(key))
    try:
        with transaction.atomic():
            hook.save(force_insert=True)
            lookups.source_id(name)
            audit.note("made", OBJECT, name, by, at, provider=provider)
    except IntegrityError:
        raise CannotMake(f"name: there is a webhook called {name} already; choose another, or rotate it") from None
    return hook, path_of(hook, secret)


def rotate(name: str, overlap: timedelta, at: datetime, by: Actor | None = None) -> tuple[Hook, str]:
    """Another path of a hook; the one before holds for `overlap`. Raises `CannotMake`."""
    with transaction.atomic():
        hook = Hook.objects.select_for_update().filter(name=name).first()
        if hook is None:
            raise CannotMake(f"name: there is no webhook called {name}")
        secret = secrets.token_urlsafe(SECRET_BYTES)
        hook.earlier_hash, hook.earlier_until = hook.secret_hash, at + overlap
        hook.secret_hash = _hash(secret)
        hook.save(update_fields=["secret_hash", "earlier_hash", "earlier_until"])
        audit.note("rotated", OBJECT, name, by, at, overlap_hours=overlap // timedelta(hours=1))
    return hook, path_of(hook, secret)


def find(provider: str, secret: str, at: datetime) -> Hook | None:
    """By its hash, so that how long it takes tells nothing of the secret."""
    digest = _hash(secret)
    mine = Q(secret_hash=digest) | Q(earlier_hash=digest, earlier_until__gt=at)
    return Hook.objects.filter(mine, provider=provider).first()


def seen(hook: Hook, at: datetime) -> None:
    """Note that it is in use, by one of many calls."""
    _note(hook, "last_at", at)


def refused(hook: Hook, at: datetime) -> None:
    """Note that a report was not signed as it should be, likewise."""
    _note(hook, "refused_at", at)


def _note(hook: Hook, when: str, at: datetime) -> None:
    due = Q(**{when: None}) | Q(**{f"{when}__lt": at - SEEN_EVERY})
    Hook.objects.filter(due, pk=hook.pk).update(**{when: at})


def key_of(hook: Hook) -> str:
    """What its provider signs with, in clear; empty where it does not."""
    return crypto.decrypt(bytes(hook.key)).decode() if hook.key else ""


def path_of(hook: Hook, secret: str) -> str:
    return reverse("hook", args=[hook.provider, secret])


def _sealed(key: str) -> bytes:
    return crypto.encrypt(key.encode()) if key else b""


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).digest()

"""Addresses that providers report to: made, rotated, and found again by what only the provider knows."""

import hashlib
import re
import secrets
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Max, Q
from django.urls import reverse

from compliance import audit, crypto
from compliance.acting import Actor
from compliance.models import AuditEntry

from ..ingest import campaigns, events, in_clear, lookups
from ..models import CampaignCost, Hook, Source
from ..segment import recording as segment
from .providers import BY_NAME, Provider

OBJECT = "webhook of a provider"
ENDED = "ended"
DOORS = frozenset({events.DEFAULT_SOURCE, campaigns.SOURCE, segment.SOURCE, "costs", "rates"})  # what names no source
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
    _check_name(name)
    if known.needs_key and not key:
        raise CannotMake(f"key: {known.label} signs its reports; give the key that it shows beside its webhooks")
    _check_key(known, key)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    hook = Hook(name=name, provider=provider, secret_hash=_hash(secret), made_at=at, key=_sealed([key]))
    try:
        with transaction.atomic():
            hook.save(force_insert=True)
            lookups.source_id(name)
            audit.note("made", OBJECT, name, by, at, provider=provider)
    except IntegrityError:
        raise CannotMake(f"name: there is a webhook called {name} already; choose another, or rotate it") from None
    return hook, path_of(hook, secret)


def ended() -> dict[str, datetime]:
    """When webhooks that are there no more were ended last, by name."""
    acts = AuditEntry.objects.filter(object_type=OBJECT, act=ENDED)
    return dict(acts.exclude(object_id__in=Hook.objects.values("name")).values_list("object_id").annotate(Max("at")))


def rotate(name: str, overlap: timedelta, at: datetime, key: str = "", by: Actor | None = None) -> tuple[Hook, str]:
    """Another path of a hook, and another `key` where one is given; those before hold for `overlap`. Raises
    `CannotMake`.
    """
    with transaction.atomic():
        hook = _existing(name)
        held = keys_of(hook, at)
        if key:
            _check_key(BY_NAME[hook.provider], key)
            held = [key, *held[:1]]
        secret = secrets.token_urlsafe(SECRET_BYTES)
        hook.earlier_hash, hook.earlier_until = hook.secret_hash, at + overlap
        hook.secret_hash, hook.key = _hash(secret), _sealed(held)
        hook.save(update_fields=["secret_hash", "earlier_hash", "earlier_until", "key"])
        audit.note("rotated", OBJECT, name, by, at, overlap_hours=overlap // timedelta(hours=1), key=bool(key))
    return hook, path_of(hook, secret)


def set_key(name: str, key: str, at: datetime, by: Actor | None = None) -> None:
    """From now on reports are signed with `key`; the address stays. Raises `CannotMake`."""
    with transaction.atomic():
        hook = _existing(name)
        if not key:
            raise CannotMake("key: give the key that the provider shows")
        _check_key(BY_NAME[hook.provider], key)
        hook.key = _sealed([key])
        hook.save(update_fields=["key"])
        audit.note("changed", OBJECT, name, by, at, key=True)


def end(name: str, at: datetime, by: Actor | None = None) -> None:
    """Its addresses hold no longer; what came by them stays. Raises `CannotMake`."""
    with transaction.atomic():
        _existing(name).delete()
        audit.note(ENDED, OBJECT, name, by, at)


def _existing(name: str) -> Hook:
    hook = Hook.objects.select_for_update().filter(name=name).first()
    if hook is None:
        raise CannotMake(f"name: there is no webhook called {name}")
    return hook


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


def keys_of(hook: Hook, at: datetime) -> list[str]:
    """What its provider signs with, in clear, the newest first: the one before holds as long as the earlier path. One
    that is empty where it does not.
    """
    keys = crypto.decrypt(bytes(hook.key)).decode().split("\n") if hook.key else [""]
    overlaps = hook.earlier_until is not None and hook.earlier_until > at
    return keys if overlaps else keys[:1]


def path_of(hook: Hook, secret: str) -> str:
    return reverse("hook", args=[hook.provider, secret])


def _check_name(name: str) -> None:
    """One of its own: what came of another source would be taken for what came by the webhook. That of a webhook that
    was ended goes on with its source.
    """
    if in_clear.names_somebody(name):
        raise CannotMake(f"name: it {in_clear.WAY_OUT}")
    if not _NAME.fullmatch(name):
        raise CannotMake("name: use 1 to 60 small letters, digits and hyphens")
    if Hook.objects.filter(name=name).exists():
        raise CannotMake(f"name: there is a webhook called {name} already; choose another, or rotate it")
    sends = Source.objects.filter(name=name).exists() and name not in ended()
    if sends or name in DOORS or CampaignCost.objects.filter(source=name).exists():
        raise CannotMake(f"name: {name} is the name of another source; choose one that is only the webhook's")


def _check_key(provider: Provider, key: str) -> None:
    if key and not provider.signed_by:
        raise CannotMake(f"key: {provider.label} signs no reports; leave it out")
    try:
        if "\n" in key:
            raise ValueError
        provider.reader(key)
    except ValueError:
        raise CannotMake(f"key: this is none of {provider.label}; give the one that it shows") from None


def _sealed(keys: list[str]) -> bytes:
    return crypto.encrypt("\n".join(keys).encode()) if any(keys) else b""


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).digest()

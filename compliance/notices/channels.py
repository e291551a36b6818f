"""Channels: whom the system tells. Each change leaves its row in the audit trail, and none says the address."""

import base64
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery

from .. import audit, crypto, masks, outbound
from ..acting import Actor
from ..models import ChannelKind, Notice, NoticeChannel, NoticeState
from . import topics

OBJECT = "notice channel"
BUILT_IN = "ALERT_EMAILS"
MOST_ADDRESSES = 20
MOST_SECRETS = 2  # while a receiver changes from one to the other, both sign
SECRET_BYTES = 32
RESOLVED_WITHIN = 3.0  # seconds, while somebody waits for the form


class CannotChange(ValueError):
    """Not by this person, or not so; the text says why, and `field` where."""

    def __init__(self, text: str, field: str = "") -> None:
        super().__init__(text)
        self.field = field


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody says of a channel; no `address` leaves the one that it has."""

    name: str
    kind: str
    about: Sequence[str]
    enabled: bool = True
    address: str = ""


def wanting(about: str, at: datetime) -> list[NoticeChannel]:
    """The channels that are told of a topic. That of `ALERT_EMAILS` needs a mail server, too."""
    ensure_built_in(at)
    subscribed = NoticeChannel.objects.filter(enabled=True, about__contains=[about]).order_by("pk")
    return [one for one in subscribed if not one.built_in or (settings.ALERT_EMAILS and settings.EMAIL_URL)]


def with_latest(rows: QuerySet[NoticeChannel]) -> QuerySet[Any]:
    """Channels with the state, moment and error of the notice that was tried last."""
    tried = Notice.objects.filter(channel=OuterRef("pk"), tried_at__isnull=False).order_by("-tried_at", "-pk")
    return rows.annotate(
        last_state=Subquery(tried.values("state")[:1]),
        last_at=Subquery(tried.values("tried_at")[:1]),
        last_error=Subquery(tried.values("error")[:1]),
    )


def broken() -> QuerySet[NoticeChannel]:
    """Those that are on and whose last notice was given up: until one arrives, a test for instance."""
    return with_latest(NoticeChannel.objects.filter(enabled=True)).filter(last_state=NoticeState.GIVEN_UP)


def ensure_built_in(at: datetime) -> None:
    """The addresses of the environment are a channel like others, at first one for unusual access."""
    if settings.ALERT_EMAILS and not NoticeChannel.objects.filter(built_in=True).exists():
        email = ChannelKind.EMAIL
        channel = NoticeChannel(name=BUILT_IN, kind=email, about=["access"], built_in=True, changed_at=at)
        NoticeChannel.objects.bulk_create([channel], ignore_conflicts=True)


def addresses(channel: NoticeChannel) -> list[str]:
    """Where it leads, in clear: for whoever sends."""
    if channel.built_in:
        return list(settings.ALERT_EMAILS)
    return crypto.decrypt(bytes(channel.address)).decode().split("\n") if channel.address else []


def signing(channel: NoticeChannel) -> list[str]:
    """The secrets that sign, the newest first."""
    return crypto.decrypt(bytes(channel.secrets)).decode().split() if channel.secrets else []


def shown(channel: NoticeChannel) -> str:
    """Where it leads, as far as anybody is shown: of a URL its host, of an address its first letter."""
    try:
        known = addresses(channel)
    except crypto.CannotDecrypt:
        return "none of IDENTITY_KEYS opens it; say it again"
    if channel.kind == ChannelKind.EMAIL:
        return ", ".join(masks.mask(address) for address in known) or "nobody"
    parts = [urlsplit(url) for url in known]
    return ", ".join(f"{one.scheme}://{one.netloc}/{masks.HIDDEN}" for one in parts) or "nowhere"


def checked(kind: str, text: str) -> str:
    """The addresses as they are kept, one a line. Raises `CannotChange`, also for a URL that leads inside now."""
    found = list(dict.fromkeys(text.replace(",", " ").split())) if kind == ChannelKind.EMAIL else [text]
    if kind != ChannelKind.EMAIL:
        try:
            outbound.check(text, seconds=RESOLVED_WITHIN)
        except outbound.Refused as refused:
            raise CannotChange(f"The address is not called. {refused}", "where") from None
        return text
    if not settings.EMAIL_URL:
        raise CannotChange("There is no mail server: set EMAIL_URL.", "kind")
    if not 0 < len(found) <= MOST_ADDRESSES:
        raise CannotChange(f"Write 1 to {MOST_ADDRESSES} e-mail addresses, one a line.", "where")
    for number, address in enumerate(found, 1):
        try:
            validate_email(address)
        except ValidationError:
            raise CannotChange(f"Number {number} is no e-mail address.", "where") from None
    return "\n".join(found)


def check(channel: NoticeChannel | None, wanted: Wanted, *, by: Actor) -> str:
    """The addresses as they would be kept, empty where those stay that there are. Raises `CannotChange`."""
    built_in = channel is not None and channel.built_in
    if wanted.name == BUILT_IN and not built_in:
        raise CannotChange(f"{BUILT_IN} is the name of the setting; choose another.", "name")
    if unknown := [one for one in wanted.about if one not in topics.BY_NAME]:
        raise CannotChange(f"There is no topic {unknown[0]}.", "about")
    if wrong := why_not(by.user, {*wanted.about, *(channel.about if channel else ())}):
        raise CannotChange(wrong, "about")
    if built_in or (channel and not wanted.address):
        return ""
    return checked(channel.kind if channel else wanted.kind, wanted.address)


@transaction.atomic
def make(wanted: Wanted, *, by: Actor, at: datetime) -> NoticeChannel:
    """A new channel; of a webhook the first secret comes by `new_secret`. Raises `CannotChange`."""
    address = crypto.encrypt(check(None, wanted, by=by).encode())
    channel = NoticeChannel.objects.create(
        name=wanted.name,
        kind=wanted.kind,
        about=list(wanted.about),
        enabled=wanted.enabled,
        address=address,
        changed_at=at,
    )
    audit.note("made", OBJECT, channel.pk, by, at, kind=channel.kind, about=_said(channel.about), on=channel.enabled)
    return channel


@transaction.atomic
def change(pk: int, wanted: Wanted, *, by: Actor, at: datetime) -> NoticeChannel:
    """Make it as it is wanted; its kind stays, and of the built-in one all but what it tells. Raises `CannotChange`."""
    channel = _locked(pk)
    address = check(channel, wanted, by=by)
    before = (channel.name, sorted(channel.about), channel.enabled)
    if not channel.built_in:
        channel.name = wanted.name
        channel.address = crypto.encrypt(address.encode()) if address else channel.address
    channel.about, channel.enabled = list(wanted.about), wanted.enabled
    if before == (channel.name, sorted(channel.about), channel.enabled) and not address:
        return channel
    channel.changed_at = at
    channel.save()
    if not channel.enabled:
        drop_waiting(channel, "The channel was switched off.")
    about, on = _said(channel.about), channel.enabled
    audit.note("changed", OBJECT, pk, by, at, about=about, on=on, address_is_new=bool(address))
    return channel


@transaction.atomic
def remove(pk: int, *, by: Actor, at: datetime) -> None:
    """The channel goes; what it was told stays in the log. Raises `CannotChange`."""
    channel = may_direct(pk, by)
    if channel.built_in:
        raise CannotChange(f"It stands in the setting {BUILT_IN}; switch it off here, or empty the setting.")
    drop_waiting(channel, "The channel was removed.")
    audit.note("removed", OBJECT, pk, by, at, kind=channel.kind, about=_said(channel.about))
    channel.delete()


@transaction.atomic
def new_secret(pk: int, *, by: Actor, at: datetime) -> str:
    """Another secret, which signs from now on, beside the newest before it; to be shown once. Raises `CannotChange`."""
    channel = may_direct(pk, by)
    if channel.kind != ChannelKind.WEBHOOK:
        raise CannotChange("Only webhooks are signed.")
    secret = f"whsec_{base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}"
    _sign_with(channel, [secret, *signing(channel)][:MOST_SECRETS], at)
    audit.note("made secret", OBJECT, pk, by, at)
    return secret


@transaction.atomic
def end_old_secret(pk: int, *, by: Actor, at: datetime) -> bool:
    """The newest secret alone signs from now on; whether there was an older one."""
    channel = may_direct(pk, by)
    known = signing(channel)
    if len(known) < MOST_SECRETS:
        return False
    _sign_with(channel, known[:1], at)
    audit.note("ended secret", OBJECT, pk, by, at)
    return True


def may_direct(pk: int, by: Actor) -> NoticeChannel:
    """The channel, locked until the transaction ends. Raises `CannotChange` for whoever may not hear what it tells."""
    channel = _locked(pk)
    if wrong := why_not(by.user, channel.about):
        raise CannotChange(wrong)
    return channel


def why_not(user: Any, about: Iterable[str]) -> str:
    return next(filter(None, (topics.why_not(user, one) for one in about)), "")


def drop_waiting(channel: NoticeChannel, why: str) -> None:
    waiting = Notice.objects.filter(channel=channel, state=NoticeState.WAITING)
    waiting.update(state=NoticeState.GIVEN_UP, error=why, reached=[])


def _locked(pk: int) -> NoticeChannel:
    """Without a lock on its key, so that whoever tells it something does not wait."""
    return NoticeChannel.objects.select_for_update(no_key=True).get(pk=pk)


def _sign_with(channel: NoticeChannel, known: Sequence[str], at: datetime) -> None:
    channel.secrets, channel.changed_at = crypto.encrypt("\n".join(known).encode()), at
    channel.save(update_fields=["secrets", "changed_at"])


def _said(about: Iterable[str]) -> str:
    return " ".join(sorted(about))

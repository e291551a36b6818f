"""Sends what waits: each notice at least once, ever later if it fails, until there is no use in it.

A notice is claimed for a while before it is sent, so that no transaction waits for the other side, two senders do not
send the same, and a sender that dies leaves it to the next. What was sent twice has the same id both times.
"""

import uuid
from datetime import datetime, timedelta
from random import Random
from time import monotonic

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet

from .. import audit, crypto, outbound
from ..acting import Actor
from ..job_errors import JobFailedError, told
from ..models import ChannelKind, Notice, NoticeChannel, NoticeState
from . import channels, mailing
from .answers import Said, next_try, of_answer
from .formats import JSON_OF, Parcel
from .topics import TEST

CLAIMED = timedelta(minutes=2)  # longer than any try takes
AT_ONCE = 20  # of one channel in one run: the rest comes with the next
MOST_SECONDS = 120  # of one run
TESTS = 5  # of one channel within a minute, so that nobody is flooded by its button
FLOODED = Said(error=f"It was tried {TESTS} times within a minute; wait one.")
SWITCHED_OFF = Said(error="The channel is switched off or gone.", final=True)
JSON = {"Content-Type": "application/json"}


def send(at: datetime, rng: Random | None = None) -> int:
    """Send what is due; how many went out. Raises `JobFailedError` where some did not.

    A channel that fails is left alone for the rest of the run, and a run that takes long leaves the rest to the next.
    """
    began, outcomes = monotonic(), list[bool]()
    for channel in list(NoticeChannel.objects.filter(notice__in=_due(at)).distinct().order_by("pk")):
        for notice in list(_due(at).filter(channel=channel).order_by("pk")[:AT_ONCE]):
            if (took := monotonic() - began) > MOST_SECONDS:
                break
            said = attempt(notice, at + timedelta(seconds=took), rng)
            outcomes += [not said.error] if said else []
            if said and said.error:
                break
    sent, failed = outcomes.count(True), outcomes.count(False)
    if failed:
        raise JobFailedError(f"{failed} notices could not be sent, {sent} were; why stands with each in the admin.")
    return sent


def test(pk: int, *, by: Actor, at: datetime) -> Said:
    """Send a message that says that it is a test, now and once; what came back. Raises `channels.CannotChange`."""
    with transaction.atomic():
        channel = channels.may_direct(pk, by)
        if Notice.objects.filter(channel=channel, about=TEST, told_at__gt=at - timedelta(minutes=1)).count() >= TESTS:
            return FLOODED
        audit.note("tested", channels.OBJECT, pk, by, at)
        notice = Notice.objects.create(
            channel=channel,
            channel_name=channel.name,
            about=TEST,
            key=f"test-{uuid.uuid4()}",
            title="Test: this channel works",
            text=f"Sent by hand at {at:%Y-%m-%d %H:%M} UTC. Nothing happened, and there is nothing to do.",
            told_at=at,
            due_at=at + CLAIMED,
            tries=1,
        )
    return _done(notice, _delivered(channel, notice, at), at, None)


def attempt(notice: Notice, at: datetime, rng: Random | None = None) -> Said | None:
    """Try one; None where somebody else is at it."""
    mine = _due(at).filter(pk=notice.pk).update(due_at=at + CLAIMED, tried_at=at, tries=F("tries") + 1)
    if not mine:
        return None
    notice.refresh_from_db()
    channel = notice.channel
    said = _delivered(channel, notice, at) if channel and channel.enabled else SWITCHED_OFF
    return _done(notice, said, at, rng or Random())  # noqa: S311  spreads retries, hides nothing


def _due(at: datetime) -> QuerySet[Notice]:
    return Notice.objects.filter(state=NoticeState.WAITING, due_at__lte=at)


def _delivered(channel: NoticeChannel, notice: Notice, at: datetime) -> Said:
    url = f"{settings.PORTAL_URL}{notice.path}" if notice.path else ""
    parcel = Parcel(notice.key, notice.about, notice.title, notice.text, url, notice.told_at)
    try:
        known = channels.addresses(channel)
        if not known:
            return Said(error="There is nobody to send it to.", final=True)
        by_mail = channel.kind == ChannelKind.EMAIL
        return mailing.mail(notice, known, parcel) if by_mail else _post(channel, known[0], parcel, at)
    except crypto.CannotDecrypt as error:
        return Said(error=f"The address cannot be read: {error}.")
    except ValueError as error:  # a text or address that the other side's format has no room for
        return Said(error=told(error), final=True)


def _post(channel: NoticeChannel, url: str, parcel: Parcel, at: datetime) -> Said:
    """By the door, which looks where the address leads at this moment."""
    body = JSON_OF[channel.kind](parcel)
    secrets = channels.signing(channel)
    try:
        signed = outbound.sign(parcel.message_id, at, body, secrets) if secrets else {}
        return of_answer(outbound.post(url, body, JSON | signed), url, at)
    except outbound.Refused as refused:
        return Said(error=f"Not called: {refused}", final=True)
    except outbound.Unanswered as error:
        return Said(error=f"Not reached: {error}")


def _done(notice: Notice, said: Said, at: datetime, rng: Random | None) -> Said:
    """Note what came of a try; without `rng` it was the only one."""
    notice.tried_at, notice.status, notice.error = at, said.status, said.error
    again = next_try(said, notice.tries, at, rng) if said.error and rng else None
    if again:
        notice.due_at = again
    else:
        notice.state, notice.reached = NoticeState.GIVEN_UP if said.error else NoticeState.SENT, []
    notice.save(update_fields=["tried_at", "status", "error", "due_at", "state", "reached"])
    if said.wait and again:
        _due(again).filter(channel=notice.channel).update(due_at=again)
    return said

"""A notice by mail: one to each receiver of the channel, so that none sees the others.

Who has it is noted at once, as a hash that is keyed for this notice, so that a try after it mails the others alone.
"""

from collections.abc import Iterable
from contextlib import suppress
from email.utils import parseaddr
from hashlib import blake2b
from smtplib import SMTPRecipientsRefused
from time import monotonic
from urllib.parse import quote

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from .. import crypto
from ..job_errors import told
from ..models import Notice
from . import formats
from .answers import Said
from .formats import Parcel

MOST_SECONDS = 45  # of one try for all its receivers, which is claimed for longer
SLOW = "The mail server takes long; the others follow."


def mail(notice: Notice, receivers: Iterable[str], parcel: Parcel) -> Said:
    """Mail whoever does not have it yet; what went wrong first is the error. A receiver whom the server refuses keeps
    nobody else from theirs.
    """
    if not settings.EMAIL_URL:
        return Said(error="There is no mail server: set EMAIL_URL.")
    connection, began, error = get_connection(), monotonic(), ""
    try:
        connection.open()  # one for all
        for receiver in _without(notice, receivers):
            if monotonic() - began > MOST_SECONDS:
                return Said(error=SLOW)
            try:
                _message(receiver, parcel, connection).send()
            except SMTPRecipientsRefused as refused:
                error = error or told(refused)
            else:
                _note(notice, receiver)
    except OSError as broken:  # those of smtplib, and of sockets
        error = error or told(broken) or type(broken).__name__
    finally:
        with suppress(OSError):  # what was taken is taken
            connection.close()
    return Said(error=error)


def _without(notice: Notice, receivers: Iterable[str]) -> list[str]:
    """Those who do not have it, each once."""
    reached = {bytes(one) for one in notice.reached}
    return [one for one in dict.fromkeys(receivers) if _hash(notice, one) not in reached]


def _note(notice: Notice, receiver: str) -> None:
    notice.reached.append(_hash(notice, receiver))
    notice.save(update_fields=["reached"])


def _hash(notice: Notice, receiver: str) -> bytes:
    text = f"{notice.pk} {receiver}".encode()
    return blake2b(text, digest_size=16, key=crypto.hash_key(), person=b"has a notice").digest()


def _message(receiver: str, parcel: Parcel, connection: BaseEmailBackend) -> EmailMessage:
    """With the same id for all and at every try, so that a mailbox can tell."""
    domain = parseaddr(settings.EMAIL_FROM)[1].rpartition("@")[2]
    headers = {"Message-ID": f"<{quote(parcel.key, safe='')}@{domain}>"}
    text = formats.mail(parcel)
    return EmailMessage(
        parcel.title, text, settings.EMAIL_FROM, [receiver], connection=connection, headers=headers
    )  # fmt: skip

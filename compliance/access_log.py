"""`pii_access_log`: each act upon people's data, written in the transaction of the act."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b

from . import crypto
from .acting import Actor
from .models import ConsentGrant, PiiAccess


class Act(StrEnum):
    GRANTED = "granted"
    ENDED = "ended"
    LISTED = "listed"  # masked, several at once
    TIMELINE = "timeline"  # what one of them did
    REVEALED = "revealed"  # in full
    REFUSED = "refused"


def write(
    act: Act,
    *,
    by: Actor,
    at: datetime,
    grant: ConsentGrant | None = None,
    campaign: int | None = None,
    contact_ids: Iterable[int] = (),
) -> None:
    """Add a row; the campaign is the grant's where there is one. Raises what the database says."""
    PiiAccess.objects.create(
        at=at,
        act=act.value,
        **by.columns,
        user_agent=by.user_agent,
        grant_id=grant.id if grant else None,
        campaign=grant.campaign if grant else campaign,
        purpose=grant.purpose if grant else "",
        reason_hash=reason_hash(grant.reason) if grant else None,
        contact_ids=list(contact_ids),
    )


def reason_hash(reason: str) -> bytes:
    return blake2b(reason.encode(), digest_size=16, key=crypto.hash_key(), person=b"reason").digest()

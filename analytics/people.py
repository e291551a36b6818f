"""The people of a campaign as a person with a grant sees them: what they did, from here; who they are, by `compliance`.

Every function leaves a row in `pii_access_log` before it returns anybody. All raise `compliance.grants.NotAllowed` and
`NoGrant` where the grant is none of this person or over, and `ScopeError` for a cursor that is not of the list.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from compliance import grants
from compliance import people as identities
from compliance.access_log import Act
from compliance.acting import Actor
from compliance.models import ConsentGrant

from .queries import contacts
from .queries.contacts import Contacts, ContactSlot, Timeline

Names = Mapping[int, str | None]  # of contacts, None where the identity is gone


class NoContact(LookupError):
    """A contact has nothing to do with the campaign."""


@dataclass(frozen=True, slots=True)
class Listed:
    contacts: Contacts
    names: Names  # masked


@dataclass(frozen=True, slots=True)
class Known:
    """One contact, masked, and a page of what they did."""

    name: str | None
    timeline: Timeline


def listed(grant: ConsentGrant, slot: ContactSlot, cursor: str, *, by: Actor, at: datetime) -> Listed:
    """A page of a slot's contacts."""
    found = contacts.contacts(grant.campaign, slot, cursor)
    return Listed(found, _names(grant, [row.contact_id for row in found.rows], by, at, Act.LISTED))


def known(grant: ConsentGrant, contact: int, cursor: str, *, by: Actor, at: datetime) -> Known:
    """One contact and what they did with the campaign. Raises `NoContact`."""
    _check_belongs(grant, contact, by, at)
    found = contacts.timeline(grant.campaign, contact, cursor)
    return Known(_names(grant, [contact], by, at, Act.TIMELINE)[contact], found)


def revealed(grant: ConsentGrant, contact: int, *, by: Actor, at: datetime) -> str | None:
    """Who one contact is, in full. Raises `NoContact`."""
    _check_belongs(grant, contact, by, at)
    return _names(grant, [contact], by, at, Act.REVEALED)[contact]


def _names(grant: ConsentGrant, numbers: list[int], by: Actor, at: datetime, act: Act) -> Names:
    full = act is Act.REVEALED
    return identities.reveal(numbers, by=by, grant=grant.id, campaign=grant.campaign, at=at, act=act, full=full)


def _check_belongs(grant: ConsentGrant, contact: int, by: Actor, at: datetime) -> None:
    """Raises `NoContact`, and logs the try, unless the contact is one of the campaign that the grant is for."""
    if not contacts.belongs(grant.campaign, contact):
        grants.refused(by, grant.campaign, at, [contact])
        raise NoContact(f"There is no contact {contact} in this campaign; its drilldown lists those there are.")

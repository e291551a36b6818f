"""What people are known by beside the id of the system that sends events: addresses, numbers, names."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from . import crypto, people
from .models import IdentityField, IdentityKind

if TYPE_CHECKING:
    from django.db.models import QuerySet

_NUMBER = re.compile(r"\+?(?=[^0-9]*[0-9])[0-9\s().\-/]+")
FEWEST, FEWEST_ALONE = 7, 10  # digits of a number that finds somebody: as numbers are written, and nothing but digits


@dataclass(frozen=True, slots=True)
class Learned:
    """How many contacts were known or new, and how many are suppressed, of whom nothing is kept."""

    contacts: int
    suppressed: int


@dataclass(frozen=True, slots=True)
class Known:
    """What some contacts are known by, in clear. `names` may be others', so nobody is found or suppressed by one."""

    ids: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


def learn(told: Mapping[str, Mapping[str, str]], at: datetime) -> Learned:
    """Keep the fields (by `IdentityKind`) of each contact, by outside id; one that is there already stays."""
    with transaction.atomic():
        contacts = people.identify(told, at)
        rows = [
            (contacts[outside_id], kind, value.strip())
            for outside_id, fields in told.items()
            for kind, value in fields.items()
            if outside_id in contacts and value.strip()
        ]
        listed = people.suppressed_of([value for _, kind, value in rows if kind != IdentityKind.NAME])
        free = [row for row in rows if row[2] not in listed]
        sealed = crypto.encrypt_all(value.encode() for _, _, value in free)
        IdentityField.objects.bulk_create(
            [
                IdentityField(
                    contact_id=contact, kind=kind, value_hash=_hash(compared(kind, value)), value=text, learned_at=at
                )
                for (contact, kind, value), text in zip(free, sealed, strict=True)
            ],
            ignore_conflicts=True,
        )
    return Learned(len(contacts), len(told) - len(contacts))


def numbers_of(identifiers: Iterable[str]) -> tuple[int, ...]:
    """The contacts who are known by any of these: an id, an address or a number, never a name."""
    given = list(identifiers)
    by_field = of_identifiers(given).values_list("contact_id", flat=True)
    return people.all_numbers({*people.numbers_of(given), *by_field})


def of_identifiers(identifiers: Iterable[str]) -> "QuerySet[IdentityField]":
    """Where an address or a number of these stands, whoever it was told of; never a name."""
    hashes = compared_hashes(identifiers)
    return IdentityField.objects.filter(value_hash__in=hashes).exclude(kind=IdentityKind.NAME)


def compared_hashes(identifiers: Iterable[str]) -> list[bytes]:
    """The keyed hash of each of these that may be an address or a number."""
    ways = {compared(IdentityKind.PHONE, one) for one in identifiers if _leads_to_somebody(one.strip())}
    return [_hash(way) for way in ways if way]


def _leads_to_somebody(identifier: str) -> bool:
    """Whether whoever is known by it is one person: what has few digits, or not many and nothing else, is an id, an
    extension or a word for nothing, too.
    """
    digits = sum(map(str.isdigit, identifier))
    return "@" in identifier or digits >= (FEWEST_ALONE if identifier.isdigit() else FEWEST)


def known_by(contact_ids: Iterable[int]) -> Known:
    """All that these contacts are known by: for their own copy and erasure; everybody else asks `people.reveal`."""
    numbers = list(contact_ids)
    fields = [(row.kind, opened(row)) for row in of_contacts(numbers)]
    ids = (*people.ids_of(numbers), *(value for kind, value in fields if kind != IdentityKind.NAME))
    names = (value for kind, value in fields if kind == IdentityKind.NAME)
    return Known(tuple(dict.fromkeys(ids)), tuple(dict.fromkeys(names)))


def of_contacts(contact_ids: Iterable[int]) -> list[IdentityField]:
    return list(IdentityField.objects.filter(contact_id__in=list(contact_ids)).order_by("id"))


def opened(field: IdentityField) -> str:
    return crypto.decrypt(bytes(field.value)).decode()


def compared(kind: str, value: str) -> str:
    """A value as it is compared: letters small, of a number its digits alone. What has more in it is no number, or the
    digits of any address or id would be one.
    """
    if kind == IdentityKind.PHONE and _NUMBER.fullmatch(value.strip()):
        return re.sub(r"(?!^\+)\D", "", value.strip())
    return " ".join(value.casefold().split())


def _hash(value: str) -> bytes:
    return people.hashes_of([value])[0]

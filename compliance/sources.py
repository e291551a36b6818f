"""Where data about people may lie: every column of every table classified, and every place with an owner.

Each app names its own in `personal_data.py`, which the setting `PERSONAL_DATA_SOURCES` lists: `FIELDS`, what each
column holds, and `SOURCES`, who exports, erases and searches it. A test fails for a column nobody classified, and for a
table that may hold something of a person and has no source.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

Row = dict[str, Any]
Counts = dict[str, int]


class Kind(StrEnum):
    """What a column may say about somebody whom campaigns reach."""

    NOTHING = "nothing"
    LINK = "link"  # a number or keyed hash that leads to a person through `identity` alone
    PERSON = "person"  # who somebody is, encrypted
    STAFF = "staff"  # who worked with the system, and from where
    FREE = "free"  # text that people type or other systems send: searched, and redacted
    SEALED = "sealed"  # encrypted, with anything in it: opened to be searched
    PACKED = "packed"  # compressed, with contacts in it by number
    RANDOM = "random"  # encrypted secrets: random, so they say nothing of anybody
    GUARDED = "guarded"  # text that is refused where it shows an address or a phone number, and stays


TRACES = (Kind.LINK, Kind.PERSON, Kind.FREE, Kind.SEALED, Kind.PACKED)  # a table with one of these needs a source


@dataclass(frozen=True, slots=True)
class Fields:
    """The columns of a table by what they hold, names apart by blanks.

    `others` is for tables of packages, whose columns are theirs to add.
    """

    nothing: str = ""
    link: str = ""
    person: str = ""
    staff: str = ""
    free: str = ""
    sealed: str = ""
    random: str = ""
    packed: str = ""
    guarded: str = ""
    others: Kind | None = None

    @property
    def kinds(self) -> dict[str, Kind]:
        return {
            column: Kind(field.name)
            for field in fields(self)
            if field.name != "others"
            for column in getattr(self, field.name).split()
        }

    def of_kind(self, kind: Kind) -> tuple[str, ...]:
        return tuple(column for column, one in self.kinds.items() if one is kind)


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a request is about: their numbers, if events named them, and what they are known by, in clear."""

    contact_ids: tuple[int, ...]
    identifiers: tuple[str, ...]
    names: tuple[str, ...] = ()  # looked for in texts; others may bear them, too

    @property
    def called(self) -> tuple[str, ...]:
        """All that may stand in a text."""
        return (*self.identifiers, *self.names)


class NotYet(Exception):
    """Something has to end first; the same call works a little later. The text is for the operator."""


class Source(Protocol):
    """One owner of data. All of it is safe to repeat; `erase` is in the caller's transaction and may raise `NotYet`.

    `verify` searches anew, as somebody would who looks for the person, and counts what is left by table.
    """

    @property
    def name(self) -> str: ...
    @property
    def category(self) -> str: ...
    @property
    def tables(self) -> tuple[str, ...]: ...

    def export(self, person: Person) -> Iterable[Row]: ...
    def erase(self, person: Person, at: datetime) -> Counts: ...
    def verify(self, person: Person) -> Counts: ...


@cache
def sources() -> tuple[Source, ...]:
    """All of them, in the order in which they are erased."""
    return tuple(source for module in settings.PERSONAL_DATA_SOURCES for source in import_string(f"{module}.SOURCES"))


@cache
def classified() -> Mapping[str, Fields]:
    """Every table with what its columns hold."""
    return {
        table: held
        for module in settings.PERSONAL_DATA_SOURCES
        for table, held in import_string(f"{module}.FIELDS").items()
    }


def of_kind(tables: Mapping[str, Fields], kind: Kind) -> dict[str, tuple[str, ...]]:
    """The columns of this kind, by table; tables without one are left out."""
    return {table: columns for table, held in tables.items() if (columns := held.of_kind(kind))}

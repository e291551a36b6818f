"""How long each kind of data is kept, and the job that keeps it no longer.

Each app names its own in `personal_data.py`: `POLICIES`. A night's run goes through all of them in batches, each in a
transaction of its own, so it may be killed and is gone on with; what one night cannot do the next does.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Protocol

from django.conf import settings
from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils.module_loading import import_string

from . import audit
from .acting import Actor
from .models import RetentionSetting
from .subjects import holds

OBJECT = "retention policy"
BATCH = 1_000
LEAST_DAYS, MOST_DAYS = 1, 36_500


class Policy(Protocol):
    """One line of the table. `due` is how many would go; `cut` ends them, telling how many after each transaction."""

    @property
    def name(self) -> str: ...
    @property
    def what(self) -> str: ...
    @property
    def days(self) -> int: ...
    @property
    def why(self) -> str: ...

    def due(self, before: datetime, at: datetime) -> int: ...
    def cut(self, before: datetime, at: datetime) -> Iterator[int]: ...


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a model that are deleted by their age.

    `about` is the field with the keyed hashes of whom they are about, which tells those under a hold; without one
    nobody can tell, so while any hold stands none is deleted, but of rows that are about no customer (`nobody`).
    """

    name: str
    what: str
    days: int
    why: str
    over: Callable[[datetime], "QuerySet[Model]"]  # the rows that are older
    about: str = ""
    nobody: bool = False

    def due(self, before: datetime, at: datetime) -> int:
        return self._free(before, at).count()

    def cut(self, before: datetime, at: datetime) -> Iterator[int]:
        while batch := list(self._free(before, at).order_by("pk").values_list("pk", flat=True)[:BATCH]):
            self.over(before).filter(pk__in=batch).delete()
            yield len(batch)

    def _free(self, before: datetime, at: datetime) -> "QuerySet[Model]":
        held = [] if self.nobody else holds.hashes(at)
        if not held:
            return self.over(before)
        return self.over(before).exclude(**{f"{self.about}__overlap": held}) if self.about else self.over(before).none()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did, or would do, by one policy."""

    policy: str
    before: datetime
    rows: int


class CannotKeep(ValueError):
    """A number of days that no policy takes; the text says why."""


@cache
def policies() -> tuple[Policy, ...]:
    """The whole table."""
    return tuple(one for module in settings.PERSONAL_DATA_SOURCES for one in import_string(f"{module}.POLICIES"))


def days_of(policy: Policy) -> int:
    """How long it keeps now, in days."""
    chosen = RetentionSetting.objects.filter(policy=policy.name).values_list("days", flat=True).first()
    return policy.days if chosen is None else chosen


def choose(policy: str, days: int | None, *, by: Actor, at: datetime) -> None:
    """Keep for so many days from now on; None: for the default. Raises `CannotKeep`."""
    if days is not None and not LEAST_DAYS <= days <= MOST_DAYS:
        raise CannotKeep(f"Choose {LEAST_DAYS} to {MOST_DAYS:,} days, or leave it empty for the default.")
    with transaction.atomic():
        RetentionSetting.objects.update_or_create(policy=policy, defaults={"days": days})
        audit.note("set", OBJECT, policy, by, at, days=days)


def would_go(at: datetime) -> list[Outcome]:
    """The dry run: how many rows each policy would end now."""
    return [would_go_by(policy, at) for policy in policies()]


def would_go_by(policy: Policy, at: datetime) -> Outcome:
    before = _before(policy, at)
    return Outcome(policy.name, before, policy.due(before, at))


def apply(at: datetime) -> list[Outcome]:
    """End what is older than its policy says; each policy that did something leaves a row in the audit trail."""
    return [_apply(policy, _before(policy, at), at) for policy in policies()]


def _apply(policy: Policy, before: datetime, at: datetime) -> Outcome:
    rows = 0
    try:
        for ended in policy.cut(before, at):
            rows += ended
    finally:
        if rows:
            audit.note("applied", OBJECT, policy.name, None, at, before=before.date().isoformat(), rows=rows)
    return Outcome(policy.name, before, rows)


def _before(policy: Policy, at: datetime) -> datetime:
    return at - timedelta(days=days_of(policy))

"""The report of a quarter: what everybody did with people's data, those first who stand out."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q

from .. import sql
from ..models import AccessReview
from ..working_hours import clock
from .quarters import Quarter
from .standing import FEWEST, MEASURES, Standing, standings

COUNTS = (*(measure.name for measure in MEASURES), "looks", "by_key", "reasons")
REASONS = 200  # of one person that are shown


@dataclass(frozen=True, slots=True)
class Person:
    """One row. `who` is user-17, or key- and the prefix of a key that acts for nobody; `name` what they are called."""

    who: str
    user_id: int | None
    name: str
    role: str
    figures: Mapping[str, int]
    before: Mapping[str, int] | None  # their quarter before
    purposes: Mapping[str, int]  # grants by purpose
    first_at: datetime
    last_at: datetime
    standing: Standing

    @property
    def stands_out(self) -> bool:
        return bool(self.standing.lines)


@dataclass(frozen=True)
class Report:
    """`small` are the roles of which too few looked to be compared, with how many they are."""

    name: str
    starts_at: datetime
    ends_at: datetime
    people: tuple[Person, ...]
    small: tuple[tuple[str, int], ...]

    def of(self, who: str) -> Person | None:
        return next((person for person in self.people if person.who == who), None)

    @cached_property
    def content(self) -> dict[str, Any]:
        """What is signed: all of it but the words of reasons, as plain values."""
        return {
            "quarter": self.name,
            "from": self.starts_at.isoformat(),
            "to": self.ends_at.isoformat(),
            "zone": settings.REPORTING_TIME_ZONE,
            "working hours": [settings.WORKING_DAY_BEGINS, settings.WORKING_DAY_ENDS],
            "figures": self.figures,
            "people": {
                person.who: {"name": person.name, "role": person.role, "stands out": list(person.standing.lines)}
                for person in self.people
            },
        }

    @property
    def figures(self) -> dict[str, Any]:
        """What the log alone says: it stays the same whoever changes role."""
        return {
            person.who: {
                **person.figures,
                "purposes": dict(person.purposes),
                "first": person.first_at.isoformat(),
                "last": person.last_at.isoformat(),
            }
            for person in sorted(self.people, key=lambda one: one.who)
        }

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.content)


def fingerprint(content: Mapping[str, Any]) -> str:
    """SHA-256 of the content as canonical JSON, in groups of four digits: longer ones might be telephone numbers."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return ":".join(digest[start : start + 4] for start in range(0, len(digest), 4))


def of(review: AccessReview) -> Report:
    """The report of a quarter as the log has it now."""
    now = _rows(review.starts_at, review.ends_at)
    zone = ZoneInfo(settings.REPORTING_TIME_ZONE)
    before = {
        row["who"]: _counts(row) for row in _rows(Quarter.named(review.name).before.starts_at(zone), review.starts_at)
    }
    named = _named([row["user_id"] for row in now if row["user_id"] is not None])
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in now:
        groups[_name_and_role(row, named)[1]].append(row)
    people = [person for rows in groups.values() for person in _people(rows, before, named)]
    small = tuple(sorted((role, len(rows)) for role, rows in groups.items() if len(rows) < FEWEST))
    return Report(review.name, review.starts_at, review.ends_at, tuple(sorted(people, key=_outliers_first)), small)


def reasons(review: AccessReview, who: str) -> list[dict[str, Any]]:
    """What a person gave as reasons, with purpose and number of grants; a text that is gone is None."""
    bounds = {"start": review.starts_at, "end": review.ends_at}
    return sql.rows("review_reasons", bounds | {"who": who, "limit": REASONS})


def _rows(start: datetime, end: datetime) -> list[dict[str, Any]]:
    return sql.rows("review", {"start": start, "end": end, **clock()})


def _counts(row: Mapping[str, Any]) -> dict[str, int]:
    return {name: row[name] for name in COUNTS}


def _named(user_ids: list[int]) -> dict[int, tuple[str, str]]:
    """What users are called, and their role: all of their groups."""
    users = User.objects.filter(pk__in=user_ids).annotate(
        roles=ArrayAgg("groups__name", filter=Q(groups__name__isnull=False), default=[], order_by="groups__name")
    )
    return {user.pk: (user.username, _role(user)) for user in users}


def _role(user: Any) -> str:
    return ", ".join(user.roles) or ("Superuser" if user.is_superuser else "No role")


def _name_and_role(row: Mapping[str, Any], named: Mapping[int, tuple[str, str]]) -> tuple[str, str]:
    if row["user_id"] is None:
        return f"key {row['key_prefix']}" if row["key_prefix"] else "nobody", "Keys of nobody"
    return named.get(row["user_id"], (row["username"], "No user any more"))


def _people(
    rows: list[dict[str, Any]], before: Mapping[str, Mapping[str, int]], named: Mapping[int, tuple[str, str]]
) -> list[Person]:
    """Those of one role."""
    earlier = [before.get(row["who"]) for row in rows]
    found = standings([_counts(row) for row in rows], earlier)
    return [
        Person(
            row["who"], row["user_id"], *_name_and_role(row, named), _counts(row), was, json.loads(row["purposes"]),
            row["first_at"], row["last_at"], standing,
        )
        for row, was, standing in zip(rows, earlier, found, strict=True)
    ]  # fmt: skip


def _outliers_first(person: Person) -> tuple[bool, float, int, str]:
    return (not person.stands_out, -(person.standing.score or 0), -person.figures["contacts"], person.name)

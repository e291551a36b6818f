"""What somebody looked at themselves: their own rows of the log, and nobody else's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, Func, IntegerField

from .models import ApiKey, ConsentGrant, PiiAccess

PAGE = 50
GRANTED = "granted"
Place = tuple[datetime, int]  # the moment and the number of a row


@dataclass(frozen=True, slots=True)
class Look:
    """One row; `contacts` is how many, `key` the name of the key by which it was.

    `reason` stands where a grant was opened, until it is gone.
    """

    id: int
    at: datetime
    act: str
    campaign: int | None
    purpose: str
    reason: str
    contacts: int
    ip: str | None
    key: str


@dataclass(frozen=True, slots=True)
class Looks:
    """The latest first; `next` is where the page behind this one begins, None on the last."""

    rows: tuple[Look, ...]
    next: Place | None


def of(user_id: int, before: Place | None = None) -> Looks:
    """A page of somebody's own rows, those before a place; its cost does not grow with the log."""
    mine = PiiAccess.objects.filter(user_id=user_id)
    if before:
        at, pk = before
        mine = mine.filter(at__lte=at).exclude(at=at, id__gte=pk)
    how_many = Func(F("contact_ids"), function="cardinality", output_field=IntegerField())
    found = list(mine.annotate(how_many=how_many).defer("contact_ids", "user_agent").order_by("-at", "-id")[: PAGE + 1])
    shown = found[:PAGE]
    reasons = _reasons([row.grant_id for row in shown if row.grant_id and row.act == GRANTED])
    keys = _keys([row.key_prefix for row in shown if row.key_prefix])
    looks = tuple(
        Look(
            row.id, row.at, row.act, row.campaign, row.purpose, _reason(row, reasons),
            row.how_many, row.ip, keys.get(row.key_prefix, row.key_prefix),
        )
        for row in shown
    )  # fmt: skip
    last = shown[-1] if len(found) > PAGE else None
    return Looks(looks, (last.at, last.id) if last else None)


def _reason(row: PiiAccess, reasons: Mapping[UUID, str]) -> str:
    return reasons.get(row.grant_id, "") if row.grant_id and row.act == GRANTED else ""


def _reasons(grants: Sequence[UUID]) -> dict[UUID, str]:
    return dict(ConsentGrant.objects.filter(id__in=set(grants)).values_list("id", "reason")) if grants else {}


def _keys(prefixes: Sequence[str]) -> dict[str, str]:
    return dict(ApiKey.objects.filter(prefix__in=set(prefixes)).values_list("prefix", "name")) if prefixes else {}

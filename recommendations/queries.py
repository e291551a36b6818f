"""Recommendations as they are listed: those that are worth most come first."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from analytics import cursors
from analytics.scope import ScopeError

from .decisions import NoRecommendation
from .models import Recommendation, State

LIMIT, MOST = 50, 200  # rows of a page


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which are asked for; empty is all. `campaigns` are external ids."""

    states: tuple[str, ...] = (State.OPEN.value,)
    rules: tuple[str, ...] = ()
    campaigns: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()

    @property
    def rows(self) -> QuerySet[Recommendation]:
        return self.among(Recommendation.objects.select_related("campaign")).order_by("-money", "id")

    def among(self, rows: QuerySet[Recommendation]) -> QuerySet[Recommendation]:
        given = {
            "state__in": self.states,
            "rule__in": self.rules,
            "campaign__external_id__in": self.campaigns,
            "campaign__channel__in": self.channels,
        }
        return rows.filter(**{field: names for field, names in given.items() if names})


@dataclass(frozen=True, slots=True)
class Page:
    """`count` are there in all; `next` is the cursor of the page after this one, empty on the last."""

    rows: Sequence[Recommendation]
    count: int
    next: str


def page(wanted: Wanted, limit: int = LIMIT, cursor: str = "") -> Page:
    """Raises `ScopeError` for a limit or a cursor that cannot be used."""
    if not 1 <= limit <= MOST:
        raise ScopeError("limit", f"A page has 1 to {MOST} rows.")
    name = f"recommendations {wanted}"
    place = cursors.read(name, cursor)
    behind = Q(money__lt=place[0]) | Q(money=place[0], id__gt=place[1]) if place else Q()
    rows = list(wanted.rows.filter(behind)[: limit + 1])
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(rows[:limit], wanted.rows.count(), cursors.write(name, [f"{last.money}", last.pk]) if last else "")


def find(pk: int) -> Recommendation:
    """One with its campaign and its decisions. Raises `NoRecommendation`."""
    rows = Recommendation.objects.select_related("campaign").prefetch_related("decisions")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise NoRecommendation(pk)
    return found
